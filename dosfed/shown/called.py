"""The name beside a handle: asked where somebody is shown, in the statement that asks for the rest.

A post bears its author's handle; the name lies beside the actor alone, here and of other servers.
So it changes everywhere at once, and nothing is left of it when its actor is gone (rule 6.12).
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Actors, RemoteActors


def name_beside(actor: ColumnElement[Any] | Any) -> ColumnElement[str]:
    """Return, as a column, what an actor is called beside the handle; empty for nothing else."""
    # Each by its primary key: an actor lies in one of the two tables.
    named = [
        select(table.name)
        .where(table.id == actor, table.name != table.handle)
        .correlate_except(table)
        .scalar_subquery()
        for table in (Actors, RemoteActors)
    ]
    return func.coalesce(*named, literal(""))


async def load_name_beside(connection: AsyncConnection, actor: str) -> str:
    """Return what one actor is called beside the handle, or nothing."""
    return (await load_names_beside(connection, [actor])).get(actor, "")


async def load_names_beside(
    connection: AsyncConnection, actors: Collection[str | None]
) -> dict[str, str]:
    """Return what those of the actors are called that have a name beside their handle."""
    ids = {actor for actor in actors if actor}
    if not ids:
        return {}
    named = (
        select(table.id, table.name).where(
            table.id.in_(ids), table.name != table.handle, table.name != ""
        )
        for table in (Actors, RemoteActors)
    )
    return {row.id: row.name for row in await connection.execute(union_all(*named))}
