"""Consultations as they are shown: by their head, wherever they are named, and in a list."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Consultation, ConsultationId, Phase, PhaseKind
from dosfed.deliberation.polls import read_eligible
from dosfed.deliberation.rules import ARGUING, allows
from dosfed.deliberation.tables import (
    Arguments,
    Consultations,
    Organisers,
    Phases,
    Polls,
    Proposals,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    """Who runs a consultation."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationHead:
    """A consultation as it is named wherever it appears; `home` is none for this instance."""

    consultation: Consultation
    address: str
    home: str | None
    organiser: Organiser
    title: str
    language: str
    now: datetime

    @property
    def id(self) -> str:
        """The consultation's URI."""
        return self.consultation.id

    @property
    def phase(self) -> Phase | None:
        """The phase it is in; of several the one that ends first."""
        current = [
            phase for phase in self.consultation.phases if phase.opens <= self.now < phase.closes
        ]
        return min(current, key=lambda phase: phase.closes, default=None)

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self.consultation.opens <= self.now < self.consultation.closes

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.now >= self.consultation.closes

    @property
    def takes_proposals(self) -> bool:
        """Whether a proposal may be submitted now."""
        return allows(self.consultation, (PhaseKind.PROPOSALS,), at=self.now)

    @property
    def takes_arguments(self) -> bool:
        """Whether an argument may be posted now."""
        return allows(self.consultation, ARGUING, at=self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationCard:
    """A consultation in a list."""

    head: ConsultationHead
    summary: str  # Markdown
    proposals: int
    arguments: int
    open_polls: int


async def load_cards(
    connection: AsyncConnection, *, now: datetime, organiser: str | None = None
) -> tuple[ConsultationCard, ...]:
    """Return consultations, all or an organiser's: open ones, then what comes, then what is over.

    It takes four statements.
    """
    statement = select_heads(Consultations.summary)
    if organiser is not None:
        statement = statement.where(Consultations.organiser == organiser)
    rows = (await connection.execute(statement)).all()
    phases = await load_phases(connection, None)
    numbers = await _numbers(connection, now=now)
    cards = [
        ConsultationCard(
            head=read_head(row, phases, now=now),
            summary=row.summary,
            proposals=numbers[row.id][0],
            open_polls=numbers[row.id][1],
            arguments=numbers[row.id][2],
        )
        for row in rows
    ]
    return tuple(sorted(cards, key=_home_order))


def _home_order(card: ConsultationCard) -> tuple[int, float]:
    head, dates = card.head, card.head.consultation
    if head.is_open:
        return 0, dates.closes.timestamp()
    if not head.is_over:
        return 1, dates.opens.timestamp()
    return 2, -dates.closes.timestamp()


def select_heads(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select consultations with their organiser, for `read_head`."""
    return select(
        Consultations.id,
        Consultations.address,
        Consultations.home,
        Consultations.organiser,
        Organisers.title.label("organiser_title"),
        Consultations.title,
        Consultations.language,
        Consultations.opens,
        Consultations.closes,
        Consultations.eligible,
        Consultations.needs_facilitator,
        *columns,
    ).outerjoin(Organisers, Organisers.id == Consultations.organiser)


def read_head(
    row: Row[*tuple[Any, ...]], phases: Mapping[str, tuple[Phase, ...]], *, now: datetime
) -> ConsultationHead:
    """Read a row of `select_heads`."""
    return ConsultationHead(
        consultation=Consultation(
            id=ConsultationId(row.id),
            opens=row.opens,
            closes=row.closes,
            phases=phases.get(row.id, ()),
            eligible=read_eligible(row.eligible),
            needs_facilitator=row.needs_facilitator,
        ),
        address=row.address,
        home=row.home,
        organiser=Organiser(id=row.organiser, title=row.organiser_title or row.home or ""),
        title=row.title,
        language=row.language,
        now=now,
    )


async def load_phases(
    connection: AsyncConnection, consultation: str | None
) -> Mapping[str, tuple[Phase, ...]]:
    """Return the phases of a consultation, or of all, by consultation."""
    statement = select(Phases.consultation, Phases.kind, Phases.opens, Phases.closes)
    if consultation is not None:
        statement = statement.where(Phases.consultation == consultation)
    phases: dict[str, tuple[Phase, ...]] = {}
    for row in await connection.execute(statement.order_by(Phases.position)):
        phase = Phase(kind=PhaseKind(row.kind), opens=row.opens, closes=row.closes)
        phases[row.consultation] = (*phases.get(row.consultation, ()), phase)
    return phases


async def _numbers(
    connection: AsyncConnection, *, now: datetime
) -> Mapping[str, tuple[int, int, int]]:
    """Return published proposals, open polls and arguments by consultation."""
    published = Proposals.state == "published"
    is_open = (Polls.opens <= now) & (Polls.closes > now) & Polls.closed_at.is_(None)
    numbers: dict[str, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for consultation, proposals, polls in await connection.execute(
        select(Proposals.consultation, func.count(), func.count(Polls.id))
        .outerjoin(Polls, (Polls.proposal == Proposals.id) & is_open)
        .where(published)
        .group_by(Proposals.consultation)
    ):
        numbers[consultation] = (proposals, polls, 0)
    for consultation, arguments in await connection.execute(
        select(Proposals.consultation, func.count())
        .join(Arguments, Arguments.proposal == Proposals.id)
        .where(published, Arguments.deleted_at.is_(None))
        .group_by(Proposals.consultation)
    ):
        proposals, polls, _ = numbers[consultation]
        numbers[consultation] = (proposals, polls, arguments)
    return numbers
