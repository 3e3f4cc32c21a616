"""The clock's turn, as the worker takes it."""

from datetime import datetime

from dosfed.acts.clockwork import count_ended, tick
from dosfed.acts.submission import House
from dosfed.storage.engine import Database


async def take_turn(database: Database, house: House, now: datetime) -> None:
    """Count what has ended; then close, move and announce what is due."""
    async with database.read() as connection:
        counted = await count_ended(connection, house, now=now)
    async with database.write() as connection:
        await tick(connection, house, counted, now=now)
