"""What is new for somebody: what concerns them, and what has happened in what they follow."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.notices import GATHERED, Gathered, NoticeKind, gather, load_unseen
from dosfed.accounts.subscriptions import load_subscriptions
from dosfed.accounts.tables import Notices
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.deliberation.whereabouts import Named, find_titles

NOTICES = 200  # before those are gathered that are alike
TOLD = 20
PROPOSALS = 100
# Told below, in more detail, of what somebody follows; or in mails of the team's own (rule 8.9).
SUMMED_UP = frozenset(
    {NoticeKind.PROPOSED, NoticeKind.CLOSING, NoticeKind.REPORTED, NoticeKind.WAITING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What has happened in a consultation, or about a proposal, that somebody follows.

    `closes` is when the next of its votes closes, if that is soon.
    """

    about: Named
    proposals: Sequence[Named]
    arguments: int
    closes: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Everything that a digest may tell."""

    notices: Sequence[Gathered]
    happened: Sequence[Happened]

    @property
    def is_any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.notices or self.happened)


async def load_news(
    connection: AsyncConnection, user: str, *, since: datetime, now: datetime, until: datetime
) -> News:
    """Return what is new for a user since a moment, with the votes that close until another."""
    notices = await load_unseen(connection, user, since=since, most=NOTICES)
    targets = await load_subscriptions(connection, user)
    happened: list[Happened] = []
    if targets:
        proposals = await _proposals(connection, targets, user, since)
        arguments = await _arguments(connection, targets, user, since)
        closes = await _closes(connection, targets, now, until)
        for about in await find_titles(connection, targets):
            one = Happened(
                about=about,
                proposals=proposals.get(about.id, ()),
                arguments=arguments.get(about.id, 0),
                closes=closes.get(about.id),
            )
            if one.proposals or one.arguments or one.closes:
                happened.append(one)
    told = gather([notice for notice in notices if notice.kind not in SUMMED_UP])
    return News(notices=told[:TOLD], happened=happened)


async def _proposals(
    connection: AsyncConnection, targets: Collection[str], user: str, since: datetime
) -> dict[str, list[Named]]:
    """Return the proposals published in consultations, oldest first."""
    rows = await connection.execute(
        select(Proposals.id, Proposals.consultation, Proposals.title, Proposals.language)
        .where(
            Proposals.consultation.in_(targets),
            READABLE.of(Proposals),
            Proposals.published_at > since,
            Proposals.author.is_distinct_from(user),
        )
        .order_by(Proposals.published_at, Proposals.position)
        .limit(PROPOSALS)
    )
    found: dict[str, list[Named]] = {}
    for row in rows:
        named = Named(id=row.id, title=row.title, language=row.language)
        found.setdefault(row.consultation, []).append(named)
    return found


async def _arguments(
    connection: AsyncConnection, targets: Collection[str], user: str, since: datetime
) -> dict[str, int]:
    """Return how many arguments others have posted, by consultation and by proposal.

    Each counts once: not where its reader has a notice of it, nor in a consultation as well
    whose proposal they follow.
    """
    noticed = select(Notices.object).where(
        Notices.user == user, Notices.kind.in_([kind.value for kind in GATHERED])
    )
    rows = await connection.execute(
        select(Proposals.id, Proposals.consultation, func.count().label("number"))
        .join(Arguments, Arguments.about == Proposals.id)
        .where(
            Proposals.id.in_(targets) | Proposals.consultation.in_(targets),
            listed(),
            Arguments.received_at > since,
            Arguments.author != user,
            Arguments.id.not_in(noticed),
        )
        .group_by(Proposals.id, Proposals.consultation)
    )
    found: dict[str, int] = {}
    for row in rows:
        target = row.id if row.id in targets else row.consultation
        found[target] = found.get(target, 0) + row.number
    return found


async def _closes(
    connection: AsyncConnection, targets: Collection[str], now: datetime, until: datetime
) -> dict[str, datetime]:
    """Return when the next vote closes, by consultation and by proposal."""
    rows = await connection.execute(
        select(Proposals.id, Proposals.consultation, Polls.closes)
        .join(Polls, Polls.proposal == Proposals.id)
        .where(
            Proposals.id.in_(targets) | Proposals.consultation.in_(targets),
            READABLE.of(Proposals),
            Polls.closes > now,
            Polls.closes <= until,
            Polls.closed_at.is_(None),
        )
        .order_by(Polls.closes)
    )
    found: dict[str, datetime] = {}
    for row in rows:
        found.setdefault(row.id, row.closes)
        found.setdefault(row.consultation, row.closes)
    return found
