"""The rules of consultations: pure functions, numbered as in docs/rules.md."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from dosfed.deliberation.consultations.model import (
    ChangeDetails,
    ChangeWords,
    CloseNow,
    Consultation,
    ConsultationCommand,
    MoveDates,
    Phase,
    PhaseKind,
    RunningPoll,
    Standing,
    WithdrawConsultation,
)
from dosfed.deliberation.model import Refusal, Refused, Role
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH, check_length, says_nothing
from dosfed.deliberation.team.rules import may_organise

REASON_LENGTH = 1_000
MOST_DOCUMENTS = 50
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
ARGUING = (PhaseKind.PROPOSALS, PhaseKind.DISCUSSION, PhaseKind.VOTING)


def allows(consultation: Consultation, kinds: tuple[PhaseKind, ...], *, at: datetime) -> bool:
    """Whether a consultation is in a phase of one of these kinds (rule 3.1)."""
    if not consultation.opens <= at < consultation.closes:
        return False
    if not consultation.phases:
        return True
    return any(
        phase.kind in kinds and phase.opens <= at < phase.closes for phase in consultation.phases
    )


class Held(Protocol):
    """A consultation by its dates."""

    @property
    def opens(self) -> datetime:
        """Return its first moment."""

    @property
    def closes(self) -> datetime:
        """Return the moment from which it is over."""

    @property
    def phases(self) -> Sequence[Phase]:
        """Return its spans, none if it has no parts."""


def taking_proposals(consultation: Held) -> list[tuple[datetime, datetime]]:
    """Return from when until when a consultation takes proposals (rule 3.1), span by span."""
    opens, closes = consultation.opens, consultation.closes
    if not consultation.phases:
        return [(opens, closes)]
    return [
        (max(phase.opens, opens), min(phase.closes, closes))
        for phase in consultation.phases
        if phase.kind is PhaseKind.PROPOSALS
    ]


def check_standing(withdrawn_at: datetime | None) -> None:
    """Raise `Refused` where a consultation was withdrawn: nothing is added to it (rule 10.6)."""
    if withdrawn_at is not None:
        raise Refused(Refusal.WITHDRAWN)


def check_change(
    standing: Standing, command: ConsultationCommand, *, role: Role | None, is_needed: bool
) -> None:
    """Raise `Refused` unless somebody may change a consultation as they saw it (rules 5.2, 10.1).

    `is_needed`: they must say why.
    """
    if not may_organise(role):
        raise Refused(Refusal.NOT_ALLOWED)
    check_standing(standing.withdrawn_at)
    if command.edition != standing.edition:
        raise Refused(Refusal.OUTDATED)
    if is_needed and says_nothing(command.reason):
        raise Refused(Refusal.EMPTY)
    check_length(command.reason, REASON_LENGTH)


def check_words(command: ChangeWords, *, everywhere: Role | None) -> None:
    """Raise `Refused` unless a consultation can say this of itself (rule 10.2).

    What its organiser is called stands in others of the same organiser too: only those change
    that who organise all of them, by their role `everywhere`.
    """
    titles = [command.title]
    if command.organiser_title is not None:
        if not may_organise(everywhere):
            raise Refused(Refusal.NOT_ALLOWED)
        titles.append(command.organiser_title)
    for title in titles:
        if says_nothing(title):
            raise Refused(Refusal.EMPTY)
        check_length(title, TITLE_LENGTH)
    check_length(command.summary, TEXT_LENGTH)


def check_details(command: ChangeDetails, *, is_link: Callable[[str], bool]) -> None:
    """Raise `Refused` unless phases can say this, and these can be linked to (rule 10.2)."""
    for title, text in command.phases:
        check_length(title, TITLE_LENGTH)
        check_length(text, TEXT_LENGTH)
    if len(command.documents) > MOST_DOCUMENTS:
        raise Refused(Refusal.TOO_MANY)
    for document in command.documents:
        if not is_link(document.url):
            raise Refused(Refusal.BAD_LINK)
        if says_nothing(document.title):
            raise Refused(Refusal.EMPTY)
        check_length(document.title, TITLE_LENGTH)


def check_dates(standing: Standing, command: MoveDates, *, now: datetime) -> None:
    """Raise `Refused` unless a consultation's dates may move like this (rule 10.3)."""
    for _, refusal in wrong_dates(standing, command, now=now):
        raise Refused(refusal)


