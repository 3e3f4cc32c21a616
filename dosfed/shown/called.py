"""The name beside a handle: asked where somebody is shown, in the statement that asks for the rest.

A post bears its author's handle; the name lies beside the actor alone, here and of other servers.
So it changes everywhere at once, and nothing is left of it when its actor is gone (rule 6.12).
What an organiser entered for somebody bears that person's name in the handle's place, and the
organiser is its author: beside such a name stands nothing.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Actors, RemoteActors

# Of a post's author or of a co-signer: a column with an id, and one with a handle.
Column = Any
_REMOTE_HANDLE = literal("@") + RemoteActors.handle + literal("@") + RemoteActors.host


def name_beside(actor: Column, handle: Column) -> ColumnElement[str]:
    """Return, as a column, what an actor is called beside the handle; empty for nothing else."""
    # Each by its primary key: an actor lies in one of the two tables.
    here = select(Actors.name).where(
        Actors.id == actor, Actors.kind == "citizen", Actors.name != Actors.handle
    )
    elsewhere = select(RemoteActors.name).where(
        RemoteActors.id == actor,
        handle == _REMOTE_HANDLE,
        RemoteActors.name != RemoteActors.handle,
    )
    return func.coalesce(
        here.correlate_except(Actors).scalar_subquery(),
        elsewhere.correlate_except(RemoteActors).scalar_subquery(),
        literal(""),
    )


async def load_name_beside(connection: AsyncConnection, actor: str, handle: str) -> str:
    """Return what one actor is called beside the handle, or nothing."""
    return (await load_names_beside(connection, [(actor, handle)])).get(actor, "")


async def load_names_beside(
    connection: AsyncConnection, people: Iterable[tuple[str | None, str | None]]
) -> dict[str, str]:
    """Return what those actors are called, of whom each is given with a handle, by id."""
    handles = {actor: handle for actor, handle in people if actor}
    if not handles:
        return {}
    here = select(Actors.id, Actors.name, literal("").label("handle")).where(
        Actors.id.in_(handles), Actors.kind == "citizen", Actors.name != Actors.handle
    )
    elsewhere = select(RemoteActors.id, RemoteActors.name, _REMOTE_HANDLE.label("handle")).where(
        RemoteActors.id.in_(handles), RemoteActors.name != RemoteActors.handle
    )
    rows = await connection.execute(union_all(here, elsewhere))
    return {row.id: row.name for row in rows if row.handle in ("", handles[row.id])}
