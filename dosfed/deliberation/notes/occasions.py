"""Which consultations have something to tell by the clock, and what was told of each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.deliberation.consultations.model import Phase
from dosfed.deliberation.consultations.phases import read_phase, select_phases
from dosfed.deliberation.consultations.tables import ConsultationHistory, Consultations, Phases
from dosfed.deliberation.notes.model import NoteKind
from dosfed.deliberation.notes.rules import Occasion, due_occasions
from dosfed.deliberation.notes.tables import Silences, Spoken
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.storage.statements import insert_ignore

# Of a vote that ended before that, a worker that stood still says nothing any more (as rule 8.5).
LATE = timedelta(days=2)
# Of a consultation that is older than all this, from when on it has a voice (migration 0021).
SINCE = "since"
CHANGE = "change"
# The words of `ConsultationHistory.what` that followers elsewhere are told.
TOLD_CHANGES = (
    *("title", "summary", "organiser", "closes", "phases", "poll", "opened", "closed"),
    *("withdrawn", "documents", "phase-texts", "licence"),
)
CALM = timedelta(minutes=10)  # whoever changes one thing often changes another
LONGEST_WAIT = timedelta(hours=1)
BETWEEN_CHANGES = timedelta(days=1)
CHANGES_KEPT = timedelta(days=3)  # a worker that stood still longer says nothing of them any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """A consultation at home here that is open, by its dates."""

    id: str
    title: str
    language: str
    organiser: str
    opens: datetime
    closes: datetime
    made_at: datetime
    phases: Sequence[Phase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A proposal whose vote is over and counted."""

    consultation: str
    within: str  # what the consultation is called
    language: str
    proposal: str
    title: str

    @property
    def key(self) -> str:
        """By which it is known that its result was told."""
        return f"result {self.proposal}"


async def find_due(
    connection: AsyncConnection, now: datetime
) -> list[tuple[Speaking, list[Occasion]]]:
    """Return the open consultations with something to tell now, and what, the first first."""
    speaking = await _load_open(connection, now)
    told = await _load_told(connection, [one.id for one in speaking])
    found = []
    for one in speaking:
        known = told.get(one.id, {})
        made_at = max(one.made_at, known.get(SINCE, one.made_at))
        due = due_occasions(one, made_at=made_at, told=frozenset(known), now=now)
        if due:
            found.append((one, due))
    return found


