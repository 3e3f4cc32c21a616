"""Consultations as they are kept."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.model import Consultation, Phase, PhaseKind
from dosfed.deliberation.consultations.tables import Consultations, Phases
from dosfed.deliberation.model import ConsultationId
from dosfed.deliberation.proposals.reasons import OwnReason, read_reasons
from dosfed.deliberation.votes.polls import read_eligible


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationRecord:
    """A consultation with what is not the rules' business; `home` is none for this instance."""

    consultation: Consultation
    address: str
    home: str | None
    organiser: str
    language: str
    licence: str | None = None
    reasons: tuple[OwnReason, ...] = ()
    withdrawn_at: datetime | None = None


async def load_consultations(
    connection: AsyncConnection, ids: Collection[str]
) -> Mapping[str, ConsultationRecord]:
    """Return the consultations among these ids."""
    rows = await connection.execute(
        select(
            Consultations.id,
            Consultations.address,
            Consultations.home,
            Consultations.organiser,
            Consultations.language,
            Consultations.licence,
            Consultations.withdrawn_at,
            Consultations.opens,
            Consultations.closes,
            Consultations.eligible,
            Consultations.needs_facilitator,
            Consultations.reasons,
            Phases.kind.label("phase"),
            Phases.opens.label("phase_opens"),
            Phases.closes.label("phase_closes"),
        )
        .outerjoin(Phases, Phases.consultation == Consultations.id)
        .where(Consultations.id.in_(ids))
        .order_by(Phases.position)
    )
    found = rows.all()  # one for each phase
    phases: dict[str, list[Phase]] = defaultdict(list)
    for row in found:
        if row.phase is not None:
            phase = Phase(kind=PhaseKind(row.phase), opens=row.phase_opens, closes=row.phase_closes)
            phases[row.id].append(phase)
    return {row.id: _read(row, phases[row.id]) for row in found}


def _read(row: Row[*tuple[Any, ...]], phases: Sequence[Phase]) -> ConsultationRecord:
    return ConsultationRecord(
        consultation=Consultation(
            id=ConsultationId(row.id),
            opens=row.opens,
            closes=row.closes,
            phases=tuple(phases),
            eligible=read_eligible(row.eligible),
            needs_facilitator=row.needs_facilitator,
        ),
        address=row.address,
        home=row.home,
        organiser=row.organiser,
        language=row.language,
        withdrawn_at=row.withdrawn_at,
        licence=row.licence,
        reasons=read_reasons(row.reasons),
    )
