"""Who grants a quote of a public post, and what stands at its stamp."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.debate.arguments import load_places
from dosfed.wire.quotes import read_stamp, write_stamp


async def author_of(connection: AsyncConnection, target: str) -> str:
    """Return the actor who grants a quote: an argument's author, a proposal's organiser."""
    place = (await load_places(connection, [target]))[target]
    is_argument = place.id != place.proposal
    return place.author if is_argument and place.author else place.organiser


async def authorization(
    connection: AsyncConnection, uri: str, target: str, token: str
) -> dict[str, Any] | None:
    """Return the document behind a stamp, or None if it names nothing that could be quoted."""
    quoting = read_stamp(token)
    place = (await load_places(connection, [target])).get(target)
    if quoting is None or place is None or not place.is_there:
        return None
    return write_stamp(uri, author=await author_of(connection, target), quoting=quoting)
