"""Consultations whose home is elsewhere, as they are kept here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.deliberation.consultations.model import Phase
from dosfed.deliberation.consultations.phases import replace_phases
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.deliberation.proposals.kept import insert_poll, insert_proposal
from dosfed.deliberation.proposals.tables import ProposalPosts, Proposals
from dosfed.deliberation.proposals.tags import replace_tags
from dosfed.deliberation.votes.methods.model import Cells, Method, Options, Terms
from dosfed.deliberation.votes.polls import METHOD_COLUMNS, read_method
from dosfed.deliberation.votes.tables import Polls, Tallies
from dosfed.storage.statements import upsert

# A mirror shows a consultation that another instance judges, its home, in the language and the look
# of a community of its own. It is kept in the same tables as one from here; `consultations.home`
# names the host that judges, and is empty for our own. So lists, pages and searches need not know.
# What differs is who may write what:
#
#   consultation, proposals,    the home alone, by its documents, which end in `keep_…` below: they
#   polls, tallies, meetings    pass no rule of ours, and nobody here can change them
#   arguments, weights          whoever argues, through the door like anywhere else, here and there
#   ballots of our citizens     are sent to the home, which judges and answers; here only that, and
#                               what, somebody voted is kept, to show it to them (`acts.ballots`)
#   what is hidden              by the home, for all mirrors; by our moderators, for our own pages
#
# A home may be of a later version. A way to vote that is not known here, or a secrecy, is shown as
# it was told, and people are led to the home to vote (`votes.methods.unknown`, rule 1.12): a mirror
# promises nothing of a vote that it does not understand.
#
# Documents arrive late, twice, or in another order than they were written, and a home may go away.
# So the newer of two is told by the home's own dates (`_is_not_after`), never by ours;
# a poll that is closed never opens again; and what says who voted from here is erased in time even
# if nothing is ever heard again. How far a home is believed rule 3.24 says: about its own
# consultation. That it tells the truth about counts is beyond what a mirror can check.

# A mirror keeps who voted what from here no longer than a home does by default.
ERASE_AFTER_DAYS = 90
LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # what can still be reckoned with


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredConsultation:
    """What a home says of its consultation."""

    id: str
    address: str
    home: str
    organiser: str
    organiser_name: str
    organiser_title: str
    title: str
    summary: str
    language: str
    opens: datetime
    closes: datetime
    phases: tuple[Phase, ...]
    eligible: Any
    instances: Any
    licence: str | None = None
    edition: int = 1
    withdrawn_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An organiser elsewhere, by its id, its handle and what it is called."""

    id: str
    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredPoll:
    """What a home says of a poll; `counts` is none where it does not show any."""

    method: str  # a word that we need not know
    terms: Terms
    secrecy: str
    options: Options
    opens: datetime
    closes: datetime
    hides_counts: bool
    counts_from: int
    is_closed: bool
    counted_at: datetime | None  # when the home's tally last moved
    counts: Cells | None
    voters: int
    origins: dict[str, int] | None
    is_withdrawn: bool = False
    ballots_sha256: str | None = None  # of the home's ballot file


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredProposal:
    """What a home says of a proposal."""

    id: str
    consultation: str
    title: str
    text: str
    html: str
    language: str
    author: str | None
    author_name: str | None
    published: datetime
    edited: datetime | None
    source: str | None  # the Note of its author
    version: int
    clauses: tuple[str, ...] | None
    group: Group | None
    tags: tuple[str, ...]
    poll: MirroredPoll | None


