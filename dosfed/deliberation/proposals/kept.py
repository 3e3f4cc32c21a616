"""Proposals as they are kept, with their poll and its published tally."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.moderation.contests import forget_contests
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.kept import PostRecord, read_shared, shared_columns
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals.hidings import read_hidings
from dosfed.deliberation.proposals.model import Hiding
from dosfed.deliberation.proposals.tables import (
    Corrections,
    CoSigners,
    NewTexts,
    ProposalPosts,
    Proposals,
    ProposalTags,
    ProposalVersions,
)
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.deliberation.votes.model import Poll, Tally
from dosfed.deliberation.votes.polls import POLL_COLUMNS, read_poll
from dosfed.deliberation.votes.rules import may_show_counts
from dosfed.deliberation.votes.tables import Boosts, Polls, Tallies
from dosfed.storage.statements import take_turns


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRecord(PostRecord):
    """A proposal with what is said of it in public; `shown` is none where counts are not shown."""

    text: str
    language: str
    title: str
    address: str
    home: str | None
    organiser: str
    source: str | None
    reason: str | None
    poll: Poll | None
    closed_at: datetime | None
    shown: Tally | None
    moved_at: datetime | None  # when the published tally last moved
    version: int
    clauses: Sequence[str] | None  # kept anchors; none: they come from the words
    tags: tuple[str, ...]
    hidings: tuple[Hiding, ...]
    correction_asked_at: datetime | None = None
    licence: str | None = None  # its consultation's
    withdrawn_at: datetime | None = None  # when its consultation was
    ballots_sha256: str | None = None  # of its poll's ballot file, once that is closed


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *shared_columns(Proposals),
            Proposals.title,
            Proposals.source,
            Proposals.reason,
            Proposals.version,
            Proposals.clauses,
            Proposals.correction_asked_at,
            Consultations.address,
            Consultations.home,
            Consultations.organiser,
            Consultations.licence,
            Consultations.withdrawn_at,
            Polls.id.label("poll"),
            *POLL_COLUMNS,
            Tallies.counts,
            Tallies.voters,
            Tallies.origins,
            Tallies.moved_at,
            Tallies.ballots_sha256,
            exists().where(ProposalTags.proposal == Proposals.id).label("is_tagged"),
        )
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(Polls, Polls.proposal == Proposals.id)
        .outerjoin(Tallies, Tallies.poll == Polls.id)
    )


async def load_proposal(connection: AsyncConnection, proposal: str) -> ProposalRecord | None:
    """Return a proposal in whatever state it is."""
    records = await load_proposals(connection, Proposals.id == proposal)
    return records[0] if records else None


async def load_made_of(connection: AsyncConnection, note: str) -> ProposalRecord | None:
    """Return what was made of the Note by which somebody proposed something."""
    records = await load_proposals(connection, Proposals.source == note)
    return records[0] if records else None


async def need_proposal(connection: AsyncConnection, proposal: str) -> ProposalRecord:
    """Return a proposal that an act has just found or written."""
    record = await load_proposal(connection, proposal)
    if record is None:
        raise LookupError(proposal)
    return record


async def find_version(connection: AsyncConnection, proposal: str) -> int | None:
    """Return the number of a proposal's present version, or None if there is no such proposal."""
    rows = await connection.execute(select(Proposals.version).where(Proposals.id == proposal))
    return rows.scalar_one_or_none()


