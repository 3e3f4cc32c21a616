"""What is asked of official notes."""

import enum
from dataclasses import dataclass

from dosfed.deliberation.model import ActorId, ConsultationId


class NoteKind(enum.StrEnum):
    """What brings a note about: somebody of the team, or the clock."""

    NOTE = "note"  # written by hand
    OPENING = "opening"  # the consultation is open
    PHASE = "phase"  # a phase has begun
    ENDING = "ending"  # the consultation, or a phase, ends in two days
    RESULT = "result"  # a vote is counted
    CHANGE = "change"  # the team has changed something


BY_CLOCK = tuple(kind for kind in NoteKind if kind is not NoteKind.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishNote:
    """An organiser says something about a consultation, or puts the note with this id in new words.

    `text` is Markdown; `seen` is the number of the version that they had before them, 0 where the
    note is new.
    """

    id: str
    consultation: ConsultationId
    by: ActorId
    title: str
    text: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawNote:
    """An organiser takes a note back, and says why."""

    id: str
    by: ActorId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseVoice:
    """An organiser chooses which notes the clock does not write for a consultation."""

    consultation: ConsultationId
    by: ActorId
    silent: frozenset[NoteKind]


NoteCommand = PublishNote | WithdrawNote | ChooseVoice
