"""The rules of official notes: who may write them, and what the clock says when (8.10 to 8.12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dosfed.deliberation.consultations.model import Phase, PhaseKind
from dosfed.deliberation.consultations.rules import Held
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.notes.model import NoteKind, PublishNote
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH, check_length

SOON = timedelta(days=2)  # before the end
# What had begun this long before a consultation was made here is no news of this instance: it was
# brought from elsewhere. Whoever opens one by hand, at once, does so within that time.
OPENED_BY_HAND = timedelta(hours=1)


def check_words(command: PublishNote, *, by_clock: bool) -> None:
    """Raise `Refused` unless a note may say that; what the clock began has no title of its own."""
    if not command.text.strip() or not (by_clock or command.title.strip()):
        raise Refused(Refusal.EMPTY)
    check_length(command.title.strip(), TITLE_LENGTH)
    check_length(command.text, TEXT_LENGTH)


def check_seen(seen: int, number: int) -> None:
    """Raise `Refused` unless somebody changes the words that they had before them."""
    if seen != number:
        raise Refused(Refusal.OUTDATED)


def check_stands(*, is_withdrawn: bool) -> None:
    """Raise `Refused` where a note was withdrawn: nothing of it comes back."""
    if is_withdrawn:
        raise Refused(Refusal.ALREADY_DECIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Something to tell from a moment on, as long as it is true; `phase` is none of the whole.

    Where several are due at once, that with the highest `rank` is told for all.
    """

    kind: NoteKind
    key: str  # by which it is known that it was told
    at: datetime
    until: datetime
    rank: int
    phase: Phase | None = None


def due_occasions(
    held: Held, *, made_at: datetime, told: frozenset[str], now: datetime
) -> list[Occasion]:
    """Return what is to be told of a consultation now, and is not told yet (rule 8.10).

    What is true no more is told no more: a worker that stood still, or a clock that jumped, says
    what is still true. What had begun when the consultation was brought here is not told.
    """
    found = [
        one
        for one in _occasions(held)
        if one.at <= now < one.until and one.key not in told and one.at >= made_at - OPENED_BY_HAND
    ]
    return sorted(found, key=lambda one: (one.rank, one.at), reverse=True)


def _occasions(held: Held) -> Iterator[Occasion]:
    opens, closes = held.opens, held.closes
    yield Occasion(kind=NoteKind.OPENING, key="opening", at=opens, until=closes, rank=0)
    for phase in held.phases:
        yield from _of_phase(held, phase)
    if closes - SOON > opens:
        at, key = closes - SOON, f"ending {_second(closes)}"
        yield Occasion(kind=NoteKind.ENDING, key=key, at=at, until=closes, rank=3)


def _of_phase(held: Held, phase: Phase) -> Iterator[Occasion]:
    """Yield when a phase begins after the consultation, and when it ends before it."""
    begins, ends = max(phase.opens, held.opens), min(phase.closes, held.closes)
    named = f"{phase.kind.value} {_second(phase.opens)}"
    if begins < ends and begins > held.opens:
        yield Occasion(
            kind=NoteKind.PHASE, key=f"phase {named}", at=begins, until=ends, rank=1, phase=phase
        )
    has_something_to_do = phase.kind is not PhaseKind.INFORMATION
    if has_something_to_do and ends < held.closes and ends - SOON > begins:
        key = f"ending {phase.kind.value} {_second(ends)}"
        yield Occasion(
            kind=NoteKind.ENDING, key=key, at=ends - SOON, until=ends, rank=2, phase=phase
        )


def next_occasion(held: Held, *, after: datetime) -> datetime | None:
    """Return when there will be something to tell."""
    return min((one.at for one in _occasions(held) if one.at > after), default=None)


def current_phases(phases: Sequence[Phase], now: datetime) -> list[Phase]:
    """Return the phases that a consultation is in, the one that ends first before others."""
    return sorted(
        (phase for phase in phases if phase.opens <= now < phase.closes),
        key=lambda phase: phase.closes,
    )


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
