"""Who of the team may look again at a decision that was contested."""

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Accounts
from dosfed.deliberation.model import Role
from dosfed.deliberation.moderation.contests import Decision
from dosfed.deliberation.team.rules import may_facilitate, may_moderate
from dosfed.deliberation.team.tables import ConsultationTeam, Users


async def deciders(connection: AsyncConnection, decision: Decision) -> set[str]:
    """Return who of the team may decide on what was decided: whose account is not suspended."""
    may = may_facilitate if decision.became == "refused" else may_moderate
    roles = [role.value for role in Role if may(role)]
    there = exists().where(
        ConsultationTeam.user == Users.id,
        ConsultationTeam.consultation == decision.consultation,
        ConsultationTeam.role.in_(roles),
    )
    suspended = exists().where(Accounts.user == Users.id, Accounts.suspended_at.is_not(None))
    rows = await connection.execute(
        select(Users.id).where(or_(Users.role.in_(roles), there), ~suspended)
    )
    return set(rows.scalars())
