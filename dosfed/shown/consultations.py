"""Consultations as they are shown: by their head, wherever they are named, and in a list."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.licences import Licence, licence_of
from dosfed.deliberation.consultations.model import Consultation, Phase, PhaseKind
from dosfed.deliberation.consultations.phases import read_phase, select_phases
from dosfed.deliberation.consultations.rules import ARGUING, allows
from dosfed.deliberation.consultations.tables import Consultations, Organisers, Phases
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ConsultationId
from dosfed.deliberation.posts.visible import READABLE, counted
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.polls import read_eligible
from dosfed.deliberation.votes.tables import Polls, Tallies
from dosfed.shown.listings import factors_of


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
    licence: Licence | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""

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
        return (
            self.withdrawn_at is None
            and self.consultation.opens <= self.now < self.consultation.closes
        )

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or was withdrawn."""
        return self.withdrawn_at is not None or self.now >= self.consultation.closes

    @property
    def takes_proposals(self) -> bool:
        """Whether a proposal may be submitted now."""
        return self.withdrawn_at is None and allows(
            self.consultation, (PhaseKind.PROPOSALS,), at=self.now
        )

    @property
    def takes_arguments(self) -> bool:
        """Whether an argument may be posted now."""
        return self.withdrawn_at is None and allows(self.consultation, ARGUING, at=self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How much there is in a consultation that everybody may know.

    `people` wrote in public; `ballots` are those of published tallies.
    """

    proposals: int = 0
    open_polls: int = 0
    ballots: int = 0
    arguments: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationCard:
    """A consultation in a list."""

    head: ConsultationHead
    summary: str  # Markdown
    numbers: Numbers


class HomeShow(enum.StrEnum):
    """Which consultations are listed."""

    ALL = "all"
    OPEN = "open"
    COMING = "coming"
    CLOSED = "closed"


class HomeSort(enum.StrEnum):
    """In which order consultations are listed."""

    CLOSING = "closing"  # open ones by their end, then what comes, then what is over
    NEWEST = "newest"
    ARGUED = "argued"
    RANDOM = "random"  # another one every day, the same for everybody


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
    numbers = await _load_numbers(connection, now=now)
    cards = [
        ConsultationCard(
            head=read_head(row, phases, now=now),
            summary=row.summary,
            numbers=numbers.get(row.id, Numbers()),
        )
        for row in rows
    ]
    return tuple(sorted(cards, key=_by_end))


def choose_cards(
    cards: Iterable[ConsultationCard], show: HomeShow, sort: HomeSort, *, now: datetime
) -> list[ConsultationCard]:
    """Return the cards that somebody wants to see, in the order they want."""
    shown = [card for card in cards if show in {HomeShow.ALL, state_of(card.head)}]
    match sort:
        case HomeSort.CLOSING:
            return sorted(shown, key=_by_end)
        case HomeSort.NEWEST:
            return sorted(shown, key=lambda card: card.head.consultation.opens, reverse=True)
        case HomeSort.ARGUED:
            return sorted(shown, key=lambda card: -card.numbers.arguments)
        case HomeSort.RANDOM:
            return sorted(shown, key=lambda card: factors_of(card.head.id, now))


def sum_up(cards: Iterable[ConsultationCard]) -> Numbers:
    """Return how much there is in the consultations at home here.

    People are not summed up: who takes part in two would count twice.
    """
    found = [card.numbers for card in cards if card.head.home is None]
    return Numbers(
        proposals=sum(numbers.proposals for numbers in found),
        open_polls=sum(numbers.open_polls for numbers in found),
        ballots=sum(numbers.ballots for numbers in found),
        arguments=sum(numbers.arguments for numbers in found),
    )


def state_of(head: ConsultationHead) -> HomeShow:
    """Return whether a consultation is open, coming or closed."""
    if head.is_open:
        return HomeShow.OPEN
    return HomeShow.CLOSED if head.is_over else HomeShow.COMING


def _by_end(card: ConsultationCard) -> tuple[int, float]:
    return _end_of(card.head)


def _end_of(head: ConsultationHead) -> tuple[int, float]:
    dates = head.consultation
    match state_of(head):
        case HomeShow.OPEN:
            return 0, dates.closes.timestamp()
        case HomeShow.COMING:
            return 1, dates.opens.timestamp()
        case _:
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
        Consultations.licence,
        Consultations.withdrawn_at,
        Consultations.withdrawn_reason,
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
        licence=licence_of(row.licence),
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason or "",
    )


async def load_head(
    connection: AsyncConnection, address: str, *, now: datetime
) -> ConsultationHead | None:
    """Return a consultation as it is named, without its phases."""
    row = (await connection.execute(select_heads().where(Consultations.address == address))).first()
    return None if row is None else read_head(row, {}, now=now)


async def load_own_heads(
    connection: AsyncConnection, *, now: datetime
) -> Sequence[ConsultationHead]:
    """Return those at home here without phases: open ones, then what comes, then what is over."""
    rows = await connection.execute(select_heads().where(Consultations.home.is_(None)))
    return sorted((read_head(row, {}, now=now) for row in rows), key=_end_of)


async def load_whole_head(
    connection: AsyncConnection, condition: ColumnElement[bool], *, now: datetime
) -> ConsultationHead | None:
    """Return a consultation as it is named, with its phases."""
    row = (await connection.execute(select_heads().where(condition))).first()
    if row is None:
        return None
    return read_head(row, await load_phases(connection, row.id), now=now)


async def load_phases(
    connection: AsyncConnection, consultation: str | None
) -> Mapping[str, tuple[Phase, ...]]:
    """Return the phases of a consultation, or of all, by consultation."""
    statement = select_phases()
    if consultation is not None:
        statement = statement.where(Phases.consultation == consultation)
    phases: dict[str, tuple[Phase, ...]] = {}
    for row in await connection.execute(statement):
        phases[row.consultation] = (*phases.get(row.consultation, ()), read_phase(row))
    return phases


async def _load_numbers(connection: AsyncConnection, *, now: datetime) -> Mapping[str, Numbers]:
    """Return the numbers of all consultations, in two statements."""
    found: dict[str, Numbers] = {}
    for row in await connection.execute(_count_votes(now)):
        found[row.consultation] = Numbers(
            proposals=row.proposals, open_polls=row.polls, ballots=row.ballots or 0
        )
    for row in await connection.execute(_count_words()):
        found[row.consultation] = replace(
            found.get(row.consultation, Numbers()), arguments=row.arguments, people=row.people
        )
    return found


def _count_votes(now: datetime) -> Select[*tuple[Any, ...]]:
    is_open = (Polls.opens <= now) & (Polls.closes > now) & Polls.closed_at.is_(None)
    # Rules 2.1 and 2.2: a tally that has moved, and is not hidden until the end.
    is_shown = Tallies.counts.is_not(None) & (
        Polls.hides_counts.is_(False) | Polls.closed_at.is_not(None)
    )
    return (
        select(
            Proposals.consultation,
            func.count().label("proposals"),
            func.count(case((is_open, 1))).label("polls"),
            func.sum(case((is_shown, Tallies.voters))).label("ballots"),
        )
        .outerjoin(Polls, Polls.proposal == Proposals.id)
        .outerjoin(Tallies, Tallies.poll == Polls.id)
        .where(READABLE.of(Proposals))
        .group_by(Proposals.consultation)
    )


def _count_words() -> Select[*tuple[Any, ...]]:
    argued = (
        select(Proposals.consultation, Arguments.author, literal(1).label("argument"))
        .join(Arguments, Arguments.about == Proposals.id)
        .where(counted())
    )
    proposed = select(Proposals.consultation, Proposals.author, literal(0)).where(
        READABLE.of(Proposals), Proposals.author.is_not(None)
    )
    words = union_all(argued, proposed).subquery()
    return select(
        words.c.consultation,
        func.sum(words.c.argument).label("arguments"),
        func.count(words.c.author.distinct()).label("people"),
    ).group_by(words.c.consultation)
