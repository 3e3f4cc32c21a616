"""How people call actors: the address under which one is known, and the name beside it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import remote
from dosfed.activitypub.tables import Actors


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What an actor is called; `name` is empty where it says no more than the handle."""

    handle: str  # @ana, or @ana@masto.example
    name: str


async def load_called(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Called]:
    """Return how those of the actors are called that are known, and not gone, by id."""
    ours = await connection.execute(
        select(Actors.id, Actors.handle, Actors.name).where(
            Actors.id.in_(ids), Actors.deleted_at.is_(None)
        )
    )
    found = {row.id: _called(f"@{row.handle}", row.handle, row.name) for row in ours}
    for actor in (await remote.known(connection, ids)).values():
        if actor.handle:
            found[actor.id] = _called(f"@{actor.handle}@{actor.host}", actor.handle, actor.name)
    return found


def _called(address: str, handle: str, name: str) -> Called:
    return Called(handle=address, name="" if name.strip() == handle else name.strip())
