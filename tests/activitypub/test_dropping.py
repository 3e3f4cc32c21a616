"""What waits for a server that is blocked is given up, and stays given up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from dosfed.activitypub import queues
from dosfed.activitypub.blocks import block_all, blocked_among
from dosfed.activitypub.queues import Attempt, Room
from dosfed.activitypub.tables import Deliveries, Destinations, Outbox
from dosfed.storage.engine import Database
from tests.activitypub.sending import Sender, sender
from tests.conftest import START, GivenClock


@pytest.fixture
async def us(database: Database, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Sender]:
    async with sender(database, clock, tmp_path) as us:
        yield us


async def drop(us: Sender, host: str) -> int:
    async with us.database.write() as connection:
        return await queues.drop(connection, [host], us.clock.now())


async def test_only_what_waits_for_that_server_is_dropped(us: Sender) -> None:
    bad, fine = us.world.server("bad"), us.world.server("fine")
    for number in range(3):
        await us.put(number, [bad, fine])

    assert await drop(us, bad.host) == 3
    assert await drop(us, bad.host) == 0
    assert await us.deliver() == 3

    assert bad.received == []
    assert len(fine.received) == 3
    assert {row["is_waiting"] for row in await us.rows(Destinations)} == {False}


async def test_a_dropped_ballot_leaves_no_bytes(us: Sender) -> None:
    bad = us.world.server("bad")
    await us.put(1, [bad], is_ephemeral=True)

    await drop(us, bad.host)

    assert [row["body"] for row in await us.rows(Outbox)] == [None]


async def test_what_is_dropped_while_a_courier_is_at_it_stays_dropped(us: Sender) -> None:
    bad = us.world.server("bad")
    await us.put(1, [bad])
    at = us.clock.now()
    async with us.database.write() as connection:
        claimed = await queues.claim(connection, Room(healthy=9, failing=9), at)
        (queue,) = await queues.load(connection, claimed)

    await drop(us, bad.host)
    failed = Attempt(delivery=queue.deliveries[0], status=503, is_finished=False)
    standing = replace(queue.standing, failures=1, failing_since=at)
    async with us.database.write() as connection:
        await queues.settle(connection, [failed], [standing], at)

    assert [row["finished_at"] for row in await us.rows(Deliveries)] == [at]
    assert (await us.destination(bad))["is_waiting"] is False


async def test_many_addresses_are_looked_up_at_once(database: Database) -> None:
    async with database.write() as connection:
        await block_all(connection, {"bad.example": "spam", "https://ok.example/u/x": ""}, START)
        many = {f"https://s{number}.example/inbox" for number in range(20_000)}
        few = {"https://a.bad.example/inbox", "https://ok.example/u/x", "https://ok.example/u/y"}

        assert await blocked_among(connection, many | few) == {
            "https://a.bad.example/inbox",
            "https://ok.example/u/x",
        }
        assert await blocked_among(connection, few) == await blocked_among(connection, many | few)
        assert await blocked_among(connection, set()) == set()
