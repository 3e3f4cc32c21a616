"""The rules of proposals: pure functions, numbered as in docs/rules.md."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from dosfed.deliberation.consultations.model import Consultation, PhaseKind
from dosfed.deliberation.consultations.rules import ARGUING, allows
from dosfed.deliberation.model import ActorId, Refusal, Refused, Role
from dosfed.deliberation.proposals.model import (
    AnswerCorrection,
    AskCorrection,
    CoSign,
    DecideNewText,
    DecideProposal,
    ReviseProposal,
)
from dosfed.deliberation.proposals.reasons import OwnReason, RefusalReason
from dosfed.deliberation.rules import (
    TEXT_LENGTH,
    TITLE_LENGTH,
    check_length,
    check_words,
    says_nothing,
)
from dosfed.deliberation.team.rules import may_facilitate

NOTE_LENGTH = 500
REASON_LENGTH = 2_000
LINES = 100  # of a conversation about a correction
ANSWERS = 10  # of an author, before the team speaks again
TAGS = 5
TAG_LENGTH = 40
DRAFTS = 50


def check_proposal(consultation: Consultation, title: str, text: str, *, at: datetime) -> None:
    """Raise `Refused` unless a proposal may be submitted (rules 3.1 and 3.2)."""
    if not allows(consultation, (PhaseKind.PROPOSALS,), at=at):
        raise Refused(Refusal.WRONG_PHASE)
    check_words(title, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A proposal as those rules see it that say who may change it."""

    author: ActorId | None
    is_waiting: bool
    version: int
    is_frozen: bool  # somebody voted on it, or its poll is over


def check_revision(
    consultation: Consultation,
    standing: Standing,
    revision: ReviseProposal,
    *,
    role: Role | None,
    at: datetime,
) -> None:
    """Raise `Refused` unless a proposal may be given a new text (rule 3.10)."""
    check_changer(standing, revision.by, role)
    check_changeable(consultation, standing, at=at)
    if revision.follows != standing.version:
        raise Refused(Refusal.OUTDATED)
    check_words(revision.title, revision.text)
    if not standing.is_waiting and says_nothing(revision.note):
        raise Refused(Refusal.EMPTY)
    check_length(revision.note, NOTE_LENGTH)


def check_changeable(consultation: Consultation, standing: Standing, *, at: datetime) -> None:
    """Raise `Refused` where a proposal's text stays as it is (rule 3.10)."""
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)
    if standing.is_frozen:
        raise Refused(Refusal.FROZEN)


def is_read_first(consultation: Consultation, standing: Standing, by: ActorId) -> bool:
    """Whether a new text waits until a facilitator has read it (rule 3.31).

    One by a facilitator has been read; one of a proposal that waits is read with it.
    """
    is_authors = not standing.is_waiting and by == standing.author
    return is_authors and consultation.needs_facilitator


def asks_signers_again(consultation: Consultation, standing: Standing, by: ActorId) -> bool:
    """Whether nobody reads a new text first: then nobody stands behind it yet (rule 3.32)."""
    is_authors = not standing.is_waiting and by == standing.author
    return is_authors and not consultation.needs_facilitator


def check_new_text(
    decision: DecideNewText, *, number: int | None, version: int, is_frozen: bool
) -> None:
    """Raise `Refused` unless a facilitator decides on the new text that they read (rule 3.31).

    `number` is the one that waits, none where none does.
    """
    if number is None:
        raise Refused(Refusal.ALREADY_DECIDED)
    if is_frozen:
        raise Refused(Refusal.FROZEN)
    if decision.number not in {None, number} or decision.version not in {None, version}:
        raise Refused(Refusal.OUTDATED)
    if not decision.is_accepted and says_nothing(decision.reason):
        raise Refused(Refusal.EMPTY)
    check_length(decision.reason, REASON_LENGTH)


def check_decision(
    decision: DecideProposal, *, version: int, reasons: Collection[OwnReason]
) -> None:
    """Raise `Refused` unless a facilitator read what waits, and says why not (rule 3.9)."""
    if decision.version not in {None, version}:
        raise Refused(Refusal.OUTDATED)
    if not decision.is_accepted:
        check_reason(decision.code, decision.reason, reasons)
        check_length(decision.reason, REASON_LENGTH + TITLE_LENGTH + 2)


def check_reason(code: str | None, words: str, own: Collection[OwnReason]) -> None:
    """Raise `Refused` unless a refusal says why (rule 3.9): in a word of the list, or in others.

    *Something else* alone says nothing.
    """
    if code not in {None, *RefusalReason, *(one.code for one in own)}:
        raise Refused(Refusal.UNKNOWN_OPTION)
    if code in {None, RefusalReason.OTHER} and not words.strip():
        raise Refused(Refusal.EMPTY)


def check_correction(ask: AskCorrection, *, version: int, lines: int) -> None:
    """Raise `Refused` unless a facilitator read what waits, and says what is wrong (rule 3.34)."""
    if ask.version not in {None, version}:
        raise Refused(Refusal.OUTDATED)
    _check_line(ask.text, lines=lines)


def check_correction_answer(answer: AnswerCorrection, *, lines: int, since_asked: int) -> None:
    """Raise `Refused` unless somebody was asked, and answers in measure (rule 3.34)."""
    if lines == 0:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if since_asked >= ANSWERS:
        raise Refused(Refusal.TOO_MANY)
    _check_line(answer.text, lines=lines)


def _check_line(text: str, *, lines: int) -> None:
    if says_nothing(text):
        raise Refused(Refusal.EMPTY)
    check_length(text, REASON_LENGTH)
    if lines >= LINES:
        raise Refused(Refusal.TOO_MANY)


def check_source(*, is_frozen: bool) -> None:
    """Raise `Refused` where people vote on what a home made of a Note (rules 3.5 and 3.31)."""
    if is_frozen:
        raise Refused(Refusal.FROZEN)


def check_changer(standing: Standing, by: ActorId, role: Role | None) -> None:
    """Raise `Refused` unless somebody may change a proposal at all (rules 3.10 and 3.12).

    What waits is still its author's alone: nobody could see what a facilitator made of it.
    """
    if by == standing.author:
        return
    if standing.is_waiting or not may_facilitate(role):
        raise Refused(Refusal.NOT_ALLOWED)


def check_co_signature(
    consultation: Consultation,
    command: CoSign,
    *,
    author: ActorId | None,
    version: int,
    at: datetime,
) -> None:
    """Raise `Refused` unless somebody may stand behind a proposal, or step back (rule 3.11)."""
    if not command.is_signed:
        return
    if command.actor == author:
        raise Refused(Refusal.OWN_PROPOSAL)
    if not allows(consultation, ARGUING, at=at):
        raise Refused(Refusal.WRONG_PHASE)
    if command.version not in {None, version}:
        raise Refused(Refusal.OUTDATED)


def check_tags(tags: tuple[str, ...]) -> None:
    """Raise `Refused` unless these can be a proposal's tags (rule 3.12)."""
    if len(tags) > TAGS or any(says_nothing(tag) or len(tag) > TAG_LENGTH for tag in tags):
        raise Refused(Refusal.BAD_TAG)


def check_draft(title: str, text: str, *, others: int) -> None:
    """Raise `Refused` unless a draft may be kept beside so many others (rule 3.14)."""
    if says_nothing(title) and says_nothing(text):
        raise Refused(Refusal.EMPTY)
    check_length(title, TITLE_LENGTH)
    check_length(text, TEXT_LENGTH)
    if others >= DRAFTS:
        raise Refused(Refusal.TOO_MANY)
