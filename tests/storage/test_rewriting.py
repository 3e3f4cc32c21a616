"""PostgreSQL: tables are written anew under the hands of those who use them."""

import asyncio
import random
import time

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from dosfed.activitypub.tables import Followers, Inbox
from dosfed.deliberation.debate.tables import Arguments
from dosfed.storage import rewriting
from dosfed.storage.engine import Database
from dosfed.storage.rewriting import Busy, rewrite
from dosfed.storage.schema import Table
from dosfed.storage.shapes import read_shape
from tests.conftest import POSTGRES, START

pytestmark = pytest.mark.skipif(not POSTGRES, reason="SQLite writes its file anew by itself")

ROWS = 400


async def test_nothing_that_is_written_meanwhile_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "ROWS_AT_ONCE", 30)
    async with database.write() as connection:
        await connection.execute(insert(Inbox), [row(number) for number in range(ROWS)])
    expected = {f"act-{number}": b"as it was" for number in range(ROWS)}
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as writers:
        for seed in range(4):
            writers.create_task(write(database, expected, seed, stop))
        for _ in range(3):
            await rewrite(database.writer, "inbox")
        stop.set()
    await rewrite(database.writer, "inbox")

    async with database.read() as connection:
        found = await connection.execute(select(Inbox.activity, Inbox.body))
        assert dict(list(found)) == expected
        assert await connection.scalar(text("SELECT count(*) FROM inbox")) == len(expected)


async def write(
    database: Database, expected: dict[str, bytes], seed: int, stop: asyncio.Event
) -> None:
    """Change, drop and add rows of one's own, until told to stop."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    mine = [activity for activity in expected if int(activity[4:]) % 4 == seed]
    number = ROWS + seed
    while not stop.is_set():
        activity = chance.choice(mine)
        body = chance.randbytes(8)
        match chance.randrange(4):
            case 0:
                mine.remove(activity)
                work = remove(database, activity)
                del expected[activity]
            case 1:
                number += 4
                mine.append(f"act-{number}")
                expected[f"act-{number}"] = body
                work = add(database, number, body)
            case _:
                expected[activity] = body
                work = change(database, activity, body)
        await work


async def add(database: Database, number: int, body: bytes) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Inbox), [row(number) | {"body": body}])


async def change(database: Database, activity: str, body: bytes) -> None:
    async with database.write() as connection:
        await connection.execute(update(Inbox).where(Inbox.activity == activity).values(body=body))


async def remove(database: Database, activity: str) -> None:
    async with database.write() as connection:
        await connection.execute(delete(Inbox).where(Inbox.activity == activity))


def row(number: int) -> dict[str, object]:
    return {
        "actor": f"https://masto.example/users/{number}",
        "activity": f"act-{number}",
        "digest": b"",
        "host": "masto.example",
        "shard": 0,
        "body": b"as it was",
        "received_at": START,
    }


async def test_every_table_stays_what_it_is(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("GRANT SELECT ON inbox TO pg_monitor"))
        await connection.execute(text("ALTER TABLE inbox SET (fillfactor = 90)"))
    names = sorted(Table.metadata.tables)
    before = await shapes(database, names)
    for name in names:
        await rewrite(database.writer, name)

    assert await shapes(database, names) == before
    async with database.write() as connection:
        await connection.execute(insert(Inbox), [row(1)])  # counts on
        kinds = "SELECT count(*) FROM pg_class WHERE relnamespace = 'dosfed_anew'::regnamespace"
        assert await connection.scalar(text(kinds)) == 0


async def shapes(database: Database, names: list[str]) -> dict[str, object]:
    async with database.read() as connection:
        return {name: await read_shape(connection, f"public.{name}") for name in names}


async def test_texts_are_still_indexed_afterwards(database: Database) -> None:
    await rewrite(database.writer, Arguments.__tablename__)
    async with database.read() as connection:
        shape = await read_shape(connection, "public.posts")
    assert len(shape.triggers) == 1


async def test_whoever_holds_a_table_is_left_alone_and_no_ballot_waits_for_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(rewriting, "LONGEST_PAUSE", 0.05)
    async with database.write() as connection:
        await connection.execute(insert(Inbox), [row(1)])
    longest = 0.0
    async with database.read() as reader:  # as a backup does
        await reader.execute(text("LOCK TABLE inbox IN ACCESS SHARE MODE"))
        rewritten = asyncio.create_task(rewrite(database.writer, "inbox"))
        for number in range(10, 60):
            began = time.monotonic()
            await add(database, number, b"a ballot")
            longest = max(longest, time.monotonic() - began)
            await asyncio.sleep(0.02)
        assert not rewritten.done()
    await rewritten
    assert longest < 1

    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM inbox")) == 51


async def test_what_was_interrupted_is_cleared_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Followers), [follower(number) for number in range(5)])
    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "_clear", nothing)
        patch.setattr(rewriting, "_take_place", killed)
        with pytest.raises(ConnectionResetError):
            await rewrite(database.writer, "followers")
    async with database.write() as connection:
        await connection.execute(insert(Followers), [follower(5)])

    await rewrite(database.writer, "followers")
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM followers")) == 6
        shape = await read_shape(connection, "public.followers")
    assert shape.triggers == ()


async def nothing(*_: object) -> None:
    """Clear nothing away, as whoever is killed."""


async def killed(*_: object) -> None:
    raise ConnectionResetError


def follower(number: int) -> dict[str, object]:
    return {
        "actor": "https://delib.example/c/quais",
        "follower": f"https://masto.example/users/{number}",
        "follow_id": f"https://masto.example/follows/{number}",
        "host": "masto.example",
        "inbox": "https://masto.example/inbox",
        "shared_inbox": None,
        "since": START,
    }


async def test_a_column_that_a_migration_adds_meanwhile_is_not_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = rewriting._copy  # noqa: SLF001 - something happens right after it

    async def copy_while_migrating(*given: object) -> None:
        await copied(*given)  # type: ignore[arg-type]
        async with database.write() as connection:
            await connection.execute(text("ALTER TABLE inbox ADD COLUMN later TEXT"))

    monkeypatch.setattr(rewriting, "_copy", copy_while_migrating)
    with pytest.raises((Busy, DBAPIError)):
        await rewrite(database.writer, "inbox")
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(later) FROM inbox")) == 0
