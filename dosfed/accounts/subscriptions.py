"""Subscriptions: consultations and proposals whose news somebody wants to hear."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Subscriptions
from dosfed.storage.statements import insert_ignore


async def subscribe(connection: AsyncConnection, user: str, target: str, *, at: datetime) -> None:
    """Let a user hear the news of a target from now on."""
    row = {"user": user, "target": target, "since": at}
    await insert_ignore(connection, Subscriptions, [row])


async def unsubscribe(connection: AsyncConnection, user: str, target: str) -> None:
    """Let a user hear no more of a target."""
    await connection.execute(
        delete(Subscriptions).where(Subscriptions.user == user, Subscriptions.target == target)
    )


async def is_subscribed(connection: AsyncConnection, user: str, target: str) -> bool:
    """Whether a user hears the news of a target."""
    rows = await connection.execute(
        select(Subscriptions.target).where(
            Subscriptions.user == user, Subscriptions.target == target
        )
    )
    return rows.first() is not None


async def load_subscriptions(connection: AsyncConnection, user: str) -> set[str]:
    """Return the targets whose news a user hears."""
    rows = await connection.execute(select(Subscriptions.target).where(Subscriptions.user == user))
    return set(rows.scalars())


async def subscribers_of(connection: AsyncConnection, target: str) -> set[str]:
    """Return who hears the news of a target."""
    rows = await connection.execute(
        select(Subscriptions.user).where(Subscriptions.target == target)
    )
    return set(rows.scalars())


async def forget_subscriptions(connection: AsyncConnection, user: str) -> None:
    """Drop all of a user's."""
    await connection.execute(delete(Subscriptions).where(Subscriptions.user == user))
