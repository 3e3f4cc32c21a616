"""The rules of phases: pure functions, numbered as in docs/rules.md."""

from datetime import datetime

from dosfed.deliberation.consultations.model import Consultation, PhaseKind

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


def taking_proposals(consultation: Consultation) -> list[tuple[datetime, datetime]]:
    """Return from when until when a consultation takes proposals (rule 3.1), span by span."""
    opens, closes = consultation.opens, consultation.closes
    if not consultation.phases:
        return [(opens, closes)]
    return [
        (max(phase.opens, opens), min(phase.closes, closes))
        for phase in consultation.phases
        if phase.kind is PhaseKind.PROPOSALS
    ]
