"""Counters of requests that were not let in."""

from datetime import timedelta

from sqlalchemy import func, select

from dosfed.activitypub.rejections import (
    MAX_HOSTS,
    OTHERS,
    RejectionCounter,
    purge_rejections,
)
from dosfed.activitypub.tables import Rejections
from dosfed.storage.engine import Database
from tests.conftest import START


async def counts(database: Database) -> dict[tuple[str, str], int]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Rejections.reason, Rejections.host, Rejections.count)
        )
        return {(reason, host): count for reason, host, count in rows}


async def test_equal_rejections_of_an_hour_share_a_row(database: Database) -> None:
    counter = RejectionCounter()
    for minutes in (0, 30):
        counter.add("forged", "a.example")
        counter.add("forged", "a.example")
        counter.add("stale", "a.example")
        async with database.write() as connection:
            await counter.flush(connection, START + timedelta(minutes=minutes))
    async with database.write() as connection:
        await counter.flush(connection, START)

    assert await counts(database) == {("forged", "a.example"): 4, ("stale", "a.example"): 2}


async def test_endless_hosts_share_a_row(database: Database) -> None:
    counter = RejectionCounter()
    for _ in range(2):
        for number in range(MAX_HOSTS + 50):
            counter.add("forged", f"{number}.bad.example")
        async with database.write() as connection:
            await counter.flush(connection, START)
    found = await counts(database)
    assert len(found) <= MAX_HOSTS + 1
    assert found["forged", OTHERS] == 100


async def test_old_hours_are_forgotten(database: Database) -> None:
    counter = RejectionCounter()
    async with database.write() as connection:
        for hours in (0, 48):
            counter.add("stale", "")
            await counter.flush(connection, START + timedelta(hours=hours))
        await purge_rejections(connection, before=START + timedelta(hours=24))
        rows = await connection.execute(select(func.count()).select_from(Rejections))
        assert rows.scalar_one() == 1
