"""SQLite: what a cursor must tell, and when the thread is asked."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from dosfed.storage.sqlite import TURN_SECONDS, Connection, connector


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    connect = connector(str(tmp_path / "a.sqlite3"))
    opened = await connect()
    opened.isolation_level = None  # transactions begin where a statement says so
    await opened.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
    yield opened
    await opened.close()


class Trips:
    """Counts what goes to a connection's thread."""

    def __init__(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._put = connection._tx.put_nowait  # noqa: SLF001 - the way to the thread
        monkeypatch.setattr(connection, "_tx", self)

    def put_nowait(self, item: Any) -> None:
        """Count, and pass on."""
        self.count += 1
        self._put(item)


@pytest.fixture
def trips(connection: Connection) -> Iterator[Trips]:
    with pytest.MonkeyPatch.context() as patch:
        yield Trips(connection, patch)


async def test_what_may_wait_for_a_lock_or_the_disk_goes_to_the_thread_once(
    connection: Connection, trips: Trips
) -> None:
    cursor = await connection.cursor().__aenter__()
    await cursor.execute("SELECT 1 UNION SELECT 2")
    rows = await cursor.fetchall()
    await cursor.close()
    assert (list(rows), trips.count) == ([(1,), (2,)], 1)

    await cursor.execute("BEGIN IMMEDIATE")
    assert trips.count == 2
    await cursor.execute("INSERT INTO words (word) VALUES ('quai')")
    await cursor.executemany("INSERT INTO words (word) VALUES (?)", [("banc",), ("arbre",)])
    assert trips.count == 2
    await connection.commit()
    assert trips.count == 3


async def test_reading_goes_no_way(connection: Connection, trips: Trips) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    await cursor.execute("SELECT word FROM words")
    await cursor.execute("SELECT count(*) FROM words")
    await connection.rollback()
    assert (list(await cursor.fetchall()), trips.count) == ([(0,)], 0)


COUNT = """WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
SELECT count(*) FROM numbers"""
MANY = (300_000,)
FEW = (3,)


async def test_what_was_slow_goes_to_the_thread_until_it_is_quick_again(
    connection: Connection, trips: Trips
) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    await cursor.execute(COUNT, MANY)
    assert (list(await cursor.fetchall()), trips.count) == ([MANY], 0)
    await cursor.execute(COUNT, MANY)
    assert (list(await cursor.fetchall()), trips.count) == ([MANY], 1)

    went: list[int] = []
    while not went or went[-1] != trips.count:  # a busy machine may be slow more than once
        went.append(trips.count)
        await cursor.execute(COUNT, FEW)
    assert list(await cursor.fetchall()) == [FEW]
    assert went[:2] == [1, 2]


async def test_who_asks_very_often_lets_others_have_their_turn(connection: Connection) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    began = time.perf_counter()
    while time.perf_counter() - began < 10 * TURN_SECONDS:
        await cursor.execute("SELECT 1")
    task.cancel()

    assert turns > 1


async def test_what_the_thread_still_does_is_waited_for_before_it_is_undone(
    connection: Connection, trips: Trips
) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    await cursor.execute(COUNT, MANY)
    asking = asyncio.create_task(cursor.execute(COUNT, MANY))
    await asyncio.sleep(0)
    asking.cancel()
    await connection.rollback()

    assert trips.count == 2
    assert not is_open(connection)
    await cursor.execute("BEGIN")
    await cursor.execute("SELECT count(*) FROM words")
    assert (list(await cursor.fetchall()), trips.count) == ([(0,)], 2)


async def test_a_cursor_tells_columns_changes_and_ids(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("INSERT INTO words (word) VALUES (?)", ("quai",))
    assert (cursor.description, cursor.rowcount, cursor.lastrowid) == (None, 1, 1)
    await cursor.executemany("INSERT INTO words (word) VALUES (?)", [("banc",), ("arbre",)])
    assert cursor.rowcount == 2
    await cursor.execute("UPDATE words SET word = word || 's' WHERE id > 1 RETURNING id, word")
    assert [column[0] for column in cursor.description] == ["id", "word"]
    assert list(await cursor.fetchall()) == [(2, "bancs"), (3, "arbres")]
    assert cursor.rowcount == 2


async def test_a_statement_that_fails_leaves_the_connection_whole(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("INSERT INTO words (word) VALUES ('quai')")
    with pytest.raises(sqlite3.IntegrityError):
        await cursor.execute("INSERT INTO words (word) VALUES ('quai')")
    await cursor.execute("SELECT count(*) FROM words")
    assert list(await cursor.fetchall()) == [(1,)]


def is_open(connection: Connection) -> bool:
    """Whether a transaction has begun."""
    return connection.in_transaction


async def test_a_transaction_begins_with_its_first_statement(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    assert not is_open(connection)
    await connection.rollback()  # nothing has begun
    await cursor.execute("INSERT INTO words (word) VALUES ('dehors')")
    assert not is_open(connection)

    await cursor.execute("BEGIN")
    await cursor.execute("INSERT INTO words (word) VALUES ('quai')")
    assert is_open(connection)
    await connection.rollback()
    await cursor.execute("SELECT word FROM words")
    assert list(await cursor.fetchall()) == [("dehors",)]


async def test_a_transaction_that_takes_a_lock_begins_at_once(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN IMMEDIATE")
    assert is_open(connection)
    await cursor.execute("INSERT INTO words (word) VALUES ('quai')")
    await connection.commit()
    assert not is_open(connection)


async def test_what_nobody_waited_for_is_undone_as_well(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    asking = asyncio.create_task(cursor.execute("INSERT INTO words (word) VALUES ('quai')"))
    await asyncio.sleep(0)
    asking.cancel()
    await connection.rollback()
    assert not is_open(connection)
    await cursor.execute("SELECT count(*) FROM words")
    assert list(await cursor.fetchall()) == [(0,)]
