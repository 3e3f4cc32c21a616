"""Phases of consultations as they are kept: read and written in one place."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.model import Phase, PhaseKind
from dosfed.deliberation.consultations.tables import Phases


def select_phases() -> Select[*tuple[Any, ...]]:
    """Select phases with their consultation, in their order, for `read_phase`."""
    return select(
        Phases.consultation,
        Phases.kind,
        Phases.opens,
        Phases.closes,
        Phases.title,
        Phases.text,
    ).order_by(Phases.consultation, Phases.position)


def read_phase(row: Row[*tuple[Any, ...]]) -> Phase:
    """Read a row of `select_phases`."""
    return Phase(
        kind=PhaseKind(row.kind),
        opens=row.opens,
        closes=row.closes,
        title=row.title,
        text=row.text,
    )


async def load_phases_of(connection: AsyncConnection, consultation: str) -> list[Phase]:
    """Return the phases of one consultation."""
    rows = await connection.execute(select_phases().where(Phases.consultation == consultation))
    return [read_phase(row) for row in rows]


async def replace_phases(
    connection: AsyncConnection, consultation: str, phases: Sequence[Phase]
) -> None:
    """Write the phases of a consultation anew."""
    await connection.execute(delete(Phases).where(Phases.consultation == consultation))
    rows = list(_rows(consultation, phases))
    if rows:
        await connection.execute(insert(Phases), rows)


def _rows(consultation: str, phases: Sequence[Phase]) -> Iterable[dict[str, Any]]:
    for position, phase in enumerate(phases):
        yield {
            "consultation": consultation,
            "position": position,
            "kind": phase.kind.value,
            "opens": phase.opens,
            "closes": phase.closes,
            "title": phase.title,
            "text": phase.text,
        }