def wrong_dates(
    standing: Standing, command: MoveDates, *, now: datetime
) -> Iterator[tuple[str, Refusal]]:
    """Yield what is wrong about dates, each by its name: `closes`, `phase-0-opens`, `poll-<id>`.

    What has not moved is right, however it came to be (rule 10.3).
    """
    if refusal := _wrong_move(standing.closes, command.closes, now=now):
        yield "closes", refusal
    span = standing.opens, command.closes
    for number, (was, phase) in enumerate(zip(standing.phases, command.phases, strict=True)):
        yield from _wrong_phase(was, phase, f"phase-{number}", span=span, now=now)
    running = {poll.id: poll for poll in standing.polls}
    for name, closes in command.polls.items():
        poll = running.get(name)
        if poll is None:
            yield f"poll-{name}", Refusal.OVER
        elif refusal := _wrong_move(poll.closes, closes, now=now):
            yield f"poll-{name}", refusal
        elif closes != poll.closes and closes > command.closes:
            yield f"poll-{name}", Refusal.DATES_CROSS


def _wrong_phase(
    was: Phase, phase: Phase, name: str, *, span: tuple[datetime, datetime], now: datetime
) -> Iterator[tuple[str, Refusal]]:
    if refusal := _wrong_move(was.opens, phase.opens, now=now):
        yield f"{name}-opens", refusal
    if refusal := _wrong_move(was.closes, phase.closes, now=now):
        yield f"{name}-closes", refusal
    elif phase != was and not span[0] <= phase.opens < phase.closes <= span[1]:
        yield f"{name}-closes", Refusal.DATES_CROSS


def _wrong_move(was: datetime, moved: datetime, *, now: datetime) -> Refusal | None:
    """Return what is wrong about moving a moment that others count on, if anything is."""
    if moved == was:
        return None
    if was <= now:
        return Refusal.OVER
    if moved >= LATEST:
        return Refusal.BAD_DATES
    return Refusal.EARLIER if moved < was else None


def crossing_dates(
    opens: datetime,
    closes: datetime,
    spans: Mapping[str, tuple[datetime, datetime]],
    *,
    now: datetime,
) -> Iterator[tuple[str, Refusal]]:
    """Yield what is wrong about the dates of a consultation that is to be published (rule 11.1).

    `spans` are those of its phases and polls, by their path; each begins before it ends.
    """
    if closes <= now:
        yield "closes", Refusal.OVER
    if closes >= LATEST:
        yield "closes", Refusal.BAD_DATES
    for path, (begins, ends) in spans.items():
        if not opens <= begins < ends <= closes:
            yield f"{path}.closes", Refusal.DATES_CROSS


def check_opening(standing: Standing, *, now: datetime) -> None:
    """Raise `Refused` unless a consultation may begin before its date (rule 10.4)."""
    if standing.opens <= now:
        raise Refused(Refusal.BEGUN)


def check_closing(standing: Standing, *, unjudged: Collection[str], now: datetime) -> None:
    """Raise `Refused` unless a consultation may end before its date (rule 10.5).

    `unjudged` are the polls for which something has come in that may be a ballot.
    """
    if standing.closes <= now:
        raise Refused(Refusal.OVER)
    if any(holds_votes(poll, unjudged) for poll in standing.polls):
        raise Refused(Refusal.VOTES_OPEN)


def holds_votes(poll: RunningPoll, unjudged: Collection[str]) -> bool:
    """Whether somebody has voted in a poll that runs, or may just have done so."""
    return poll.has_ballots or poll.id in unjudged


def needs_reason(command: ConsultationCommand) -> bool:
    """Whether a change is not made without saying why (rules 10.3, 10.5 and 10.6)."""
    return isinstance(command, MoveDates | CloseNow | WithdrawConsultation)
