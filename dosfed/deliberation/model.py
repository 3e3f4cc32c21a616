"""What a deliberation is made of: values only, no storage, no protocol."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

ActorId = NewType("ActorId", str)
ConsultationId = NewType("ConsultationId", str)
ProposalId = NewType("ProposalId", str)
PollId = NewType("PollId", str)
ArgumentId = NewType("ArgumentId", str)

Eligible = Literal["anyone", "here"] | tuple[str, ...]


class Method(enum.StrEnum):
    """How a poll is answered."""

    AGREE = "agree"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SUPPORT = "support"


class PhaseKind(enum.StrEnum):
    """What a phase is for."""

    INFORMATION = "information"
    PROPOSALS = "proposals"
    DISCUSSION = "discussion"
    VOTING = "voting"


class Stance(enum.StrEnum):
    """Where an argument stands towards its proposal."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


class Role(enum.StrEnum):
    """What a person with an account here may do."""

    CITIZEN = "citizen"
    MODERATOR = "moderator"
    FACILITATOR = "facilitator"
    ORGANISER = "organiser"
    OPERATOR = "operator"


class ProposalState(enum.StrEnum):
    """How far a proposal has come."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    DELETED = "deleted"
    HIDDEN = "hidden"  # published, and hidden by a moderator
    SENT = "sent"  # by a citizen of ours, to a home elsewhere

    @property
    def was_published(self) -> bool:
        """Whether the proposal is published, be it hidden for now or not."""
        return self in WITH_A_PAGE


# A hidden one keeps its page, which says why.
WITH_A_PAGE = (ProposalState.PUBLISHED, ProposalState.HIDDEN)


class Refusal(enum.StrEnum):
    """Why the rules turned an act down; the value is stored and shown (docs/rules.md)."""

    UNKNOWN_POLL = "unknown-poll"
    NOT_OPEN = "not-open"
    NOT_ELIGIBLE = "not-eligible"
    UNKNOWN_OPTION = "unknown-option"
    WRONG_NUMBER = "wrong-number-of-choices"
    UNKNOWN_PARENT = "unknown-parent"
    UNKNOWN_CONSULTATION = "unknown-consultation"
    WRONG_PHASE = "wrong-phase"
    NOT_PUBLIC = "not-public"
    NOT_THE_AUTHOR = "not-the-author"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_OBJECT = "unknown-object"
    ALREADY_THERE = "already-there"
    ALREADY_DECIDED = "already-decided"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    OWN_ARGUMENT = "own-argument"
    BLOCKED = "blocked"
    FROZEN = "frozen"
    OWN_PROPOSAL = "own-proposal"
    BAD_TAG = "bad-tag"
    BAD_GROUP = "bad-group"
    BAD_SOURCE = "bad-source"
    UNKNOWN_CLAUSE = "unknown-clause"
    ELSEWHERE = "elsewhere"
    BAD_DATES = "bad-dates"
    BAD_LINK = "bad-link"
    LAST_OPERATOR = "last-operator"
    BAD_TARGET = "bad-target"
    OUTDATED = "outdated"
    TOO_MANY = "too-many"
    HIDDEN = "hidden"


class HideReason(enum.StrEnum):
    """Why a moderator hides something; the public record counts these."""

    INSULT = "insult"
    HATE = "hate"
    SPAM = "spam"
    OFF_TOPIC = "off-topic"
    PERSONAL_DATA = "personal-data"
    ILLEGAL = "illegal"
    OTHER = "other"


class Refused(Exception):
    """The rules turned an act down; nothing of it was written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A span of a consultation that says what may be submitted."""

    kind: PhaseKind
    opens: datetime
    closes: datetime


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
class Hiding:
    """From when a proposal was hidden, and until when; none while it still is."""

    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the proposal was hidden at a moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A question put to the vote, as the rules see it; `is_closed` once its final tally stands."""

    id: PollId
    method: Method
    options: tuple[str, ...]
    opens: datetime
    closes: datetime
    eligible: Eligible
    hides_counts: bool
    counts_from: int
    is_closed: bool
    hidings: tuple[Hiding, ...]  # of its proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of a poll: ballots per option in order, voters, voters per origin.

    `origins` is none where it would tell too much of a few.
    """

    counts: tuple[int, ...]
    voters: int
    origins: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CastBallot:
    """A voter asks that these choices, given by name, be counted.

    With `adds`, the choices join those of the ballot that stands (multiple choice only).
    `published` is the sender's word; it orders two ballots that both carry it.
    """

    poll: PollId
    voter: ActorId
    choices: tuple[str, ...]
    adds: bool
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The workshop, or other group, for which somebody enters a contribution."""

    name: str
    size: int  # people


