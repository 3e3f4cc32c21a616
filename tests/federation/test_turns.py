"""However much work a batch is, others get their turn while it is judged."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dosfed.deliberation.search.indexing import catch_up
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import Town, found_town, person, reply

# Of this thread's CPU, without anybody else's turn: 50 ms is what is wanted.
SECONDS = 0.3
HEAVY = 40


@asynccontextmanager
async def turns() -> AsyncIterator[list[float]]:
    """Note how much CPU each turn of the loop takes."""
    taken = [0.0]

    async def take_turns() -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            taken[0] = max(taken[0], now - before)
            before = now

    taking = asyncio.create_task(take_turns())
    await asyncio.sleep(0)
    try:
        yield taken
    finally:
        taking.cancel()


def heavy(kind: str, number: int) -> Mapping[str, Any]:
    """Return a reply that takes as much work as the limits let in."""
    bo = person(f"bo{number}", "other.example")
    if kind == "html":
        return reply(bo, f"<p>{number}" + "<ul><li>" * 4_900)
    markdown = (f"{number} " + "![" * 9_900)[:19_999]
    ours: dict[str, Any] = {
        "dosfed:kind": "argument",
        "source": {"content": markdown, "mediaType": "text/markdown"},
    }
    return reply(bo, "<p>x</p>", **ours)


async def received(town: Town, kind: str) -> None:
    await town.store_all([heavy(kind, number) for number in range(HEAVY)])


@pytest.mark.parametrize("kind", ["html", "markdown"])
async def test_long_arguments_are_judged_and_indexed_one_after_another(
    database: Database, clock: GivenClock, kind: str
) -> None:
    town = await found_town(database, clock)
    await received(town, kind)

    async with turns() as taken:
        judged = await town.judge_all()
        assert judged.number == HEAVY
        assert taken[0] < SECONDS
        taken[0] = 0.0
        async with database.write() as connection:
            await catch_up(connection)
        assert taken[0] < SECONDS
