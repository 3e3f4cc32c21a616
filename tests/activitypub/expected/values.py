"""Short ways to write the values that sample documents read to."""

from datetime import datetime
from typing import Any
from unittest.mock import ANY

from dosfed.activitypub.vocabulary import Activity, Create, Post, Thing

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ORGANISER = "https://delib.example/o/harbour"
CONSULTATION = "https://delib.example/c/quays"
POLL = "https://delib.example/p/q7w2e9r4t1y8u3i6"
ARGUMENT = "https://delib.example/a/k4j8h2g6f9d1s5a3"
CITIZEN = "https://delib.example/u/mia"
INSTANCE = "https://delib.example/actor"
OUR_FOLLOW = "https://delib.example/activities/f0a1b2c3d4e5f6g7"

Expected = dict[str, Activity]


def at(text: str) -> datetime:
    """Return a moment of UTC."""
    return datetime.fromisoformat(text + "+00:00")


def post(id: str, author: str, **known: Any) -> Post:  # noqa: A002  # as on the wire
    """Return a Note with nothing but an id and an author, and what else is known."""
    nothing: dict[str, Any] = {
        "type": "Note",
        "authors": (author,),
        "in_reply_to": None,
        "name": None,
        "content": None,
        "summary": None,
        "summary_language": known.get("language"),
        "is_sensitive": False,
        "language": None,
        "published": None,
        "updated": None,
        "audience": (),
        "mentions": (),
        "hashtags": (),
        "url": None,
        "document": ANY,
    }
    return Post(id=id, **(nothing | known))


def create(id: str, actor: str, *objects: Thing, **known: Any) -> Create:  # noqa: A002  # as on the wire
    """Return a Create with what is known of it."""
    nothing: dict[str, Any] = {"published": None, "document": ANY}
    return Create(id=id, actor=actor, objects=objects, **(nothing | known))
