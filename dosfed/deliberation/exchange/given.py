"""What an import file asks for, as values."""

from dataclasses import dataclass
from datetime import datetime

from dosfed.deliberation.consultations.model import Eligible, Phase
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.model import Group
from dosfed.deliberation.proposals.reasons import OwnReason
from dosfed.deliberation.votes.methods.model import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOrganiser:
    """An organiser as the file describes it."""

    path: str
    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenResult:
    """The result of a poll that closed elsewhere; without `counts` none were shown."""

    source: str
    closed_at: datetime
    counts: tuple[int, ...] | None
    voters: int | None
    origins: dict[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPoll:
    """A poll as the file describes it."""

    method: Method
    options: tuple[str, ...]
    opens: datetime
    closes: datetime
    hides_counts: bool
    counts_from: int
    result: GivenResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenArgument:
    """An argument as the file describes it; `parent` is the place of the one it answers."""

    ref: str | None
    stance: Stance
    text: str | None
    html: str | None
    language: str | None
    by: str | None
    published: datetime | None
    parent: int | None
    clause: str | None
    sources: tuple[str, ...]
    group: Group | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVersion:
    """An earlier text of a proposal; `by` is author or facilitator, `note` why it was replaced."""

    title: str
    text: str
    note: str
    by: str
    replaced: datetime
    clauses: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenProposal:
    """A proposal as the file describes it."""

    ref: str | None
    title: str
    text: str
    language: str
    by: str | None
    published: datetime | None
    tags: tuple[str, ...]
    group: Group | None
    versions: tuple[GivenVersion, ...]
    clauses: tuple[str, ...] | None
    poll: GivenPoll | None
    arguments: tuple[GivenArgument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMeeting:
    """A meeting as the file describes it."""

    title: str
    place: str
    url: str | None
    summary: str
    starts: datetime
    ends: datetime
    is_cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDocumentLink:
    """A document that a consultation links to."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsultation:
    """A consultation as the file describes it."""

    path: str
    name: str
    title: str
    summary: str
    language: str
    organiser: str
    opens: datetime
    closes: datetime
    phases: tuple[Phase, ...]
    eligible: Eligible
    instances: tuple[str, ...]
    needs_facilitator: bool
    erase_after_days: int
    licence: str | None
    reasons: tuple[OwnReason, ...]
    documents: tuple[GivenDocumentLink, ...]
    meetings: tuple[GivenMeeting, ...]
    proposals: tuple[GivenProposal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDocument:
    """Everything that an import file asks for."""

    organisers: tuple[GivenOrganiser, ...]
    consultations: tuple[GivenConsultation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAdditions:
    """What a file adds to a consultation that exists; the names are for whoever checks them."""

    path: str
    name: str | None
    organiser: str | None
    proposals: tuple[GivenProposal, ...]
