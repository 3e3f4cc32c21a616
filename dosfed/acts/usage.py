"""How much the instance is used, in NodeInfo's terms."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.rules import sign_up_now
from dosfed.accounts.site import SignUp, load_site
from dosfed.accounts.tables import Sessions
from dosfed.activitypub.wellknown import Usage
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, counted
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import Users

MONTH, HALF_YEAR = timedelta(days=30), timedelta(days=180)


async def count_usage(
    connection: AsyncConnection, now: datetime, *, host: str, sends_mail: bool
) -> Usage:
    """Return true counts of people and of what they wrote, and whether anybody may join them."""
    site = await load_site(connection, host)
    return Usage(
        name=site.name,
        users=await _count_users(connection),
        in_month=await _count_active(connection, now - MONTH),
        in_half_year=await _count_active(connection, now - HALF_YEAR),
        posts=await _count_proposals(connection),
        comments=await _count_arguments(connection),
        is_open=sign_up_now(site.sign_up, sends_mail=sends_mail) is SignUp.OPEN,
    )


async def _count_active(connection: AsyncConnection, since: datetime) -> int:
    """Return how many with an account here were signed in since a moment, or wrote something.

    Who signed out meanwhile has no session any more.
    """
    used = func.coalesce(Sessions.seen_at, Sessions.created_at) >= since
    wrote = Arguments.published_at >= since
    active = (
        select(Sessions.user.label("user")).where(used).union(select(Arguments.author).where(wrote))
    ).subquery()
    statement = select(func.count()).select_from(Users).where(Users.id.in_(select(active.c.user)))
    return (await connection.execute(statement)).scalar_one()


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
