"""Who has an account here, and as what."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.actors import make_actor
from dosfed.acts.submission import House
from dosfed.deliberation.model import ActorId, Role
from dosfed.deliberation.tables import Users


class UnknownUser(LookupError):
    """Nobody with that name has an account here."""


async def add_user(
    connection: AsyncConnection, name: str, role: Role, house: House, *, at: datetime
) -> ActorId:
    """Give a person an account with an actor of its own; raises `BadName`."""
    user = house.instance.citizen(name)
    await make_actor(connection, id=user, handle=name, kind="citizen", name=name, at=at)
    await connection.execute(
        insert(Users).values(id=user, name=name, role=role.value, created_at=at)
    )
    return ActorId(user)


async def find_user(connection: AsyncConnection, name: str) -> ActorId:
    """Return the actor of a person with an account here, or raise `UnknownUser`."""
    statement = select(Users.id).where(Users.name == name)
    user = (await connection.execute(statement)).scalar_one_or_none()
    if user is None:
        raise UnknownUser(f"nobody here is called {name!a}")
    return ActorId(user)
