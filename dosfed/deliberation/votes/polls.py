"""Polls as they are kept, with what the rules need of their consultation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.model import Eligible
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import PollId
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals.hidings import read_hidings
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.methods.known import method_of
from dosfed.deliberation.votes.methods.model import Method
from dosfed.deliberation.votes.model import Poll
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots, Polls, Tallies

# What `read_method` reads.
METHOD_COLUMNS = (Polls.method, Polls.terms, Polls.secrecy)
OWN_COLUMNS = (
    *METHOD_COLUMNS,
    Polls.options,
    Polls.opens,
    Polls.closes,
    Polls.hides_counts,
    Polls.counts_from,
    Polls.closed_at,
    Polls.withdrawn_at,
)
# What `read_poll` reads, beside the id: of a poll, its proposal and its consultation.
POLL_COLUMNS = (*OWN_COLUMNS, Proposals.hidings, Consultations.eligible)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """A poll with its surroundings; `home` is the host that judges, none for this instance."""

    poll: Poll
    proposal: str
    consultation: str
    organiser: str
    home: str | None
    listed: frozenset[str]
    erase_after_days: int
    closed_at: datetime | None


def _select_polls() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Polls.id,
            Polls.proposal,
            *POLL_COLUMNS,
            Proposals.consultation,
            Consultations.organiser,
            Consultations.home,
            Consultations.instances,
            Consultations.erase_after_days,
        )
        .join(Proposals, Proposals.id == Polls.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(WITH_A_PAGE.of(Proposals))
    )


async def find_poll(connection: AsyncConnection, proposal: str) -> Poll | None:
    """Return the poll on a published proposal, be it hidden or not."""
    row = (await connection.execute(_select_polls().where(Polls.proposal == proposal))).first()
    return None if row is None else read_poll(row.id, row)


async def load_polls(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, PollRecord]:
    """Return the published polls among these ids, hidden ones too.

    None closes, or is hidden, before the transaction ends.
    """
    statement = _select_polls().where(Polls.id.in_(ids)).with_for_update(read=True, of=Polls)
    rows = await connection.execute(statement)
    return {row.id: _record(row) for row in rows}


async def load_due(connection: AsyncConnection, now: datetime, *, holds: bool) -> list[PollRecord]:
    """Return the polls judged here whose end has passed and that are not closed yet.

    If it `holds` them, nobody votes or leaves before the transaction ends.
    """
    statement = _select_polls().where(
        Polls.closes <= now, Polls.closed_at.is_(None), Consultations.home.is_(None)
    )
    if holds:
        statement = statement.with_for_update(of=Polls)
    return [_record(row) for row in await connection.execute(statement)]


async def load_bare(connection: AsyncConnection) -> set[str]:
    """Return the open polls that show every ballot in their counts at once."""
    rows = await connection.execute(
        select(Polls.id).where(
            Polls.counts_from <= 1, Polls.hides_counts.is_(False), Polls.closed_at.is_(None)
        )
    )
    return set(rows.scalars())


def _record(row: Row[*tuple[Any, ...]]) -> PollRecord:
    return PollRecord(
        poll=read_poll(row.id, row),
        proposal=row.proposal,
        consultation=row.consultation,
        organiser=row.organiser,
        home=row.home,
        listed=frozenset(row.instances),
        erase_after_days=row.erase_after_days,
        closed_at=row.closed_at,
    )


def read_poll(poll: str, row: Row[*tuple[Any, ...]]) -> Poll:
    """Return the poll of a row that has `POLL_COLUMNS`."""
    return Poll(
        id=PollId(poll),
        method=read_method(row),
        options=tuple(row.options),
        opens=row.opens,
        closes=row.closes,
        eligible=read_eligible(row.eligible),
        hides_counts=row.hides_counts,
        counts_from=row.counts_from,
        is_closed=row.closed_at is not None,
        hidings=read_hidings(row.hidings),
        is_withdrawn=row.withdrawn_at is not None,
    )


def read_method(row: Row[*tuple[Any, ...]]) -> Method:
    """Return the method of a row that has `METHOD_COLUMNS`."""
    return method_of(row.method, row.terms, row.secrecy)


def read_eligible(value: object) -> Eligible:
    """Read who may vote as it is kept: a word or a list of hosts."""
    if value == "anyone":
        return "anyone"
    if value == "here":
        return "here"
    return tuple(value) if isinstance(value, list) else ()


async def has_ballots(connection: AsyncConnection, poll: str) -> bool:
    """Whether ballots stand in a poll, or stood until they were erased."""
    # Of whoever voted, and did not take that back, one stands: an index finds it without
    # reading other polls'.
    voted = exists().where(Ballots.poll == poll, Ballots.replaced_at.is_(None))
    erased = exists().where(ErasedBallots.poll == poll)
    return bool((await connection.execute(select(voted | erased))).scalar_one())


async def has_shown_voters(connection: AsyncConnection, poll: str) -> bool:
    """Whether the published tally of a poll counts anybody."""
    counted = exists().where(Tallies.poll == poll, Tallies.voters > 0)
    return bool((await connection.execute(select(counted))).scalar_one())


async def find_proposal_of(connection: AsyncConnection, poll: str) -> str | None:
    """Return the proposal that a poll is about."""
    rows = await connection.execute(select(Polls.proposal).where(Polls.id == poll))
    return rows.scalar_one_or_none()
