"""Who looks after the instance, as it is kept."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Role
from dosfed.deliberation.team.tables import Users


async def role_of(connection: AsyncConnection, actor: str) -> Role | None:
    """Return the role of a person with an account here, or None for anybody else."""
    role = (await connection.execute(select(Users.role).where(Users.id == actor))).scalar()
    return None if role is None else Role(role)
