"""People whom a test lets have an account, or has blocked, in one line."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.blocks import block_all
from dosfed.acts.memberships import Member, join
from dosfed.acts.submission import House
from dosfed.deliberation.model import ActorId, Role


async def add_user(
    connection: AsyncConnection, name: str, role: Role, house: House, *, at: datetime
) -> ActorId:
    """Give a person an account, with an actor of its own."""
    return await join(connection, Member(name=name, role=role), house, at=at)


async def block(connection: AsyncConnection, target: str, reason: str, at: datetime) -> None:
    """Stop listening to a host or an actor."""
    await block_all(connection, {target: reason}, at)
