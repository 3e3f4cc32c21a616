"""What one process commits, another one hears of."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select

from dosfed.storage.changes import Changes, watched
from dosfed.storage.engine import Database, open_database
from dosfed.storage.schema import Kept

SECONDS = 20.0  # for what takes less than one


@pytest.fixture
async def changes(database: Database) -> AsyncIterator[Changes]:
    async with watched(database) as changes:
        yield changes


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The database as another process opens it."""
    other = open_database(database_url)
    yield other
    await other.dispose()


async def heard(changes: Changes) -> asyncio.Event:
    """Return what is set by the next change, once nothing is told any more of earlier ones."""
    news = asyncio.Event()
    changes.call(news.set)
    while True:
        news.clear()
        try:
            async with asyncio.timeout(1.5):
                await news.wait()
        except TimeoutError:
            return news


async def write(database: Database, name: str) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Kept).values(name=name, value="x"))


async def is_told(news: asyncio.Event, *, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await news.wait()
    except TimeoutError:
        return False


async def test_what_another_process_commits_is_heard_of(changes: Changes, other: Database) -> None:
    news = await heard(changes)

    await write(other, "one")

    assert await is_told(news, within=SECONDS)


async def test_what_the_same_process_commits_is_heard_of_too(
    changes: Changes, database: Database
) -> None:
    news = await heard(changes)

    await write(database, "one")

    assert await is_told(news, within=SECONDS)


async def test_who_only_looks_tells_nobody(changes: Changes, database: Database) -> None:
    """Otherwise whoever looks again after each change would never end."""
    news = await heard(changes)

    async with database.write() as connection:
        await connection.execute(select(Kept.name))
    async with database.read() as connection:
        await connection.execute(select(Kept.name))

    assert not await is_told(news, within=1.0)


async def test_what_was_undone_tells_nobody(changes: Changes, other: Database) -> None:
    news = await heard(changes)

    async with other.write() as connection:
        await connection.execute(insert(Kept).values(name="one", value="x"))
        await connection.rollback()

    assert not await is_told(news, within=1.0)
