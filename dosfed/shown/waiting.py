"""Proposals that are not published: for facilitators to decide on, for authors to look after."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.kept import read_group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import unpublished
from dosfed.deliberation.proposals.tables import Corrections, Proposals
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.shown.called import name_beside

MOST = 100  # at once: the others follow when these are decided


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProposal:
    """A proposal that nobody has published, here or at its home."""

    id: str
    title: str
    html: str
    language: str
    author: str | None
    author_name: str | None
    called: str  # a name beside that, or nothing
    group: Group | None
    tags: tuple[str, ...]
    submitted_at: datetime
    state: PostState  # waiting, refused or sent
    reason: str | None
    version: int
    was_asked: bool  # for a correction, once at least
    is_asked: bool  # and has given none yet


async def load_waiting(
    connection: AsyncConnection, consultation: str, viewer: str, *, sees_all: bool
) -> tuple[WaitingProposal, ...]:
    """Return what waits: somebody's own, and with `sees_all` everybody's.

    With somebody's own stands what was turned down, and what went to a home elsewhere and has
    not come back as a proposal.
    """
    rows = (
        await connection.execute(
            _statement(sees_all=sees_all), {"home": consultation, "viewer": viewer}
        )
    ).all()
    tags = await load_tags(connection, [row.id for row in rows]) if rows else {}
    return tuple(
        WaitingProposal(
            id=row.id,
            title=row.title,
            html=row.html,
            language=row.language,
            author=row.author,
            author_name=row.author_name,
            called=row.called,
            group=read_group(row.group_name, row.group_size),
            tags=tags.get(row.id, ()),
            submitted_at=row.received_at,
            state=PostState(row.state),
            reason=row.reason,
            version=row.version,
            was_asked=row.was_asked,
            is_asked=row.correction_asked_at is not None,
        )
        for row in rows
    )


@cache  # building it costs more than asking it, on a page that everybody opens
def _statement(*, sees_all: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Proposals.id,
            Proposals.title,
            Proposals.html,
            Proposals.language,
            Proposals.author,
            Proposals.author_name,
            name_beside(Proposals.author, Proposals.author_name).label("called"),
            Proposals.group_name,
            Proposals.group_size,
            Proposals.received_at,
            Proposals.state,
            Proposals.reason,
            Proposals.version,
            Proposals.correction_asked_at,
            exists().where(Corrections.proposal == Proposals.id).label("was_asked"),
        )
        .where(
            Proposals.consultation == bindparam("home"),
            unpublished(bindparam("viewer"), is_facilitator=sees_all),
        )
        .order_by(Proposals.received_at, Proposals.id)
        .limit(MOST)
    )