@dataclass(frozen=True, slots=True, kw_only=True)
class PostArgument:
    """An author answers a proposal, or another argument, in public.

    `proposal` is where it was written, if that was on a page; what it answers must belong there.
    `text` is Markdown when written here; `html` is what is shown, sanitised again then.
    `clause` is the anchor of the clause of the proposal that it is about.
    """

    id: ArgumentId
    proposal: ProposalId | None
    in_reply_to: str
    author: ActorId
    author_name: str
    stance: Stance
    text: str | None
    html: str
    language: str | None
    url: str
    published: datetime | None
    clause: str | None = None
    sources: tuple[str, ...] = ()
    group: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditArgument:
    """An author changes an argument, or the Note from which a waiting proposal came.

    `title` and `text` are what a proposal would say, `html` what an argument would; `markdown`
    is what the argument's author typed, none where HTML came. `updated` is the sender's word; it
    orders two edits that both carry it. A stance or sources that are not given stay as they are.
    `is_moderated`: the author's own instance hides it, and these are not its words but the reason.
    """

    id: str
    author: ActorId
    stance: Stance | None
    title: str
    text: str
    html: str
    markdown: str | None
    language: str | None
    updated: datetime | None
    sources: tuple[str, ...] | None = None
    is_moderated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """An author deletes an argument, or the Note from which a proposal came.

    `within`: the consultation whose Group says so, where the author's own act is not at hand.
    """

    id: str
    actor: ActorId
    within: ConsultationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigh:
    """An actor finds an argument strong (1) or weak (-1), or no longer either (0)."""

    object: str
    actor: ActorId
    weight: Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An actor announces an object of ours to others, or takes that back."""

    object: str
    actor: ActorId
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitProposal:
    """An author proposes something to the first of these actors that is a consultation.

    `source` is the Note it came from, if any; `text` is Markdown.
    """

    addressed: tuple[str, ...]
    author: ActorId
    author_name: str
    title: str
    text: str
    language: str | None
    source: str | None
    tags: tuple[str, ...] = ()
    group: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseProposal:
    """A proposal's author, or a facilitator, gives it a new text and says why.

    `follows` is the version that they had before them.
    """

    id: ProposalId
    by: ActorId
    title: str
    text: str
    note: str
    follows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagProposal:
    """A proposal's author, or a facilitator, changes the words under which it is found."""

    id: ProposalId
    by: ActorId
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoSign:
    """Somebody stands behind a proposal beside its author, by name, or no longer does."""

    proposal: ProposalId
    actor: ActorId
    name: str
    is_signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideProposal:
    """A facilitator publishes a waiting proposal, or refuses it with a reason.

    `by` is none for the operator at the command line. `version` is the one that they read, if
    that is known.
    """

    id: ProposalId
    by: ActorId | None
    is_accepted: bool
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Somebody asks the moderators to look at these objects.

    With `is_passed_on`, the servers of their authors hear of it as well, not by whom.
    """

    reporter: ActorId
    objects: tuple[str, ...]
    text: str
    is_passed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReport:
    """A moderator upholds a report, which hides what it names, or dismisses it.

    `note` is read in the place of what is hidden; `code` is counted in the public record.
    """

    report: int
    by: ActorId
    is_upheld: bool
    note: str
    code: HideReason = HideReason.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Hide:
    """A moderator hides an argument or a proposal, with a reason, or shows it again.

    On a mirror, the consultation itself does so in the name of its home.
    """

    id: str
    by: ActorId
    is_hidden: bool
    reason: str
    code: HideReason = HideReason.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeeting:
    """An organiser announces a meeting of a consultation, or changes the one with this id.

    `url` is where it is on the line, or where more is said of it; `summary` is Markdown.
    """

    id: str
    consultation: ConsultationId
    by: ActorId
    title: str
    place: str
    url: str | None
    summary: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMeeting:
    """An organiser takes a meeting off the calendar."""

    id: str
    by: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """A person leaves: everything of theirs goes, save what a closed tally has counted."""

    actor: ActorId
