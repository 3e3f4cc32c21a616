"""A consultation, as the rules see it, and what is asked of it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dosfed.deliberation.model import ActorId, ConsultationId

Eligible = Literal["anyone", "here"] | tuple[str, ...]


class PhaseKind(enum.StrEnum):
    """What a phase is for."""

    INFORMATION = "information"
    PROPOSALS = "proposals"
    DISCUSSION = "discussion"
    VOTING = "voting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A span of a consultation that says what may be submitted; its text is Markdown.

    Where its title is empty it is called by its kind.
    """

    kind: PhaseKind
    opens: datetime
    closes: datetime
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """A process about a matter, as the rules see it."""

    id: ConsultationId
    opens: datetime
    closes: datetime
    phases: tuple[Phase, ...]
    eligible: Eligible
    needs_facilitator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPoll:
    """A poll that is not closed, as those see it who move its consultation's dates."""

    id: str
    proposal: str
    title: str
    opens: datetime
    closes: datetime
    has_ballots: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A consultation of this home as those see it who change it; its polls are those that run.

    `edition` counts what was changed: a command says which one its author had before them.
    """

    id: str
    address: str
    organiser: str
    organiser_title: str
    title: str
    summary: str
    language: str
    opens: datetime
    closes: datetime
    phases: tuple[Phase, ...]
    polls: tuple[RunningPoll, ...]
    withdrawn_at: datetime | None
    edition: int
    documents: tuple["Document", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """An organiser changes a consultation that they saw in this edition, and says why."""

    id: ConsultationId
    by: ActorId
    edition: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWords(_Change):
    """It says something else of itself; `organiser_title` is none where that stays."""

    title: str
    summary: str
    organiser_title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Something to read elsewhere."""

    url: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDetails(_Change):
    """Its phases, in their order, have other titles and texts, or it links to other documents."""

    phases: tuple[tuple[str, str], ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDates(_Change):
    """It, its phases in their order, or some of its polls by their ids have other dates."""

    closes: datetime
    phases: tuple[Phase, ...]
    polls: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNow(_Change):
    """It begins before its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseNow(_Change):
    """It ends before its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsultation(_Change):
    """It is given up; what people are voting on has no result."""


ConsultationCommand = (
    ChangeWords | ChangeDetails | MoveDates | OpenNow | CloseNow | WithdrawConsultation
)
