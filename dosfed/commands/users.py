"""`dosfed user`: accounts, with the links that open a session."""

from dosfed.acts.memberships import add_user, find_user
from dosfed.acts.opening import open_instance
from dosfed.commands import Lines
from dosfed.deliberation.model import Role
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.web.session import issue_link


async def add(settings: Settings, clock: Clock, *, name: str, role: Role) -> Lines:
    """Give a person an account."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        user = await add_user(connection, name, role, opened.house, at=at)
        link = await issue_link(connection, user, at=at, base_url=settings.base_url)
    return [{"kind": "user", "id": user, "sign_in": link}]


async def link(settings: Settings, clock: Clock, *, name: str) -> Lines:
    """Let a person with an account sign in again."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        user = await find_user(connection, name)
        link = await issue_link(connection, user, at=at, base_url=settings.base_url)
    return [{"kind": "user", "id": user, "sign_in": link}]
