"""What acts made true: each fact is named in the past, and says what its consequences need."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dosfed.deliberation.consultations.kept import ConsultationRecord
from dosfed.deliberation.debate.arguments import Place
from dosfed.deliberation.debate.model import Weigh
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.moderation.contests import Decision
from dosfed.deliberation.moderation.model import Hide, Report
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.votes.ballots import BallotCast, BallotWithdrawn

# How somebody else's act is passed on: whole, by the bare id of its post, or not at all.
Said = Mapping[str, Any] | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """`id` names what it is about, `at` when it became true."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingNew(_Fact):
    """What was asked for is there already: a form was sent twice, or an edit came late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentPosted(_Fact):
    """An argument hangs where its parent is; `said` is the act of its author that brought it."""

    place: Place
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentEdited(_Fact):
    """An argument says something else than `before`."""

    before: ArgumentRecord
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentRemoved(_Fact):
    """An argument is gone, by its author's own Delete or by another wish of theirs."""

    record: ArgumentRecord
    own_delete: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentsForgotten(_Fact):
    """Some arguments are gone of a person, the `id`, who is being forgotten."""

    records: Collection[ArgumentRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWeighed(_Fact):
    """Somebody finds a post strong or weak, or no longer does; `before` is what they found.

    `said` is the act of another server's actor that says so.
    """

    command: Weigh
    said: Mapping[str, Any] | None
    place: Place
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostShared(_Fact):
    """Somebody of another server passes a post of ours on, or no longer does."""


DebateFact = (
    ArgumentPosted
    | ArgumentEdited
    | ArgumentRemoved
    | ArgumentsForgotten
    | PostWeighed
    | PostShared
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalSubmitted(_Fact):
    """A proposal waits for a facilitator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedBefore(_Fact):
    """The author has submitted the same words before, and they are where `state` says."""

    state: PostState


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalReworded(_Fact):
    """A proposal that waits says something else; `was_asked`: its team had asked for that."""

    was_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionAsked(_Fact):
    """A team asks the author of a proposal that waits for another text."""

    record: ProposalRecord
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionAnswered(_Fact):
    """An author has answered what the team asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPublished(_Fact):
    """A proposal is public; `has_waited`: a facilitator let it be."""

    record: ProposalRecord
    has_waited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRefused(_Fact):
    """A facilitator turned a proposal down, and said why."""

    record: ProposalRecord
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRevised(_Fact):
    """A published proposal has a new text, by its author or by a facilitator.

    `let_by` is who let the author's have it; `asked_again` stood behind the `former` title.
    """

    by: str
    former: str = ""
    let_by: str | None = None
    asked_again: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTextSubmitted(_Fact):
    """A published proposal's author would have it say something else, once somebody has read it.

    `is_by_note`: they changed the Note that it came from.
    """

    record: ProposalRecord
    is_by_note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTextRefused(_Fact):
    """A facilitator turned down what a proposal's author would have had it say."""

    record: ProposalRecord
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTextLapsed(_Fact):
    """Nobody read it before the text was frozen."""

    record: ProposalRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTextDropped(_Fact):
    """Its author no longer wants what they would have had a proposal say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalTagged(_Fact):
    """A published proposal is found under other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalSigned(_Fact):
    """Somebody stands behind a proposal by their name."""

    by: str
    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDropped(_Fact):
    """Somebody stands behind a proposal no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested(_Fact):
    """An author says that a decision about what they wrote, the `id`, is wrong."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestDecided(_Fact):
    """Somebody looked again at what was contested."""

    is_argument: bool
    is_lifted: bool
    reason: str


ContestFact = Contested | ContestDecided
CorrectionFact = CorrectionAsked | CorrectionAnswered | ProposalReworded
ProposalFact = (
    ProposalSubmitted
    | SubmittedBefore
    | ProposalPublished
    | ProposalRefused
    | ProposalTagged
    | ProposalSigned
    | SignatureDropped
)
TextFact = ProposalRevised | NewTextSubmitted | NewTextRefused | NewTextLapsed | NewTextDropped


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionSent(_Fact):
    """A citizen of ours proposes something to a home elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionChanged(_Fact):
    """What a citizen of ours proposed to a home elsewhere says something else."""


ContributionFact = ContributionSent | ContributionChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDropped(_Fact):
    """A published proposal stays, and its author's name does not; `home` is where it is judged."""

    home: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalWithdrawn(_Fact):
    """A published proposal is gone."""

    record: ProposalRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDropped(_Fact):
    """A proposal is gone that was never public, or that its home elsewhere took away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionTakenBack(_Fact):
    """A citizen of ours proposes it no longer."""

    record: ProposalRecord


ProposalGone = CreditDropped | ProposalWithdrawn | ProposalDropped | ContributionTakenBack


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentModerated(_Fact):
    """An argument was hidden, or is shown again; `is_home`: by the home of its consultation."""

    command: Hide
    was_hidden: bool
    is_home: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalModerated(_Fact):
    """A proposal was hidden, or is shown again."""

    command: Hide
    was_hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(_Fact):
    """Somebody complained."""

    command: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsAnswered(_Fact):
    """A moderator answered a report, and with it the others of the same things."""

    reports: Collection[int]
    is_upheld: bool


ModerationFact = ArgumentModerated | ProposalModerated | ReportMade | ReportsAnswered


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlanned(_Fact):
    """A consultation will meet; `is_new`, or something about it has changed."""

    meeting: Meeting
    record: ConsultationRecord
    by: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePublished(_Fact):
    """An organiser says something of a consultation; `is_new`, or says it in other words.

    `by` is nobody where the clock wrote it.
    """

    note: Note
    record: ConsultationRecord
    by: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWithdrawn(_Fact):
    """An organiser, or a home elsewhere, took back what it had said."""

    note: Note
    record: ConsultationRecord


NoteFact = NotePublished | NoteWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationChanged(_Fact):
    """A consultation, the `id`, is another; the polls of proposals in `moved` have new dates."""

    by: str
    organiser: str
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotSent(_Fact):
    """A citizen's ballot is on its way to the home of its poll, the `id`, which judges it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalSent(_Fact):
    """A citizen asks the home of a poll, the `id`, to let go of their ballot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForgotten(_Fact):
    """Nothing here tells any more that there was such a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed(_Fact):
    """Somebody with an account here left; `known_at` are the inboxes where they were known."""

    known_at: Collection[str]


PersonFact = PersonForgotten | AccountClosed
VoteFact = BallotCast | BallotSent | BallotWithdrawn | WithdrawalSent
Fact = (
    NothingNew
    | DebateFact
    | ProposalFact
    | CorrectionFact
    | ContestFact
    | TextFact
    | ContributionFact
    | ProposalGone
    | ModerationFact
    | MeetingPlanned
    | NoteFact
    | ConsultationChanged
    | VoteFact
    | PersonFact
)
