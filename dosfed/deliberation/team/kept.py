"""Who looks after the instance, as it is kept."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Role
from dosfed.deliberation.team.rules import higher
from dosfed.deliberation.team.tables import ConsultationTeam, Users


async def role_of(connection: AsyncConnection, actor: str) -> Role | None:
    """Return the role of a person with an account here, or None for anybody else."""
    role = (await connection.execute(select(Users.role).where(Users.id == actor))).scalar()
    return None if role is None else Role(role)


async def role_in(connection: AsyncConnection, actor: str, consultation: str) -> Role | None:
    """Return the role of somebody with an account here in one consultation.

    The higher counts of that which they have everywhere and that for this consultation alone.
    """
    rows = await connection.execute(
        select(Users.role, ConsultationTeam.role.label("here"))
        .outerjoin(
            ConsultationTeam,
            (ConsultationTeam.user == Users.id) & (ConsultationTeam.consultation == consultation),
        )
        .where(Users.id == actor)
    )
    row = rows.first()
    if row is None:
        return None
    return higher(Role(row.role), None if row.here is None else Role(row.here))


async def forget_member(connection: AsyncConnection, user: str) -> None:
    """Take somebody who leaves out of the teams of all consultations."""
    await connection.execute(delete(ConsultationTeam).where(ConsultationTeam.user == user))