async def keep_consultation(
    connection: AsyncConnection, mirrored: MirroredConsultation, at: datetime
) -> bool:
    """Write a mirrored consultation, or what changed of it; return whether that is new here.

    What the home said before it said what is kept is left aside.
    """
    this = select(Consultations.edition).where(Consultations.id == mirrored.id)
    known = (await connection.execute(this.with_for_update())).scalar_one_or_none()
    if known is not None and mirrored.edition < known:
        return False
    organiser = {
        "id": mirrored.organiser,
        "name": mirrored.organiser_name,
        "title": mirrored.organiser_title,
    }
    await upsert(connection, Organisers, [organiser], key=("id",), update=("name", "title"))
    changing = {
        "organiser": mirrored.organiser,
        "title": mirrored.title,
        "summary": mirrored.summary,
        "language": mirrored.language,
        "opens": mirrored.opens,
        "closes": mirrored.closes,
        "eligible": mirrored.eligible,
        "instances": mirrored.instances,
        "licence": mirrored.licence,
        "edition": mirrored.edition,
        "withdrawn_at": None if mirrored.withdrawn_reason is None else mirrored.closes,
        "withdrawn_reason": mirrored.withdrawn_reason,
    }
    row = {
        **changing,
        "id": mirrored.id,
        "address": mirrored.address,
        "home": mirrored.home,
        "needs_facilitator": True,
        "erase_after_days": ERASE_AFTER_DAYS,
        "created_at": at,
    }
    await upsert(connection, Consultations, [row], key=("id",), update=tuple(changing))
    await replace_phases(connection, mirrored.id, mirrored.phases)
    return known is None or mirrored.edition > known


async def described_organiser_of(
    connection: AsyncConnection, consultation: str
) -> Described | None:
    """Return the organiser of a consultation mirrored here, as it was last described."""
    rows = await connection.execute(
        select(Organisers.id, Organisers.name, Organisers.title)
        .join(Consultations, Consultations.organiser == Organisers.id)
        .where(Consultations.id == consultation, Consultations.home.is_not(None))
    )
    row = rows.mappings().one_or_none()
    return None if row is None else Described(**row)


async def organiser_of(connection: AsyncConnection, consultation: str) -> str | None:
    """Return the organiser of a consultation mirrored here, or None if it is not."""
    rows = await connection.execute(
        select(Consultations.organiser).where(
            Consultations.id == consultation, Consultations.home.is_not(None)
        )
    )
    return rows.scalar_one_or_none()


async def way_of(connection: AsyncConnection, proposal: str) -> tuple[Method, Options] | None:
    """Return how one votes in a proposal's poll, and on what, as it was last told."""
    row = (
        await connection.execute(select(Polls.options, *METHOD_COLUMNS).where(Polls.id == proposal))
    ).one_or_none()
    return None if row is None else (read_method(row), tuple(row.options))


async def name_in_note(connection: AsyncConnection, mirrored: MirroredProposal) -> str | None:
    """Return its author's name, if these are the words of a Note that they sent from here."""
    rows = await connection.execute(
        select(Proposals.author_name).where(
            Proposals.id == mirrored.source,
            Proposals.author == mirrored.author,
            Proposals.consultation == mirrored.consultation,
            Proposals.title == mirrored.title,
            Proposals.text == mirrored.text,
            in_state(Proposals, PostState.SENT),
        )
    )
    return rows.scalar_one_or_none()


async def keep_proposal(
    connection: AsyncConnection, mirrored: MirroredProposal, at: datetime
) -> None:
    """Write a mirrored proposal with its poll and published tally, or what changed of them."""
    words = {
        "title": mirrored.title,
        "text": mirrored.text,
        "html": mirrored.html,
        "language": mirrored.language,
        "author": mirrored.author,
        "author_name": mirrored.author_name,
        "edited_at": mirrored.edited,
        "source": mirrored.source,
        "version": mirrored.version,
        "clauses": None if mirrored.clauses is None else list(mirrored.clauses),
        "group_name": mirrored.group.name if mirrored.group else None,
        "group_size": mirrored.group.size if mirrored.group else None,
    }
    this = select(Proposals.state).where(Proposals.id == mirrored.id)
    known = (await connection.execute(this)).scalar_one_or_none()
    became = after(PROPOSALS, PostAct.KEEP, None if known is None else PostState(known))
    if became is PostState.DELETED:
        return  # nothing of it comes back, neither tag nor option
    if known is None:
        await insert_proposal(
            connection,
            {
                **words,
                "id": mirrored.id,
                "consultation": mirrored.consultation,
                "ref": None,
                "state": became.value,
                "reason": None,
                "received_at": mirrored.published,
                "published_at": mirrored.published,
            },
        )
    else:
        await _change_words(connection, mirrored, words)
    if mirrored.tags or known is not None:
        await replace_tags(connection, mirrored.id, mirrored.tags)
    if mirrored.poll is not None:
        await _keep_poll(connection, mirrored.id, mirrored.poll, at)