async def find_counted(connection: AsyncConnection, now: datetime) -> dict[str, list[Counted]]:
    """Return the votes whose result stands and is not told yet, by consultation.

    Those that end together are told together: as long as one of a consultation is being counted,
    the others wait for it.
    """
    other, others = aliased(Polls), aliased(Proposals.__table__)
    is_counting = exists(
        select(other.id)
        .join(others, others.c.id == other.proposal)
        .where(
            others.c.consultation == Proposals.consultation,
            other.closes <= now,
            other.closes > now - LATE,
            other.closed_at.is_(None),
        )
    )
    told = exists().where(
        Spoken.consultation == Proposals.consultation,
        Spoken.occasion == "result " + Proposals.id,
    )
    rows = await connection.execute(
        select(
            Proposals.consultation,
            Consultations.title.label("within"),
            Consultations.language,
            Proposals.id.label("proposal"),
            Proposals.title,
        )
        .join(Polls, Polls.proposal == Proposals.id)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(
            READABLE.of(Proposals),
            Polls.closed_at > now - LATE,
            Polls.closed_at <= now,
            Polls.imported_from.is_(None),
            Consultations.home.is_(None),
            Consultations.withdrawn_at.is_(None),
            ~told,
            ~is_counting,
        )
        .order_by(Proposals.position)
    )
    found: dict[str, list[Counted]] = defaultdict(list)
    for row in rows.mappings():
        found[row["consultation"]].append(Counted(**row))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was changed of a consultation since that was told last, the first first."""

    consultation: str
    title: str
    language: str
    closes: datetime
    withdrawn_reason: str | None
    changes: Sequence[str]  # as `ConsultationHistory.what`


async def find_changed(connection: AsyncConnection, now: datetime) -> list[Changed]:
    """Return the consultations of which a change is to be told now (rule 10.10).

    What was changed is told once the team has left it alone for a while, or for an hour has not;
    and then nothing for a day: whatever comes meanwhile is told together.
    """
    told = (
        select(func.max(Spoken.at))
        .where(Spoken.consultation == ConsultationHistory.consultation)
        .where(Spoken.occasion.like(f"{CHANGE} %"))
        .scalar_subquery()
    )
    rows = await connection.execute(
        select(
            ConsultationHistory.consultation,
            ConsultationHistory.what,
            ConsultationHistory.at,
            Consultations.title,
            Consultations.language,
            Consultations.closes,
            Consultations.withdrawn_reason,
        )
        .join(Consultations, Consultations.id == ConsultationHistory.consultation)
        .where(
            ConsultationHistory.what.in_(TOLD_CHANGES),
            ConsultationHistory.at > now - CHANGES_KEPT,
            or_(
                told.is_(None),
                and_(told <= now - BETWEEN_CHANGES, ConsultationHistory.at > told),
            ),
        )
        .order_by(ConsultationHistory.at, ConsultationHistory.id)
    )
    found: dict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in rows:
        found[row.consultation].append(row)
    return [
        Changed(
            consultation=consultation,
            title=lines[0].title,
            language=lines[0].language,
            closes=lines[0].closes,
            withdrawn_reason=lines[0].withdrawn_reason,
            changes=tuple(dict.fromkeys(line.what for line in lines)),
        )
        for consultation, lines in found.items()
        if lines[-1].at <= now - CALM or lines[0].at <= now - LONGEST_WAIT
    ]


async def load_silent(
    connection: AsyncConnection, consultations: Collection[str]
) -> Mapping[str, Collection[NoteKind]]:
    """Return what the clock does not write, by consultation."""
    rows = await connection.execute(
        select(Silences.consultation, Silences.kind).where(Silences.consultation.in_(consultations))
    )
    found: dict[str, set[NoteKind]] = defaultdict(set)
    for row in rows:
        found[row.consultation].add(NoteKind(row.kind))
    return found


async def note_told(
    connection: AsyncConnection,
    consultation: str,
    keys: Collection[str],
    *,
    note: str | None,
    at: datetime,
) -> None:
    """Keep that occasions were told by a note, or passed over in silence."""
    rows = [{"consultation": consultation, "occasion": key, "note": note, "at": at} for key in keys]
    await insert_ignore(connection, Spoken, rows)


async def _load_open(connection: AsyncConnection, now: datetime) -> list[Speaking]:
    rows = await connection.execute(
        select(
            Consultations.id,
            Consultations.title,
            Consultations.language,
            Consultations.organiser,
            Consultations.opens,
            Consultations.closes,
            Consultations.created_at,
        )
        .where(
            Consultations.home.is_(None),
            Consultations.withdrawn_at.is_(None),
            Consultations.opens <= now,
            Consultations.closes > now,
        )
        .order_by(Consultations.opens, Consultations.id)
    )
    found = rows.all()
    phases: dict[str, list[Phase]] = defaultdict(list)
    if found:
        spans = await connection.execute(
            select_phases().where(Phases.consultation.in_([row.id for row in found]))
        )
        for span in spans:
            phases[span.consultation].append(read_phase(span))
    return [
        Speaking(
            id=row.id,
            title=row.title,
            language=row.language,
            organiser=row.organiser,
            opens=row.opens,
            closes=row.closes,
            made_at=row.created_at,
            phases=tuple(phases[row.id]),
        )
        for row in found
    ]


async def _load_told(
    connection: AsyncConnection, consultations: Collection[str]
) -> Mapping[str, Mapping[str, datetime]]:
    if not consultations:
        return {}
    rows = await connection.execute(
        select(Spoken.consultation, Spoken.occasion, Spoken.at).where(
            Spoken.consultation.in_(consultations)
        )
    )
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in rows:
        found[row.consultation][row.occasion] = row.at
    return found
