"""What can be done in a consultation at a moment, and until when: what its page says first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dosfed.deliberation.consultations.model import Phase
from dosfed.deliberation.consultations.rules import ARGUING, taking_proposals
from dosfed.shown.consultations import ConsultationHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """Something that people can do until a moment."""

    what: Literal["propose", "argue", "vote"]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibilities:
    """What can be done now; `until` where all of it ends then; `coming` is the phase that follows.

    Of what comes nothing is said where something can be done.
    """

    now: tuple[Possible, ...]
    until: datetime | None
    coming: Phase | None


def load_possibilities(head: ConsultationHead, votes_until: datetime | None) -> Possibilities:
    """Return what can be done in a consultation whose last open vote ends at a moment."""
    found: list[Possible] = []
    if head.takes_proposals:
        found.append(Possible(what="propose", until=_proposals_until(head)))
    if head.takes_arguments:
        found.append(Possible(what="argue", until=_arguments_until(head)))
    if votes_until is not None and head.withdrawn_at is None:
        found.append(Possible(what="vote", until=votes_until))
    ends = {one.until for one in found}
    return Possibilities(
        now=tuple(found),
        until=ends.pop() if len(ends) == 1 else None,
        coming=None if found or head.withdrawn_at else _coming(head.consultation.phases, head.now),
    )


def _proposals_until(head: ConsultationHead) -> datetime:
    spans = taking_proposals(head.consultation)
    return _end(spans, head.now)


def _arguments_until(head: ConsultationHead) -> datetime:
    held = head.consultation
    if not held.phases:
        return held.closes
    spans = [
        (phase.opens, min(phase.closes, held.closes))
        for phase in held.phases
        if phase.kind in ARGUING
    ]
    return _end(spans, head.now)


def _end(spans: Sequence[tuple[datetime, datetime]], now: datetime) -> datetime:
    """Return when the spans that a moment is in end, with those that follow without a gap."""
    end = now
    while following := [closes for opens, closes in spans if opens <= end < closes]:
        end = max(following)
    return end


def _coming(phases: Sequence[Phase], now: datetime) -> Phase | None:
    later = [phase for phase in phases if phase.opens > now]
    return min(later, key=lambda phase: phase.opens, default=None)
