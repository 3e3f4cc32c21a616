"""Who looks after the instance, as it is kept."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, ScalarSelect, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.deliberation.model import Role
from dosfed.deliberation.posts.tables import Posts
from dosfed.deliberation.team.rules import higher, may_facilitate
from dosfed.deliberation.team.tables import ConsultationTeam, Users


async def role_of(connection: AsyncConnection, actor: str) -> Role | None:
    """Return the role of a person with an account here, or None for anybody else."""
    role = (await connection.execute(select(Users.role).where(Users.id == actor))).scalar()
    return None if role is None else Role(role)


async def role_in(
    connection: AsyncConnection, actor: str, consultation: str | ScalarSelect[str]
) -> Role | None:
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


async def role_about(connection: AsyncConnection, actor: str, post: str) -> Role | None:
    """Return somebody's role in the consultation of a proposal or an argument.

    About what is not here they have that which they have everywhere.
    """
    where = select(Posts.consultation).where(Posts.id == post).scalar_subquery()
    return await role_in(connection, actor, where)


def roles_of(user: InstrumentedAttribute[str]) -> ScalarSelect[str]:
    """Return the roles of somebody in single consultations, as one column that `read_roles` reads.

    Every page of somebody who is signed in asks for them, in the one statement that it has for
    its reader.
    """
    # Neither a word for a role nor the id of a consultation has a space or a line break in it.
    pair = ConsultationTeam.role + " " + ConsultationTeam.consultation
    pairs = func.aggregate_strings(pair, "\n")
    return select(pairs).where(ConsultationTeam.user == user).scalar_subquery()


def read_roles(kept: str | None) -> Iterator[tuple[str, Role]]:
    """Yield consultations with somebody's roles in them."""
    for pair in (kept or "").splitlines():
        role, _, consultation = pair.partition(" ")
        yield consultation, Role(role)


def facilitates(actor: str, consultation: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that somebody decides on what waits in a consultation, a column."""
    roles = [role.value for role in Role if may_facilitate(role)]
    everywhere = exists().where(Users.id == actor, Users.role.in_(roles))
    there = exists().where(
        ConsultationTeam.user == actor,
        ConsultationTeam.consultation == consultation,
        ConsultationTeam.role.in_(roles),
    )
    return everywhere | there


async def forget_member(connection: AsyncConnection, user: str) -> None:
    """Take somebody who leaves out of the teams of all consultations."""
    await connection.execute(delete(ConsultationTeam).where(ConsultationTeam.user == user))
