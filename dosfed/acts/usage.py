"""How much the instance is used, in NodeInfo's terms."""

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.services import Usage
from dosfed.deliberation import usage


async def count_usage(connection: AsyncConnection) -> Usage:
    """Return true counts of people and of what they wrote."""
    return Usage(
        users=await usage.count_users(connection),
        posts=await usage.count_proposals(connection),
        comments=await usage.count_arguments(connection),
    )
