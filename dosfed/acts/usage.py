"""How much the instance is used, in NodeInfo's terms."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.wellknown import Usage
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, counted
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import Users


async def count_usage(connection: AsyncConnection) -> Usage:
    """Return true counts of people and of what they wrote."""
    return Usage(
        users=await _count_users(connection),
        posts=await _count_proposals(connection),
        comments=await _count_arguments(connection),
    )


async def _count_users(connection: AsyncConnection) -> int:
    """Return how many people have an account here."""
    return (await connection.execute(select(func.count()).select_from(Users))).scalar_one()


async def _count_proposals(connection: AsyncConnection) -> int:
    """Return how many proposals are published here."""
    statement = (
        select(func.count())
        .select_from(Proposals)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(READABLE.of(Proposals), Consultations.home.is_(None))
    )
    return (await connection.execute(statement)).scalar_one()


async def _count_arguments(connection: AsyncConnection) -> int:
    """Return how many arguments people with an account here wrote."""
    statement = (
        select(func.count())
        .select_from(Arguments)
        .join(Proposals, Proposals.id == Arguments.about)
        .where(Arguments.author.in_(select(Users.id)), counted())
    )
    return (await connection.execute(statement)).scalar_one()
