"""How much the instance is used, in NodeInfo's terms."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.services import Usage
from dosfed.deliberation import usage


async def count_usage(connection: AsyncConnection, now: datetime) -> Usage:
    """Return true counts of people and of what they wrote."""
    return Usage(
        users=await usage.count_users(connection),
        active_month=await usage.count_active(connection, since=now - usage.MONTH),
        active_half_year=await usage.count_active(connection, since=now - usage.HALF_YEAR),
        posts=await usage.count_proposals(connection),
        comments=await usage.count_arguments(connection),
    )
