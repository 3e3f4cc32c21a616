"""What all posts have, as it is loaded: the one list of these columns.

A column that every kind should have is named in two places: in the table, and here. Whoever
loads a record of a kind asks for these with its own.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.tables import Posts

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRecord:
    """A post of any kind, in whatever state it is."""

    id: str
    consultation: str
    author: str | None
    author_name: str | None
    language: str | None
    text: str | None
    html: str
    state: PostState
    received_at: datetime
    published_at: datetime | None
    edited_at: datetime | None
    deleted_at: datetime | None
    hidden_at: datetime | None
    hidden_reason: str | None
    hidden_code: str | None
    moderated_at: datetime | None
    group: Group | None


_AS_KEPT = tuple(one.name for one in fields(PostRecord) if one.name not in {"state", "group"})


def shared_columns(posts: type[Posts]) -> tuple[Column, ...]:
    """Return what to select of the posts of a kind, or of an alias of it."""
    as_kept = (getattr(posts, name) for name in _AS_KEPT)
    return (*as_kept, posts.state, posts.group_name, posts.group_size)


def read_shared(row: Any) -> dict[str, Any]:
    """Return what a record has of these, by name."""
    return {
        **{name: getattr(row, name) for name in _AS_KEPT},
        "state": PostState(row.state),
        "group": read_group(row.group_name, row.group_size),
    }


def read_group(name: str | None, size: int | None) -> Group | None:
    """Return the group for which something was entered, as it is kept."""
    return None if name is None or size is None else Group(name=name, size=size)
