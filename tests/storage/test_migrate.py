"""Migrations lead to the tables that the code reads."""

import asyncio
import pkgutil
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import orjson
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

import dosfed
from dosfed.storage import engine
from dosfed.storage import migrate as migrating
from dosfed.storage.engine import Database, open_database
from dosfed.storage.migrate import HEAD, NewerDatabase, migrate, read_version
from dosfed.storage.schema import Table

# All tables must be known to be compared.
for found in pkgutil.walk_packages(dosfed.__path__, "dosfed."):
    if found.name.endswith(".tables"):
        import_module(found.name)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url)
    try:
        yield database
    finally:
        await database.dispose()


# The full-text table of SQLite, with those that it keeps itself in; no table of the MetaData.
FULL_TEXT = "search_index"
# PostgreSQL alone has it; the comparison overlooks that, the shape below does not.
WORDS = "ix_search_entries_words"


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "include_object": is_compared}
    context = MigrationContext.configure(connection, opts=options)
    return [*compare_metadata(context, Table.metadata)]


def is_compared(_thing: object, name: str | None, *_: object) -> bool:
    return name is None or not (name.startswith(FULL_TEXT) or name == WORDS)


def shape(connection: Connection) -> dict[str, object]:
    """What `compare_metadata` leaves out: primary keys, partial indexes, their names."""
    reader = inspect(connection)
    return {
        name: (
            reader.get_pk_constraint(name),
            sorted(
                (
                    str(index["name"]),
                    str(index["column_names"]),
                    index["unique"],
                    [str(option) for option in index.get("dialect_options", {}).values()],
                )
                for index in reader.get_indexes(name)
            ),
            sorted(str(unique) for unique in reader.get_unique_constraints(name)),
        )
        for name in reader.get_table_names()
        if name != "alembic_version" and not name.startswith(FULL_TEXT)
    }


async def test_migrations_lead_to_the_tables(empty_database_url: str, database_url: str) -> None:
    async with opened(empty_database_url) as made, made.write() as connection:
        await connection.run_sync(Table.metadata.create_all)

    async with (
        opened(database_url) as migrated,
        opened(empty_database_url) as made,
        migrated.read() as connection,
        made.read() as other,
    ):
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(shape) == await other.run_sync(shape)


async def test_tests_stand_on_what_migrations_make(database_url: str) -> None:
    assert await migrate(database_url) == HEAD


async def test_migrations_can_be_undone(empty_database_url: str) -> None:
    await migrate(empty_database_url)

    async with opened(empty_database_url) as database, database.write() as connection:
        await connection.run_sync(undo)

    async with opened(empty_database_url) as database, database.read() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert names == ["alembic_version"]


def undo(connection: Connection) -> None:
    command.downgrade(alembic(connection), "base")


def alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "dosfed.storage:migrations")
    config.attributes["connection"] = connection
    return config


async def test_a_second_migration_finds_nothing_to_do(empty_database_url: str) -> None:
    await migrate(empty_database_url)

    assert await migrate(empty_database_url) == HEAD


async def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    before = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))

    assert len(before) == 4
    assert await migrate(empty_database_url) == HEAD


async def test_a_process_waits_for_one_that_migrates_for_long(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            if not database.is_sqlite:  # there, the transaction itself is the lock
                held = text("SELECT pg_advisory_xact_lock(:lock)")
                await connection.execute(held, {"lock": migrating.LOCK})
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0016"))
            waiting = asyncio.create_task(migrate(empty_database_url))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "head"))
        await waiting

        async with database.read() as connection:
            assert await read_version(connection) == HEAD


async def test_a_database_that_stays_locked_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(migrating, "LONGEST_SECONDS", 0.05)
    url = f"sqlite+aiosqlite:///{tmp_path / 'locked.sqlite3'}"
    async with opened(url) as database, database.write() as connection:
        await connection.execute(text("CREATE TABLE there (id text)"))

        with pytest.raises(OperationalError, match="locked"):
            await migrate(url)


async def test_the_last_step_is_the_version_that_is_looked_for() -> None:
    config = Config()
    config.set_main_option("script_location", "dosfed.storage:migrations")

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_tables_of_a_later_version_are_left_alone(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    async with opened(empty_database_url) as database, database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NewerDatabase):
        await migrate(empty_database_url)

    async with opened(empty_database_url) as database, database.read() as connection:
        assert await read_version(connection) == "9999"


async def test_a_part_of_somebody_s_words_does_not_outlive_the_whole(
    empty_database_url: str,
) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0003"))
            await connection.execute(
                text("INSERT INTO kept VALUES ('base_url', 'https://delib.example')")
            )
            for id_ in ("https://delib.example/a/1", "https://masto.example/2"):
                await connection.execute(
                    text(
                        "INSERT INTO arguments (id, proposal, in_reply_to, author, author_name,"
                        " stance, text, html, url, published_at, received_at) VALUES"
                        " (:id, 'p', 'p', 'a', 'a', 'for', 'part', '<p>whole</p>', 'u', :at, :at)"
                    ),
                    {"id": id_, "at": 1_767_225_600_000_000},
                )

        await migrate(empty_database_url)

        async with database.read() as connection:
            kept = await connection.execute(text("SELECT text FROM posts ORDER BY id"))
            assert kept.scalars().all() == ["part", None]


BASE, MOMENT = "https://delib.example", 1_767_225_600_000_000


