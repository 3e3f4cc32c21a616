"""What is done again and again goes on after whatever happens to it, and says what happened."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from dosfed.repeating import Repeater
from dosfed.storage.changes import Changes
from dosfed.storage.engine import Database
from dosfed.waits import end


async def told_of(database: Database, work: Callable[[], Awaitable[object]]) -> list[str]:
    """Return what the log says of work that fails again and again, three times at least."""
    times, has_gone_on = 0, asyncio.Event()

    async def counted() -> None:
        nonlocal times
        times += 1
        if times > 3:
            has_gone_on.set()
        await work()

    repeater = Repeater(database=database, changes=Changes())
    with capture_logs() as logs:
        repeating = asyncio.create_task(repeater.every(0, counted))
        async with asyncio.timeout(10):
            await has_gone_on.wait()
        await end([repeating], seconds=1)
    return [line["event"] for line in logs]


@pytest.mark.parametrize("statement", ["SELECT nothing FROM nowhere", "INSERT INTO kept (name)"])
async def test_a_statement_that_will_always_fail_is_not_taken_for_a_database_that_is_away(
    statement: str, database: Database
) -> None:
    async def ask() -> None:
        async with database.read() as connection:
            await connection.execute(text(statement))

    assert set(await told_of(database, ask)) == {"clock: failed"}


async def test_of_a_database_that_is_away_one_line_is_told(database: Database) -> None:
    async def ask() -> None:
        error = OSError("the disk is full")
        raise OperationalError("SELECT 1", {}, error)

    assert await told_of(database, ask) == ["database failed"]