async def load_proposals(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> Sequence[ProposalRecord]:
    """Return the proposals that meet a condition, in the order of their consultation."""
    statement = _select().where(condition).order_by(Proposals.consultation, Proposals.position)
    rows = (await connection.execute(statement)).all()
    tagged = [row.id for row in rows if row.is_tagged]
    tags = await load_tags(connection, tagged) if tagged else {}
    return [_record(row, tags.get(row.id, ())) for row in rows]


async def judged_from(connection: AsyncConnection, source: str) -> Sequence[ProposalRecord]:
    """Return the proposals judged here that came from a Note."""
    return await load_proposals(
        connection, (Proposals.source == source) & Consultations.home.is_(None)
    )


async def hold_judged_from(connection: AsyncConnection, source: str) -> Sequence[ProposalRecord]:
    """Return the same, as they are once nobody else can change or decide on them."""
    return await _hold_all(connection, (Proposals.source == source) & Consultations.home.is_(None))


async def hold_those_by(connection: AsyncConnection, author: str) -> Sequence[ProposalRecord]:
    """Return somebody's proposals, as they are once nobody else can change or decide on them."""
    return await _hold_all(connection, Proposals.author == author)


async def _hold_all(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> Sequence[ProposalRecord]:
    for proposal in await load_proposals(connection, condition):
        await hold(connection, proposal.id)
    return await load_proposals(connection, condition)


def _record(row: Row[*tuple[Any, ...]], tags: tuple[str, ...]) -> ProposalRecord:
    poll = None if row.poll is None else read_poll(row.poll, row)
    return ProposalRecord(
        **read_shared(row),
        title=row.title,
        address=row.address,
        home=row.home,
        organiser=row.organiser,
        source=row.source,
        reason=row.reason,
        poll=poll,
        closed_at=row.closed_at,
        shown=_shown(row, poll),
        moved_at=row.moved_at,
        ballots_sha256=row.ballots_sha256,
        withdrawn_at=row.withdrawn_at,
        version=row.version,
        clauses=row.clauses,
        tags=tags,
        hidings=read_hidings(row.hidings),
        correction_asked_at=row.correction_asked_at,
        licence=row.licence,
    )


def _shown(row: Row[*tuple[Any, ...]], poll: Poll | None) -> Tally | None:
    if poll is None or not may_show_counts(poll, has_moved=row.counts is not None):
        return None
    return read_tally(poll, row.counts, row.voters, row.origins)


def read_tally(
    poll: Poll, counts: list[int] | None, voters: int | None, origins: dict[str, int] | None
) -> Tally:
    """Read a published tally as it is kept; before it first moved it is all zeros."""
    if counts is None:
        origins = {"here": 0, "listed": 0, "fediverse": 0}
        return Tally(counts=(0,) * poll.cells, voters=0, origins=origins)
    return Tally(counts=tuple(counts), voters=voters or 0, origins=origins)


async def insert_proposal(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Write a proposal at the end of its consultation."""
    await take_turns(connection, f"places in {values['consultation']}")
    last = _last_position(values["consultation"]).scalar_subquery()
    await connection.execute(
        insert(ProposalPosts).values(**values, kind="proposal", position=last + 1)
    )


async def insert_proposals(
    connection: AsyncConnection, consultation: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Write proposals, in this order, at the end of their consultation."""
    if not rows:
        return
    await take_turns(connection, f"places in {consultation}")
    position = ((await connection.execute(_last_position(consultation))).scalar_one() or 0) + 1
    await connection.execute(
        insert(ProposalPosts),
        [
            {**row, "kind": "proposal", "position": position + place}
            for place, row in enumerate(rows)
        ],
    )


def _last_position(consultation: str) -> Select[int | None]:
    last = func.coalesce(func.max(Proposals.position), 0)
    return select(last).where(Proposals.consultation == consultation)


async def insert_poll(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Write a poll with a tally that has not moved."""
    await insert_polls(connection, [values])


async def insert_polls(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write polls with tallies that have not moved."""
    if not rows:
        return
    await connection.execute(insert(Polls), rows)
    await connection.execute(
        insert(Tallies),
        [
            {
                "poll": row["id"],
                "counts": None,
                "voters": None,
                "origins": None,
                "moved_at": None,
                "announced_at": None,
                "is_stale": False,
            }
            for row in rows
        ],
    )


async def publish(
    connection: AsyncConnection, record: ProposalRecord, *, at: datetime
) -> ProposalRecord:
    """Let a proposal that waited be public, and return it as it is then."""
    state = PostState.PUBLISHED
    # What it was while it waited is no earlier version: nobody could read it.
    values: dict[str, Any] = {"published_at": at, "version": 1, "edited_at": None, "reason": None}
    values["correction_asked_at"] = None
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == record.id)
        .values(state=state.value, **values)
    )
    return replace(record, state=state, **values)


async def refuse(connection: AsyncConnection, proposal: str, *, reason: str) -> None:
    """Let a proposal that waited be refused, and keep why."""
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == proposal)
        .values(state=PostState.REFUSED.value, reason=reason, correction_asked_at=None)
    )


async def hold(connection: AsyncConnection, proposal: str) -> None:
    """Let nobody else change a proposal, or vote on it, before the transaction ends.

    SQLite has one writer anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    await connection.execute(
        select(Proposals.id).where(Proposals.id == proposal).with_for_update(of=Proposals)
    )
    await connection.execute(
        select(Polls.id).where(Polls.proposal == proposal).with_for_update(of=Polls)
    )


async def edit_proposal(
    connection: AsyncConnection, proposal: str, words: dict[str, Any], *, at: datetime
) -> None:
    """Write a waiting proposal's words anew; whoever was asked to correct them has done so."""
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == proposal)
        .values(**words, version=ProposalPosts.version + 1, edited_at=at, correction_asked_at=None)
    )


async def drop_credit(connection: AsyncConnection, proposal: str, *, at: datetime | None) -> None:
    """Take the author's name off a published proposal; its text stays.

    On a mirror nothing is edited `at` any moment: what the home says next must still count.
    """
    values: dict[str, Any] = {"author": None, "author_name": None, "source": None}
    for table in (NewTexts, Corrections):  # these say whose it was
        await connection.execute(delete(table).where(table.proposal == proposal))
    if at is not None:
        values["edited_at"] = at
    await connection.execute(
        update(ProposalPosts).where(ProposalPosts.id == proposal).values(values)
    )


async def delete_waiting(connection: AsyncConnection, proposal: str) -> None:
    """Delete a proposal that was never public."""
    await _delete_parts(connection, proposal)
    await connection.execute(delete(ProposalPosts).where(ProposalPosts.id == proposal))


async def empty_proposal(connection: AsyncConnection, proposal: str, at: datetime) -> None:
    """Delete a published proposal: its words and its author go, its id stays taken."""
    await _delete_parts(connection, proposal)
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == proposal)
        .values(
            state=PostState.DELETED.value,
            deleted_at=at,
            title="",
            text="",
            html="",
            author=None,
            author_name=None,
            source=None,
            group_name=None,
            group_size=None,
            hidden_at=None,
            hidden_reason=None,
            hidden_code=None,
        )
    )


async def _delete_parts(connection: AsyncConnection, proposal: str) -> None:
    for table in (ProposalVersions, NewTexts, Corrections, ProposalTags, CoSigners, Boosts):
        await connection.execute(delete(table).where(table.proposal == proposal))
    await moderation_log.forget_reasons(connection, [proposal])
    await forget_contests(connection, [proposal])


async def load_language(connection: AsyncConnection, proposal: str) -> str | None:
    """Return the language of a published proposal, be it hidden or not."""
    rows = await connection.execute(
        select(Proposals.language).where(Proposals.id == proposal, WITH_A_PAGE.of(Proposals))
    )
    return rows.scalar_one_or_none()
