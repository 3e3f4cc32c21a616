"""What happens when: spans, phases, ends of votes and meetings, for calendars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.licences import Licence, licence_of
from dosfed.deliberation.consultations.model import Phase
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.meetings.kept import Meeting, load_meetings, load_meetings_after
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.deliberation.whereabouts import Whereabouts
from dosfed.shown.consultations import load_phases

# What is over for longer than that is no longer told of the whole instance.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class VotesEnd:
    """The moment at which one or more votes of a consultation close; one alone has a title."""

    at: datetime
    number: int
    proposal: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """A consultation with all its dates."""

    id: str
    title: str
    language: str
    place: Whereabouts
    opens: datetime
    closes: datetime
    known_since: datetime
    phases: Sequence[Phase]
    votes: Sequence[VotesEnd]
    meetings: Sequence[Meeting]
    licence: Licence | None = None


async def load_agenda(connection: AsyncConnection, address: str) -> Agenda | None:
    """Return the dates of a consultation."""
    condition = Consultations.address == address
    row = (await connection.execute(_select().where(condition))).one_or_none()
    if row is None:
        return None
    phases = await load_phases(connection, row.id)
    votes = await _votes(connection, Proposals.consultation == row.id)
    meetings = await load_meetings(connection, row.id)
    return _agenda(row, phases.get(row.id, ()), votes.get(row.id, ()), meetings)


async def load_agendas(connection: AsyncConnection, *, now: datetime) -> list[Agenda]:
    """Return the dates of all consultations that are not long over."""
    since = now - KEPT
    rows = await connection.execute(
        _select().where(Consultations.closes > since).order_by(Consultations.opens)
    )
    phases = await load_phases(connection, None)
    votes = await _votes(connection, Polls.closes > since)
    meetings = await load_meetings_after(connection, since)
    return [
        _agenda(row, phases.get(row.id, ()), votes.get(row.id, ()), meetings.get(row.id, ()))
        for row in rows
    ]


def _select() -> Any:
    return select(
        Consultations.id,
        Consultations.address,
        Consultations.home,
        Consultations.title,
        Consultations.language,
        Consultations.opens,
        Consultations.closes,
        Consultations.created_at,
        Consultations.licence,
    )


def _agenda(
    row: Row[*tuple[Any, ...]],
    phases: Sequence[Phase],
    votes: Sequence[VotesEnd],
    meetings: Sequence[Meeting],
) -> Agenda:
    return Agenda(
        id=row.id,
        title=row.title,
        language=row.language,
        place=Whereabouts(address=row.address, home=row.home, proposal=None),
        opens=row.opens,
        closes=row.closes,
        known_since=row.created_at,
        phases=phases,
        votes=votes,
        meetings=meetings,
        licence=licence_of(row.licence),
    )


async def _votes(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> dict[str, list[VotesEnd]]:
    """Return when votes close, by consultation; those that close together count as one."""
    rows = await connection.execute(
        select(
            Proposals.consultation,
            Polls.closes,
            func.count().label("number"),
            func.min(Proposals.id).label("proposal"),
            func.min(Proposals.title).label("title"),
        )
        .join(Proposals, Proposals.id == Polls.proposal)
        .where(READABLE.of(Proposals), Polls.imported_from.is_(None), condition)
        .group_by(Proposals.consultation, Polls.closes)
        .order_by(Polls.closes)
    )
    found: dict[str, list[VotesEnd]] = {}
    for row in rows:
        end = VotesEnd(at=row.closes, number=row.number, proposal=row.proposal, title=row.title)
        found.setdefault(row.consultation, []).append(end)
    return found