async def _change_words(
    connection: AsyncConnection, mirrored: MirroredProposal, words: dict[str, Any]
) -> None:
    """Write the words that the home gives now, unless newer ones arrived before."""
    is_newer = _is_not_after(ProposalPosts.edited_at, mirrored.edited)
    is_there = ~in_state(ProposalPosts, PostState.DELETED)
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == mirrored.id, is_there, is_newer)
        .values(words)
    )


async def _keep_poll(
    connection: AsyncConnection, proposal: str, poll: MirroredPoll, at: datetime
) -> None:
    this = select(Polls.closed_at, Polls.options, *METHOD_COLUMNS).where(Polls.id == proposal)
    row = (await connection.execute(this)).one_or_none()
    way = {
        "method": poll.method,
        "terms": dict(poll.terms),
        "secrecy": poll.secrecy,
        "options": list(poll.options),
    }
    if row is None:
        await _insert_poll(connection, proposal, poll, way)
    elif any(getattr(row, name) != value for name, value in way.items()):
        await _change_way(connection, proposal, way)
    if row is not None and row.closed_at is None:
        await _move_poll(connection, proposal, poll)
    if poll.is_closed and (row is None or row.closed_at is None):
        await connection.execute(
            update(Polls)
            .where(Polls.id == proposal)
            .values(
                closes=poll.closes,
                closed_at=at,
                withdrawn_at=at if poll.is_withdrawn else None,
                erase_at=at + timedelta(days=ERASE_AFTER_DAYS),
            )
        )
    if poll.is_closed or row is None or row.closed_at is None:
        await _keep_tally(connection, proposal, poll)


async def _insert_poll(
    connection: AsyncConnection, proposal: str, poll: MirroredPoll, way: dict[str, Any]
) -> None:
    await insert_poll(
        connection,
        {
            **way,
            "id": proposal,
            "proposal": proposal,
            "opens": poll.opens,
            "closes": poll.closes,
            "hides_counts": poll.hides_counts,
            "counts_from": poll.counts_from,
            "closed_at": None,
            # Even if the home is never heard of again.
            "erase_at": min(poll.closes, LATEST) + timedelta(days=ERASE_AFTER_DAYS),
            "erased_at": None,
        },
    )


async def _move_poll(connection: AsyncConnection, proposal: str, poll: MirroredPoll) -> None:
    """Let a poll that runs begin and end when its home says so now.

    While it runs its end moves later only, and its beginning earlier (rules 10.3 and 10.4): of
    two documents the one with the later end is the later, in whatever order they come.
    """
    closes = min(poll.closes, LATEST)
    this = update(Polls).where(Polls.id == proposal)
    erase_at = closes + timedelta(days=ERASE_AFTER_DAYS)
    await connection.execute(
        this.where(Polls.closes < closes).values(closes=closes, erase_at=erase_at)
    )
    await connection.execute(this.where(Polls.opens > poll.opens).values(opens=poll.opens))


async def _change_way(connection: AsyncConnection, proposal: str, way: dict[str, Any]) -> None:
    """Let one vote in another way from now on: what was counted in the first is not shown."""
    await connection.execute(update(Polls).where(Polls.id == proposal).values(way))
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll == proposal)
        .values(counts=None, voters=None, origins=None, moved_at=None)
    )


def _is_not_after(
    kept: InstrumentedAttribute[datetime | None], moment: datetime | None
) -> ColumnElement[bool]:
    return kept.is_(None) if moment is None else or_(kept.is_(None), kept <= moment)


async def _keep_tally(connection: AsyncConnection, proposal: str, poll: MirroredPoll) -> None:
    """Show what the home published, unless something newer of it arrived before."""
    is_newer = _is_not_after(Tallies.moved_at, poll.counted_at)
    await connection.execute(
        update(Tallies)
        .where(Tallies.poll == proposal, true() if poll.is_closed else is_newer)
        .values(
            counts=None if poll.counts is None else list(poll.counts),
            voters=None if poll.counts is None else poll.voters,
            origins=None if poll.counts is None else poll.origins,
            moved_at=poll.counted_at,
            ballots_sha256=poll.ballots_sha256,
        )
    )
