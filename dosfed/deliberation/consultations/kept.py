"""Consultations as they are kept."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.model import Consultation, Phase, PhaseKind
from dosfed.deliberation.consultations.tables import Consultations, Phases
from dosfed.deliberation.model import ConsultationId
from dosfed.deliberation.votes.polls import read_eligible


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationRecord:
    """A consultation with what is not the rules' business; `home` is none for this instance."""

    consultation: Consultation
    address: str
    home: str | None
    organiser: str
    language: str


async def load_consultations(
    connection: AsyncConnection, ids: Collection[str]
) -> Mapping[str, ConsultationRecord]:
    """Return the consultations among these ids."""
    phases: dict[str, list[Phase]] = defaultdict(list)
    for row in await connection.execute(
        select(Phases.consultation, Phases.kind, Phases.opens, Phases.closes)
        .where(Phases.consultation.in_(ids))
        .order_by(Phases.position)
    ):
        phases[row.consultation].append(
            Phase(kind=PhaseKind(row.kind), opens=row.opens, closes=row.closes)
        )
    rows = await connection.execute(
        select(
            Consultations.id,
            Consultations.address,
            Consultations.home,
            Consultations.organiser,
            Consultations.language,
            Consultations.opens,
            Consultations.closes,
            Consultations.eligible,
            Consultations.needs_facilitator,
        ).where(Consultations.id.in_(ids))
    )
    return {
        row.id: ConsultationRecord(
            consultation=Consultation(
                id=ConsultationId(row.id),
                opens=row.opens,
                closes=row.closes,
                phases=tuple(phases[row.id]),
                eligible=read_eligible(row.eligible),
                needs_facilitator=row.needs_facilitator,
            ),
            address=row.address,
            home=row.home,
            organiser=row.organiser,
            language=row.language,
        )
        for row in rows
    }
