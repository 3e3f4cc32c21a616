"""SQLite behind its thread: what a cursor must tell, and how often the thread is asked."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dosfed.storage.sqlite import Connection, connector


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    opened = await connector(str(tmp_path / "a.sqlite3"))()
    opened.isolation_level = None  # transactions begin where a statement says so
    await opened.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
    yield opened
    await opened.close()


async def test_a_statement_goes_to_the_thread_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips = 0
    put = connection._tx.put_nowait  # noqa: SLF001 - the way to the thread

    class Counted:
        def put_nowait(self, item: Any) -> None:
            nonlocal trips
            trips += 1
            put(item)

    monkeypatch.setattr(connection, "_tx", Counted())
    cursor = await connection.cursor().__aenter__()
    await cursor.execute("SELECT 1 UNION SELECT 2")
    rows = await cursor.fetchall()
    await cursor.close()
    assert (list(rows), trips) == ([(1,), (2,)], 1)
    monkeypatch.undo()


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
