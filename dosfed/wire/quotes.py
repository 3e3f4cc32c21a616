"""Leave to quote our public posts: granted to everybody, and proved by a stamp (FEP-044f).

A stamp says which post quotes which; since the leave is for all, nothing has to be kept.
"""

import base64
import binascii
from typing import Any

from dosfed.activitypub.reading import id_of

MAX_QUOTING = 2_000


def stamp(target: str, quoting: str) -> str:
    """Return the id of the authorization to quote an object of ours in another post."""
    return f"{target}/quotes/{token_of(quoting)}"


def token_of(uri: str) -> str:
    """Return an id as it can stand at the end of another."""
    return base64.urlsafe_b64encode(uri.encode()).decode().rstrip("=")


def read_stamp(token: str) -> str | None:
    """Return the quoting post that the end of a stamp's id names."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        quoting = raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return id_of(quoting) if len(quoting) <= MAX_QUOTING else None


def write_stamp(uri: str, *, author: str, quoting: str) -> dict[str, Any]:
    """Write the authorization that stands at a stamp's id."""
    return {
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": uri.rpartition("/quotes/")[0],
    }