async def argue(connection: AsyncConnection, uri: str, **moments: int) -> None:
    """Keep an argument that was deleted, edited or hidden at a moment."""
    await connection.execute(
        text(
            "INSERT INTO arguments (id, proposal, in_reply_to, author, author_name, stance, html,"
            " url, published_at, received_at, deleted_at, edited_at, hidden_at) VALUES"
            " (:id, 'p', 'p', 'a', 'a', 'for', '', 'u', :at, :at, :deleted, :edited, :hidden)"
        ),
        {"id": uri, "at": MOMENT, "deleted": None, "edited": None, "hidden": None} | moments,
    )


async def announce(
    connection: AsyncConnection, uri: str, name: str, *, at: int = MOMENT, tag: object = ()
) -> None:
    """Keep an activity of that name in the outbox which passes a post on."""
    author = f"{BASE}/u/ana"
    note = {"id": uri, "type": "Note", "attributedTo": author, "tag": tag}
    create = {"type": "Create", "actor": author, "object": note}
    said = {"type": "Announce", "actor": f"{BASE}/c/quais", "object": create}
    await connection.execute(
        text(
            "INSERT INTO outbox (id, number, actor, body, is_public, is_ephemeral, created_at)"
            " VALUES (:id, :number, :actor, :body, :yes, :no, :at)"
        ),
        {
            "id": name,
            "number": int.from_bytes(name[:6].encode()),
            "actor": said["actor"],
            "body": orjson.dumps(said),
            "yes": True,
            "no": False,
            "at": at,
        },
    )


async def test_words_that_went_before_are_withdrawn_from_what_was_published(
    empty_database_url: str,
) -> None:
    # As others write; an index of PostgreSQL takes neither a zero nor what is long.
    names = ("\0", secrets.token_hex(4_000), "u/bo")
    mentions = [{"type": "Mention", "href": f"{BASE}/{one}"} for one in names]
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0012"))
            await argue(connection, f"{BASE}/a/there")
            await announce(connection, f"{BASE}/a/there", "there", tag=mentions)
            await argue(connection, f"{BASE}/a/gone", deleted=MOMENT)
            await announce(connection, f"{BASE}/a/gone", "gone", tag=5)

        await migrate(empty_database_url)

        async with database.read() as connection:
            public = await connection.execute(text("SELECT id FROM outbox WHERE is_public"))
            assert public.scalars().all() == ["there"]
            whole = await connection.execute(text("SELECT id FROM outbox WHERE body IS NOT NULL"))
            assert whole.scalars().all() == ["there"]
            held = await connection.execute(text("SELECT uri, role FROM carried ORDER BY uri"))
            assert [tuple(row) for row in held] == [
                (f"{BASE}/a/there", "created"),
                (f"{BASE}/u/ana", "named"),
                (f"{BASE}/u/bo", "named"),
            ]


async def test_what_was_published_since_an_edit_or_a_hiding_stays(empty_database_url: str) -> None:
    ours, theirs, hidden = f"{BASE}/a/1", "https://masto.example/1", "https://masto.example/2"
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0012"))
            await connection.execute(text(f"INSERT INTO kept VALUES ('base_url', '{BASE}')"))  # noqa: S608
            await argue(connection, ours, edited=MOMENT + 1)
            await announce(connection, ours, "before")
            await announce(connection, ours, "since", at=MOMENT + 1)
            await argue(connection, theirs, edited=MOMENT - 1)  # by their own clock
            await announce(connection, theirs, "theirs")
            await argue(connection, hidden, hidden=MOMENT + 1)
            await announce(connection, hidden, "shown")
            await announce(connection, hidden, "why", at=MOMENT + 1)

        await migrate(empty_database_url)

        async with database.read() as connection:
            whole = await connection.execute(text("SELECT id FROM outbox WHERE body IS NOT NULL"))
            assert set(whole.scalars()) == {"since", "why"}


async def test_reports_that_wait_about_the_same_things_stand_together(
    empty_database_url: str,
) -> None:
    post, author = "https://masto.example/1", "https://masto.example/users/ana"
    reports = (([post, author], None), ([author, post], None), ([post], None), ([post], 1))
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0010"))
            for objects, answered in (*reports, ([], None)):
                await connection.execute(
                    text(
                        "INSERT INTO reports (reporter, objects, text, received_at, answered_at)"
                        " VALUES ('r', :objects, '', 1, :answered)"
                    ),
                    {"objects": orjson.dumps(objects).decode(), "answered": answered},
                )

        await migrate(empty_database_url)

        async with database.read() as connection:
            rows = await connection.execute(text("SELECT subject FROM reports ORDER BY id"))
            first, second, other, *alone = rows.scalars().all()
            assert first == second != other is not None
            assert alone == [None, None]


async def test_what_was_erased_before_leaves_the_files_of_a_database_that_was_used(
    empty_database_url: str,
) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0006"))
            await connection.execute(text("INSERT INTO kept (name, value) VALUES ('a', 'b')"))

        await migrate(empty_database_url)

        async with database.read() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM erasures")) == 1
            if not database.is_sqlite:
                rows = await connection.execute(
                    text(
                        "SELECT attname FROM pg_attribute WHERE attrelid = 'inbox'::regclass"
                        " AND attnum > 0 AND attstattarget = 0"
                    )
                )
                assert set(rows.scalars()) == {"actor", "activity", "digest", "body"}


async def test_a_session_from_before_second_factors_stays_open_and_proves_nothing(
    empty_database_url: str,
) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0018"))
            await connection.execute(
                text(
                    'INSERT INTO sessions (digest, "user", created_at, expires_at)'
                    " VALUES (:digest, 'u', 1, 2)"
                ),
                {"digest": b"d"},
            )

        await migrate(empty_database_url)

        async with database.read() as connection:
            [row] = await connection.execute(text('SELECT "user", proof FROM sessions'))
            assert tuple(row) == ("u", None)
            for table in ("second_factors", "recovery_codes"):
                assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
