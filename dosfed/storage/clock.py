"""What time it is: given to whoever needs it, so that a test can give another."""

from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


class Clock(Protocol):
    """A source of moments, always in UTC."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...

    async def stamp(self, connection: AsyncConnection) -> datetime:
        """Return the moment that counts for what this transaction stores."""
        ...


def hour_of(at: datetime) -> datetime:
    """Return when the hour of a moment began."""
    return at.replace(minute=0, second=0, microsecond=0)


class SystemClock:
    """The machine's clock; transactions on PostgreSQL are stamped by the database's."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    async def stamp(self, connection: AsyncConnection) -> datetime:
        """Return one clock's moment for all processes that share a database."""
        if connection.dialect.name != "postgresql":
            return self.now()
        # Not `now()`, which is the start of the transaction: it may have stood at a lock for long.
        moment: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
        return moment.astimezone(UTC)
