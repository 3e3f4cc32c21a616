"""What is asked of a proposal, and when it was hidden."""

from dataclasses import dataclass
from datetime import datetime

from dosfed.deliberation.model import ActorId, Group, ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiding:
    """From when a proposal was hidden, and until when; none while it still is."""

    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the proposal was hidden at a moment."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitProposal:
    """An author proposes something to the first of these actors that is a consultation.

    `source` is the Note it came from, if any; `text` is Markdown. `updated`: it comes by a change
    that its author made then.
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
    updated: datetime | None = None


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
class DecideNewText:
    """A facilitator lets a published proposal have the new text of its author, or does not.

    `number` is the text that they read, `version` the one beside which they read it; none where
    that is not known. `by` is none for the operator at the command line.
    """

    id: ProposalId
    by: ActorId | None
    is_accepted: bool
    reason: str
    number: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropNewText:
    """An author no longer asks for the new text that waits, or lets go of what became of it."""

    id: ProposalId
    by: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class CoSign:
    """Somebody stands behind a proposal beside its author, by name, or no longer does.

    `version` is the text that they read, if that is known.
    """

    proposal: ProposalId
    actor: ActorId
    name: str
    is_signed: bool
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideProposal:
    """A facilitator publishes a waiting proposal, or refuses it with a reason.

    `by` is none for the operator at the command line. `code` is the reason in one word of the
    consultation's list, `reason` what its author reads. `version` is the one that they read, if
    that is known.
    """

    id: ProposalId
    by: ActorId | None
    is_accepted: bool
    reason: str
    code: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCorrection:
    """A facilitator asks the author of a proposal that waits for another text.

    `version` is the one that they read, if that is known.
    """

    id: ProposalId
    by: ActorId | None
    text: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCorrection:
    """An author answers what a team asked of their proposal; `source` is the Note that does."""

    id: ProposalId
    by: ActorId
    text: str
    source: str | None = None


CorrectionCommand = AskCorrection | AnswerCorrection
ProposalCommand = (
    SubmitProposal
    | DecideProposal
    | ReviseProposal
    | TagProposal
    | DecideNewText
    | DropNewText
    | CoSign
)
