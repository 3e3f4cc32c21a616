"""Leave to quote our public posts: granted to everybody, and proved by a stamp (FEP-044f).

A stamp says which post quotes which; since the leave is for all, nothing has to be kept.
"""

import base64
import binascii
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.reading import id_of
from dosfed.deliberation.debate.arguments import load_places

MAX_QUOTING = 2_000


def stamp(target: str, quoting: str) -> str:
    """Return the id of the authorization to quote an object of ours in another post."""
    token = base64.urlsafe_b64encode(quoting.encode()).decode().rstrip("=")
    return f"{target}/quotes/{token}"


def read_stamp(token: str) -> str | None:
    """Return the quoting post that the end of a stamp's id names."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        quoting = raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return id_of(quoting) if len(quoting) <= MAX_QUOTING else None


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
    return {
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": await author_of(connection, target),
        "interactingObject": quoting,
        "interactionTarget": target,
    }
