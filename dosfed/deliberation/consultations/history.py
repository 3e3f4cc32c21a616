"""The public history of a consultation: what its team did to it, when, and why.

A line is added in the transaction of what it tells, and never changed. It says in which role
somebody acted; who that was is kept for the team's own questions, shown nowhere, and forgotten
with the person.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import ConsultationHistory
from dosfed.deliberation.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the history; `role` is none where the clock did it, by a rule said beforehand.

    `before` and `after` are small JSON values, none where there is nothing to compare.
    """

    what: str
    at: datetime
    role: Role | None = None
    by: str | None = None
    before: Any = None
    after: Any = None
    reason: str = ""


async def record(connection: AsyncConnection, consultation: str, *changes: Change) -> None:
    """Add lines to the history of a consultation, in this order."""
    rows = [
        {
            "consultation": consultation,
            "at": change.at,
            "what": change.what,
            "role": "" if change.role is None else change.role.value,
            "by": change.by,
            "before": change.before,
            "after": change.after,
            "reason": change.reason,
        }
        for change in changes
    ]
    if rows:
        await connection.execute(insert(ConsultationHistory), rows)


async def load_history(connection: AsyncConnection, consultation: str) -> list[Change]:
    """Return what was done to a consultation, the latest first."""
    rows = await connection.execute(
        select(
            ConsultationHistory.what,
            ConsultationHistory.at,
            ConsultationHistory.role,
            ConsultationHistory.by,
            ConsultationHistory.before,
            ConsultationHistory.after,
            ConsultationHistory.reason,
        )
        .where(ConsultationHistory.consultation == consultation)
        .order_by(ConsultationHistory.at.desc(), ConsultationHistory.id.desc())
    )
    return [
        Change(**{**row, "role": Role(row["role"]) if row["role"] else None})
        for row in rows.mappings()
    ]


async def forget_member(connection: AsyncConnection, person: str) -> None:
    """Keep of somebody who leaves no more than the role in which they acted."""
    await connection.execute(
        update(ConsultationHistory).where(ConsultationHistory.by == person).values(by=None)
    )
