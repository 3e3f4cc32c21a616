"""When a server is tried again, given up, or found alive."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import RowMapping, insert, select

from dosfed.activitypub.destinations import (
    LONG_AGO,
    SCHEDULE,
    Standing,
    after_answer,
    after_failure,
    revive,
)
from dosfed.activitypub.tables import Destinations
from dosfed.storage.engine import Database
from tests.conftest import START

FINE = Standing(
    host="masto.example",
    form="cavage",
    next_at=START,
    failures=0,
    failing_since=None,
    dead_at=None,
)
MIDDLE = 0.5  # of the spread: the schedule itself


def failed(standing: Standing, at: datetime, retry_after: float | None = None) -> Standing:
    return after_failure(standing, at, retry_after, MIDDLE)


def test_a_failing_server_is_left_alone_for_longer_each_time() -> None:
    standing, delays = FINE, []
    for _ in range(10):
        standing = failed(standing, START)
        delays.append(standing.next_at - START)
    assert delays == [*SCHEDULE, SCHEDULE[-1]]
    assert standing.failing_since == START
    assert standing.failures == 10


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 12), (0.5, 15), (1.0, 18)])
def test_attempts_are_spread_by_a_fifth(chance: float, seconds: int) -> None:
    standing = after_failure(FINE, START, None, chance)
    assert standing.next_at == START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "least"), [(0.0, 1), (30.0, 30), (3_600.0, 3_600), (1e9, 86_400)]
)
def test_a_server_may_say_when_to_come_back(asked: float, least: int) -> None:
    soonest, latest = (after_failure(FINE, START, asked, chance).next_at for chance in (0.0, 1.0))
    assert soonest == START + timedelta(seconds=least)
    assert latest == START + timedelta(seconds=least * 1.2)


def test_an_answer_ends_the_back_off() -> None:
    standing = after_answer(failed(failed(FINE, START), START), "rfc9421")
    assert (standing.failures, standing.failing_since) == (0, None)
    assert standing.form == "rfc9421"
    assert after_answer(FINE, "cavage") == FINE


def test_a_server_is_dead_after_a_week_of_failing() -> None:
    standing, at = FINE, START
    while standing.dead_at is None:
        at = standing.next_at
        standing = failed(standing, at)
    assert timedelta(days=7) <= standing.dead_at - START < timedelta(days=8)


def test_a_week_in_which_we_were_stopped_kills_nobody() -> None:
    standing = failed(failed(FINE, START), START + timedelta(days=30))
    assert standing.dead_at is None


async def test_a_word_from_a_dead_server_revives_it(database: Database) -> None:
    await add(database, "dead.example", failures=12, failing_since=START, dead_at=START)
    await hear(database, "dead.example")
    (row,) = await rows(database)
    assert (row["dead_at"], row["failing_since"], row["next_at"]) == (None, None, LONG_AGO)
    assert row["failures"] < 3


async def test_a_word_cuts_long_waits_short_but_leaves_short_ones(database: Database) -> None:
    later = START + timedelta(hours=8)
    await add(database, "long.example", failures=7, failing_since=START, next_at=later)
    await add(database, "short.example", failures=2, failing_since=START, next_at=later)
    await add(database, "fine.example")
    await hear(database, "long.example", "short.example", "fine.example", "unknown.example")
    next_at = {row["host"]: row["next_at"] for row in await rows(database)}
    assert next_at == {"long.example": LONG_AGO, "short.example": later, "fine.example": START}


async def test_a_talkative_server_whose_inbox_fails_is_not_tried_at_every_word(
    database: Database,
) -> None:
    await add(database, "long.example", failures=7, failing_since=START)
    await hear(database, "long.example")
    (row,) = await rows(database)
    again = failed(
        Standing(
            host=row["host"],
            form="cavage",
            next_at=row["next_at"],
            failures=row["failures"],
            failing_since=row["failing_since"],
            dead_at=None,
        ),
        START,
    )
    assert again.next_at - START == timedelta(minutes=1)
    assert again.failures == 2  # which the next word leaves as it is


async def add(database: Database, host: str, **values: Any) -> None:
    defaults: dict[str, Any] = {"is_waiting": True, "next_at": START, "failures": 0}
    async with database.write() as connection:
        await connection.execute(insert(Destinations).values(host=host, **{**defaults, **values}))


async def hear(database: Database, *hosts: str) -> None:
    async with database.write() as connection:
        await revive(connection, *hosts)


async def rows(database: Database) -> list[RowMapping]:
    async with database.read() as connection:
        return list((await connection.execute(select(Destinations.__table__))).mappings().all())
