"""How much an instance is used: true counts, as NodeInfo tells them."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.tables import Arguments, Ballots, Consultations, Proposals, Users

MONTH = timedelta(days=30)
HALF_YEAR = timedelta(days=180)


async def count_users(connection: AsyncConnection) -> int:
    """Return how many people have an account here."""
    return (await connection.execute(select(func.count()).select_from(Users))).scalar_one()


async def count_active(connection: AsyncConnection, *, since: datetime) -> int:
    """Return how many people with an account here voted or argued since a moment."""
    voted = select(Ballots.voter).where(Ballots.cast_at >= since)
    argued = select(Arguments.author).where(Arguments.received_at >= since)
    active = (
        select(func.count())
        .select_from(Users)
        .where(or_(Users.id.in_(voted), Users.id.in_(argued)))
    )
    return (await connection.execute(active)).scalar_one()


async def count_proposals(connection: AsyncConnection) -> int:
    """Return how many proposals are published here."""
    statement = (
        select(func.count())
        .select_from(Proposals)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.state == "published", Consultations.home.is_(None))
    )
    return (await connection.execute(statement)).scalar_one()


async def count_arguments(connection: AsyncConnection) -> int:
    """Return how many arguments people with an account here wrote."""
    statement = (
        select(func.count())
        .select_from(Arguments)
        .where(Arguments.author.in_(select(Users.id)), Arguments.deleted_at.is_(None))
    )
    return (await connection.execute(statement)).scalar_one()
