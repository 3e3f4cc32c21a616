"""Transactions on either engine: all or nothing, one writer after the other."""

import asyncio
import sqlite3
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InternalError,
    OperationalError,
    StatementError,
)

from dosfed.activitypub.tables import Blocks
from dosfed.storage.clock import SystemClock
from dosfed.storage.engine import Database, is_passing, open_database
from dosfed.storage.schema import Kept
from dosfed.storage.statements import insert_ignore, upsert


async def kept(database: Database) -> dict[str, str]:
    async with database.read() as connection:
        rows = await connection.execute(select(Kept.name, Kept.value))
        return {row.name: row.value for row in rows}


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.write() as connection:
            await connection.execute(insert(Kept).values(name="a", value="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()

    assert await kept(database) == {}


async def test_writers_follow_one_another(database: Database, database_url: str) -> None:
    other = open_database(database_url)

    async def count_up(which: Database) -> None:
        async with which.write() as connection:
            statement = select(Kept.value).where(Kept.name == "n").with_for_update()
            value = (await connection.execute(statement)).scalar_one()
            await asyncio.sleep(0)
            row = {"name": "n", "value": str(int(value) + 1)}
            await upsert(connection, Kept, [row], key=("name",), update=("value",))

    async with database.write() as connection:
        await connection.execute(insert(Kept).values(name="n", value="0"))
    await asyncio.gather(*(count_up(which) for which in (database, other) * 10))
    await other.dispose()

    assert await kept(database) == {"n": "20"}


async def test_what_was_erased_is_in_no_file_of_sqlite(
    database: Database, database_url: str
) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps its own log")
    folder = Path(make_url(database_url).database or "").parent

    def is_anywhere(words: bytes) -> bool:
        return any(words in path.read_bytes() for path in folder.iterdir() if path.is_file())

    async with database.write() as connection:
        await connection.execute(insert(Kept).values(name="a", value="in confidence"))
    assert is_anywhere(b"in confidence")

    async with database.write() as connection:
        await connection.execute(delete(Kept))
    assert await database.scrub()
    assert not is_anywhere(b"in confidence")


async def test_a_reader_of_sqlite_cannot_write(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has one pool for both")
    with pytest.raises(DBAPIError):
        async with database.read() as connection:
            await connection.execute(insert(Kept).values(name="a", value="1"))


async def test_what_is_known_is_left_or_renewed(database: Database) -> None:
    async with database.write() as connection:
        await insert_ignore(connection, Kept, [{"name": "a", "value": "1"}])
        await insert_ignore(
            connection, Kept, [{"name": "a", "value": "2"}, {"name": "b", "value": "2"}]
        )
        await insert_ignore(connection, Kept, [])
    assert await kept(database) == {"a": "1", "b": "2"}

    async with database.write() as connection:
        rows = [{"name": "a", "value": "3"}, {"name": "c", "value": "3"}]
        await upsert(connection, Kept, rows, key=("name",), update=("value",))
    assert await kept(database) == {"a": "3", "b": "2", "c": "3"}


async def test_moments_come_back_in_utc_to_the_microsecond(database: Database) -> None:
    moment = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-3)))
    async with database.write() as connection:
        await connection.execute(
            insert(Blocks).values(target="bad.example", reason="spam", since=moment)
        )

    async with database.read() as connection:
        found = (await connection.execute(select(Blocks.since))).scalar_one()
    assert found == moment
    assert found.tzinfo is UTC


async def test_a_moment_without_a_zone_is_an_error(database: Database) -> None:
    with pytest.raises(StatementError):
        async with database.write() as connection:
            await connection.execute(
                insert(Blocks).values(
                    target="bad.example",
                    reason="spam",
                    since=datetime(2026, 5, 1),  # noqa: DTZ001 - the mistake
                )
            )


async def test_stamps_of_one_database_agree_with_the_clock(database: Database) -> None:
    clock = SystemClock()
    async with database.write() as connection:
        stamp = await clock.stamp(connection)

    assert abs(stamp - clock.now()) < timedelta(seconds=30)
    assert stamp.tzinfo is UTC


class _Said(Exception):
    """What a driver says of a failure."""

    def __init__(self, sqlstate: str | None, *, sqlite: int | None = None) -> None:
        super().__init__("")
        self.sqlstate = sqlstate
        if sqlite is not None:
            self.sqlite_errorcode = sqlite


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DBAPIError("", {}, _Said("40P01")), True),
        (DBAPIError("", {}, _Said("57P01")), True),
        (DBAPIError("", {}, _Said("22021")), False),
        (IntegrityError("", {}, _Said("23505")), False),
        (OperationalError("", {}, _Said(None)), True),
        (OperationalError("", {}, _Said(None, sqlite=sqlite3.SQLITE_BUSY_SNAPSHOT)), True),
        (OperationalError("", {}, _Said(None, sqlite=sqlite3.SQLITE_FULL)), True),
        (OperationalError("", {}, _Said(None, sqlite=sqlite3.SQLITE_ERROR)), False),
        (IntegrityError("", {}, _Said(None)), False),
        (InternalError("", {}, _Said(None)), True),
        (InternalError("", {}, _Said("XX000")), False),
        (DBAPIError("", {}, _Said("XX000"), connection_invalidated=True), True),
        (ConnectionResetError(), True),
        (KeyError("id"), False),
    ],
)
def test_only_what_may_be_over_next_time_is_tried_again(
    *, error: Exception, expected: bool
) -> None:
    assert is_passing(error) is expected


async def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "one.sqlite3"
    database = open_database(f"sqlite+aiosqlite:///{file}")
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE t (n)"))
        modes = {one.name: one.stat().st_mode & 0o077 for one in file.parent.iterdir()}
    await database.dispose()

    assert len(modes) > 1
    assert not any(modes.values()), modes


async def test_a_failure_does_not_tell_what_was_to_be_written(database: Database) -> None:
    secret = {"name": "a name", "value": "who voted what"}
    with pytest.raises(IntegrityError) as failed:
        async with database.write() as connection:
            await connection.execute(insert(Kept), [secret, secret])

    assert "INSERT" in str(failed.value)
    assert "who voted what" not in str(failed.value)


async def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    # About one of thirty of these rounds would fail: SQLite lets one of two that want the same
    # change wait for nothing.
    for number in range(60):
        url = f"sqlite+aiosqlite:///{tmp_path}/{number}.sqlite3"
        opened = [open_database(url) for _ in range(6)]

        async def look(database: Database) -> None:
            async with database.read() as connection:
                await connection.execute(text("SELECT 1"))

        await asyncio.gather(*(look(database) for database in opened))
        for database in opened:
            await database.dispose()


async def test_what_fails_is_told_without_the_values_of_the_row(database: Database) -> None:
    someone = "ana@town.example"

    async def keep() -> None:
        async with database.write() as connection:
            await connection.execute(insert(Kept).values(name=someone, value="1"))

    await keep()
    with pytest.raises(IntegrityError) as failed:
        await keep()

    told = "".join(traceback.format_exception(failed.value))
    assert "kept" in told
    assert someone not in told
