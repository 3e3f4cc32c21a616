"""What a catalogue says of the consultations of this instance, some at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import ConsultationHistory, Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.shown.data_sets import DataSet, read_data_set, select_data_sets


async def count_data_sets(connection: AsyncConnection) -> int:
    """Return how many consultations have their home here."""
    statement = select(func.count()).select_from(Consultations).where(Consultations.home.is_(None))
    return (await connection.execute(statement)).scalar_one()


async def load_data_sets(
    connection: AsyncConnection, *, offset: int, limit: int
) -> Sequence[DataSet]:
    """Return consultations of this instance in the order in which they were made."""
    rows = await connection.execute(
        select_data_sets()
        .order_by(Consultations.created_at, Consultations.id)
        .offset(offset)
        .limit(limit)
    )
    return [read_data_set(dict(row)) for row in rows.mappings()]


async def load_changes(
    connection: AsyncConnection, data_sets: Sequence[DataSet]
) -> dict[str, datetime]:
    """Return when each was last written in, or changed by its team, in three statements."""
    ids = [data.id for data in data_sets]
    latest = {data.id: data.created_at for data in data_sets}
    proposed = (
        select(
            Proposals.consultation,
            func.max(Proposals.published_at),
            func.max(Proposals.edited_at),
        )
        .where(Proposals.consultation.in_(ids), READABLE.of(Proposals))
        .group_by(Proposals.consultation)
    )
    argued = (
        select(
            Proposals.consultation,
            func.max(Arguments.received_at),
            func.max(Arguments.edited_at),
        )
        .join(Arguments, Arguments.about == Proposals.id)
        .where(Proposals.consultation.in_(ids), listed())
        .group_by(Proposals.consultation)
    )
    changed = (
        select(
            ConsultationHistory.consultation,
            func.max(ConsultationHistory.at),
            func.max(ConsultationHistory.at),
        )
        .where(ConsultationHistory.consultation.in_(ids))
        .group_by(ConsultationHistory.consultation)
    )
    for statement in (proposed, argued, changed):
        for consultation, *moments in await connection.execute(statement):
            known = [moment for moment in moments if moment is not None]
            latest[consultation] = max(latest[consultation], *known)
    return latest
