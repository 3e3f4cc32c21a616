"""What was erased is in no file of the running database."""

import random
import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.engine import make_url

from dosfed.activitypub.tables import Followers, Inbox
from dosfed.deliberation.votes.tables import Ballots
from dosfed.storage import scrubbing
from dosfed.storage.beyond import beyond_reach
from dosfed.storage.engine import Database, open_database
from dosfed.storage.scrubbing import Scrubber, must_scrub
from tests.conftest import POSTGRES, START, GivenClock
from tests.traces import is_to_be_scrubbed, scrub, traces

POLL = "https://delib.example/p/abc"
VOTERS = 300


async def vote(database: Database, mark: str) -> None:
    """Store ballots as they come in; every voter's name begins with the mark."""
    voters = [f"https://masto.example/users/{mark}{number}" for number in range(VOTERS)]
    async with database.write() as connection:
        await connection.execute(
            insert(Inbox),
            [
                {
                    "actor": voter,
                    "activity": f"{voter}/votes/1",
                    "digest": voter.encode(),
                    "host": "masto.example",
                    "shard": 0,
                    "body": f'{{"actor":"{voter}","object":{{"name":"Oui"}}}}'.encode(),
                    "received_at": START,
                    "about": POLL,
                    "outcome": "admitted",
                }
                for voter in voters
            ],
        )
        await connection.execute(
            insert(Ballots),
            [ballot(voter) for voter in voters],
        )
    if not database.is_sqlite:  # autovacuum takes its samples at any time
        async with database.write() as connection:
            await connection.execute(text("ANALYZE"))


def ballot(voter: str) -> dict[str, object]:
    return {
        "poll": POLL,
        "voter": voter,
        "host": "masto.example",
        "choices": "0",
        "was_added": False,
        "cast_at": START,
    }


async def erase(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(delete(Ballots))
        await connection.execute(
            update(Inbox).values(actor=None, activity=None, digest=None, body=None)
        )
        await must_scrub(connection, START)


async def test_nothing_of_what_was_erased_is_in_any_file(
    database: Database, clock: GivenClock
) -> None:
    mark = secrets.token_hex(8)
    await vote(database, mark)
    assert await traces(database, mark)
    await erase(database)
    assert await traces(database, mark)  # this is why

    await scrub(database, clock)
    assert not await traces(database, mark)


async def test_an_owner_without_further_rights_waits_for_a_checkpoint(
    database: Database, clock: GivenClock
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite knows no rights")
    mark = secrets.token_hex(8)
    owner = await as_owner(database, f"owner_{secrets.token_hex(6)}")
    await vote(owner, mark)
    await erase(owner)
    scrubber = Scrubber(owner, clock)
    for _ in range(5):
        await scrubber.scrub()
    heaps = {file for file in await traces(database, mark) if not file.startswith("pg_wal")}
    assert not heaps
    assert await is_to_be_scrubbed(owner)

    for _ in range(20):
        await scrubber.scrub()
    assert not await is_to_be_scrubbed(owner)
    assert not await traces(database, mark)
    await owner.dispose()


async def as_owner(database: Database, name: str) -> Database:
    """Give the database to a role without any other right, and return it as that sees it."""
    url = make_url(database.writer.url)
    async with database.write() as connection:
        await connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        await connection.execute(text(f"ALTER DATABASE {url.database} OWNER TO {name}"))
        rows = await connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        for table in rows.scalars().all():
            await connection.execute(text(f"ALTER TABLE {table} OWNER TO {name}"))
    return open_database(url.set(username=name).render_as_string(hide_password=False))


async def test_files_are_written_anew_for_a_small_part_of_the_time(
    database: Database,
) -> None:
    clock = SlowClock()
    scrubber = Scrubber(database, clock)
    await erase(database)
    await scrubber.scrub()
    await erase(database)
    for _ in range(3):
        await scrubber.scrub()
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM erasures")) == 1

    clock.moment = clock.moment.replace(hour=20)
    await scrubber.scrub()
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM erasures")) == 0


class SlowClock(GivenClock):
    """A clock by which everything takes a second."""

    def __init__(self) -> None:
        super().__init__(START)

    def now(self) -> datetime:
        """Return a moment a second after the last one."""
        self.advance(seconds=1)
        return self.moment


async def test_a_large_file_of_sqlite_is_written_anew_at_night(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL writes table after table, and holds up nobody")
    monkeypatch.setattr(scrubbing, "AT_ONCE_BYTES", 0)
    clock = GivenClock(datetime(2026, 5, 1, 14, 0, tzinfo=UTC))
    scrubber = Scrubber(database, clock)
    await erase(database)
    await scrubber.scrub()
    assert await is_to_be_scrubbed(database)

    clock.advance(hours=13)
    await scrubber.scrub()
    assert not await is_to_be_scrubbed(database)


async def test_two_processes_do_not_write_anew_at_once(
    database: Database, clock: GivenClock
) -> None:
    if not POSTGRES:
        pytest.skip("on SQLite there is one worker")
    mark = secrets.token_hex(8)
    await vote(database, mark)
    await erase(database)
    one, other = Scrubber(database, clock), Scrubber(database, clock)
    async with one._alone() as is_alone:  # noqa: SLF001 - held for as long as the test likes
        assert is_alone
        await other.scrub()
        assert await is_to_be_scrubbed(database)
    await scrub(database, clock)
    assert not await traces(database, mark)


async def test_whoever_keeps_the_log_longer_is_named(database: Database) -> None:
    async with database.read() as connection:
        assert await beyond_reach(connection) == []
        if database.is_sqlite:
            return
        await connection.execute(text("SET log_statement = 'all'"))
        slot = f"slot_{secrets.token_hex(6)}"
        making = text("SELECT pg_create_physical_replication_slot(:slot, true)")
        await connection.execute(making, {"slot": slot})
        try:
            found = await beyond_reach(connection)
        finally:
            await connection.execute(text("SELECT pg_drop_replication_slot(:slot)"), {"slot": slot})
    assert [sentence for sentence in found if slot in sentence]
    assert [sentence for sentence in found if "log_statement" in sentence]


async def test_copies_that_rows_leave_behind_when_they_move_are_wiped_too(
    database: Database, clock: GivenClock
) -> None:
    if not database.is_sqlite:
        pytest.skip("of PostgreSQL no page stays at all")
    chance = random.Random(3)  # noqa: S311 - the same each time
    people = [f"https://h.example/u/{chance.getrandbits(64):016x}" for _ in range(2_000)]
    gone = people[: len(people) * 4 // 5]
    chance.shuffle(people)
    async with database.write() as connection:
        await connection.execute(
            insert(Followers), [follow(person, chance.randrange(60)) for person in people]
        )
    async with database.write() as connection:
        for person in gone:
            await connection.execute(delete(Followers).where(Followers.follower == person))
        await must_scrub(connection, START)
    await scrub(database, clock)

    assert not await traces(database, *gone)


def follow(person: str, length: int) -> dict[str, object]:
    """Return a row; no two of them are of one length."""
    return {
        "actor": "https://delib.example/c/quais",
        "follower": person,
        "follow_id": person + "#" * length,
        "host": "h.example",
        "inbox": f"{person}/inbox",
        "shared_inbox": None,
        "since": START,
    }
