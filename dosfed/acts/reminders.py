"""What people are told by the clock: that something closes soon, that there is a result."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.accounts.notices import Notice, NoticeKind
from dosfed.accounts.tables import Notices, Subscriptions
from dosfed.acts.telling import reachable
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import CoSigners, ProposalPosts, Proposals
from dosfed.deliberation.votes.tables import Polls

SOON = timedelta(days=2)
# Of what ended before that, a worker that stood still tells nobody any more.
LATE = timedelta(days=2)

AnySelect = Select[*tuple[Any, ...]]


async def find_due(connection: AsyncConnection, *, now: datetime) -> list[Notice]:
    """Return what must be told now, and has not been (rules 8.4 and 8.5).

    Nobody is told anything because they voted: a notice must not show that somebody did.
    """
    found: list[Notice] = []
    for kind, statement in (*_closing(now), *_results(now)):
        found += [
            Notice(
                user=row.user,
                kind=kind,
                object=row.object,
                title=row.title,
                language=row.language,
            )
            for row in await connection.execute(statement.distinct())
        ]
    known = await reachable(connection, {notice.user for notice in found})
    return [notice for notice in found if notice.user in known]


def _closing(now: datetime) -> Iterator[tuple[NoticeKind, AnySelect]]:
    """Select who follows what closes soon."""
    kind, user = NoticeKind.CLOSING, Subscriptions.user
    poll_ends = (Polls.closes > now) & (Polls.closes <= now + SOON) & Polls.closed_at.is_(None)
    # What was told once is not told again before it has happened.
    since = Notices.at > now - SOON
    votes = _with_polls(_select(user, Proposals)).join(
        Subscriptions, Subscriptions.target == Proposals.id
    )
    yield kind, votes.where(poll_ends, _untold(kind, user, Proposals.id, since))
    ends = (Consultations.closes > now) & (Consultations.closes <= now + SOON)
    followed = _select(user, Consultations).join(
        Subscriptions, Subscriptions.target == Consultations.id
    )
    vote_ends = exists().where(
        Proposals.consultation == Consultations.id,
        READABLE.of(Proposals),
        Polls.proposal == Proposals.id,
        poll_ends,
    )
    untold = _untold(kind, user, Consultations.id, since)
    yield kind, followed.where(ends | vote_ends, untold)


def _results(now: datetime) -> Iterator[tuple[NoticeKind, AnySelect]]:
    """Select who follows, wrote or stands behind what was voted on."""
    kind, user = NoticeKind.RESULT, Subscriptions.user
    is_over = (
        (Polls.closed_at > now - LATE)
        & (Polls.closed_at <= now)
        & Polls.imported_from.is_(None)
        & Polls.withdrawn_at.is_(None)
    )
    since = Notices.at >= Polls.closed_at
    votes = _with_polls(_select(user, Proposals)).join(
        Subscriptions, Subscriptions.target == Proposals.id
    )
    yield kind, votes.where(is_over, _untold(kind, user, Proposals.id, since))
    author = Proposals.author
    written = _with_polls(_select(author, Proposals)).where(author.is_not(None), is_over)
    yield kind, written.where(_untold(kind, author, Proposals.id, since))
    signed = _with_polls(_select(CoSigners.actor, Proposals)).join(
        CoSigners, CoSigners.proposal == Proposals.id
    )
    yield kind, signed.where(is_over, _untold(kind, CoSigners.actor, Proposals.id, since))
    held = (
        _with_polls(_select(user, Consultations))
        .join(Consultations, Consultations.id == Proposals.consultation)
        .join(Subscriptions, Subscriptions.target == Consultations.id)
    )
    yield kind, held.where(is_over, _untold(kind, user, Consultations.id, since))


def _select(
    user: InstrumentedAttribute[Any], thing: type[ProposalPosts] | type[Consultations]
) -> AnySelect:
    return select(user.label("user"), thing.id.label("object"), thing.title, thing.language)


def _with_polls(statement: AnySelect) -> AnySelect:
    return (
        statement.select_from(Polls)
        .join(Proposals, Proposals.id == Polls.proposal)
        .where(READABLE.of(Proposals))
    )


def _untold(
    kind: NoticeKind,
    user: InstrumentedAttribute[Any],
    thing: InstrumentedAttribute[str],
    since: ColumnElement[bool],
) -> ColumnElement[bool]:
    told = exists().where(
        Notices.object == thing, Notices.user == user, Notices.kind == kind.value, since
    )
    return ~told
