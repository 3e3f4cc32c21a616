"""The rules of phases: pure functions, numbered as in docs/rules.md."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dosfed.deliberation.consultations.model import Consultation, Phase, PhaseKind

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
