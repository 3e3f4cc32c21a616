"""What was kept before there were posts, and a log of moderation, is all there afterwards."""

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage.engine import Database
from dosfed.storage.migrate import migrate, read_version
from tests.storage.test_migrate import alembic, argue, opened


async def test_what_moderators_did_before_is_told_by_the_log(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    proposals: tuple[tuple[str, str, int | None, str | None], ...] = (
        ("twice", "hidden", 7, "[[3,5],[7,null]]"),
        ("shown", "published", None, "[[3,5]]"),
        ("broken", "hidden", 4, "{"),
        ("deep", "hidden", 4, "[" * 100_000),
        ("endless", "hidden", 4, "[[Infinity,null]]"),
        ("large", "published", None, f"[[{10**30},4]]"),
        ("undated", "hidden", None, None),
        ("refused", "refused", None, None),
        ("sent", "sent", 4, "[[4,null]]"),
    )
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0014"))
            await connection.execute(
                text(
                    "INSERT INTO consultations (id, organiser, title, summary, language, address,"
                    " opens, closes, needs_facilitator, erase_after_days, created_at, eligible,"
                    " instances) VALUES ('c', 'o', '', '', 'fr', 'c', 1, 1, :no, 1, 1, '1', '1')"
                ),
                {"no": False},
            )
            for id_, state, hidden, hidings in proposals:
                await connection.execute(
                    text(
                        "INSERT INTO proposals (id, consultation, position, title, text, html,"
                        " language, state, submitted_at, hidden_at, hidden_code, hidden_reason,"
                        " hidings) VALUES (:id, 'c', 1, '', '', '', 'fr', :state, 2, :hidden,"
                        " 'spam', 'why', :hidings)"
                    ),
                    {"id": id_, "state": state, "hidden": hidden, "hidings": hidings},
                )
            await argue(connection, "a", hidden=6)
            await argue(connection, "both", hidden=6, deleted=8)

        await migrate(empty_database_url)

        async with database.read() as connection:
            rows = await connection.execute(
                text("SELECT post, at, became, code FROM moderation_log ORDER BY post, at")
            )
            assert [tuple(row) for row in rows] == [
                ("a", 6, "hidden", None),
                ("both", 6, "hidden", None),
                ("broken", 4, "hidden", "spam"),
                ("deep", 4, "hidden", "spam"),
                ("endless", 4, "hidden", "spam"),
                ("refused", 2, "refused", None),
                ("shown", 3, "hidden", None),
                ("shown", 5, "published", None),
                ("twice", 3, "hidden", None),
                ("twice", 5, "published", None),
                ("twice", 7, "hidden", "spam"),
                ("undated", 2, "hidden", "spam"),
            ]
            kept = await connection.execute(
                text("SELECT id, hidings FROM posts WHERE id IN ('broken', 'large')")
            )
            assert dict(tuple(row) for row in kept) == {"broken": "[[4, null]]", "large": None}
    assert caplog.messages[:3] == [
        "kept: 1 arguments that are hidden and deleted: the record counts them again: both",
        "kept: 1 hidden proposals without a date: hidden since they last changed: undated",
        "kept: 4 proposals of which it cannot be read when they were hidden: since the last time:"
        " broken, deep, endless, large",
    ]


async def write_two_tables(connection: AsyncConnection) -> None:
    """Keep proposals and arguments as they were kept, among them what should not be there."""
    await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0016"))
    states = {"p": "published", "q": "unheard-of", "both": "hidden", "taken back": "deleted"}
    for id_, state in states.items():
        await connection.execute(
            text(
                "INSERT INTO proposals (id, consultation, position, title, text, html, language,"
                " state, submitted_at) VALUES (:id, 'c', 1, 't', '', 'h', 'fr', :state, 2)"
            ),
            {"id": id_, "state": state},
        )
    await argue(connection, "there")
    await argue(connection, "hidden", hidden=4)
    await argue(connection, "gone", deleted=5)
    await argue(connection, "hidden and gone", hidden=4, deleted=5)
    await argue(connection, "both")
    await argue(connection, "both#argument")  # which the other would be called
    await connection.execute(
        text("UPDATE arguments SET proposal = 'nowhere' WHERE id = 'there'"),
    )
    await connection.execute(text("UPDATE proposals SET hidden_at = 4 WHERE id = 'taken back'"))
    await connection.execute(text("UPDATE arguments SET in_reply_to = 'no' WHERE id = 'gone'"))
    await connection.execute(text("UPDATE arguments SET sources = '[1' WHERE id = 'hidden'"))
    await connection.execute(text("UPDATE proposals SET clauses = '5' WHERE id = 'p'"))


AS_POSTS = [
    ("both", "proposal", "c", None, "hidden"),
    ("both#argument", "argument", "c", "p", "published"),
    ("both#argument1", "argument", "c", "p", "published"),
    ("gone", "argument", "c", "p", "deleted"),
    ("hidden", "argument", "c", "p", "hidden"),
    ("hidden and gone", "argument", "c", "p", "deleted"),
    ("p", "proposal", "c", None, "published"),
    ("q", "proposal", "c", None, "unheard-of"),
    ("taken back", "proposal", "c", None, "deleted"),
    ("there", "argument", "", "nowhere", "published"),
]


async def as_posts(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as connection:
        rows = await connection.execute(
            text("SELECT id, kind, consultation, about, state FROM posts ORDER BY id")
        )
        return [tuple(row) for row in rows]


async def test_posts_keep_whatever_should_not_have_been_there_and_the_log_says_so(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await write_two_tables(connection)

        await migrate(empty_database_url)

        assert sorted(await as_posts(database), key=str) == sorted(AS_POSTS, key=str)
    assert caplog.messages == [
        "kept as they are: 1 arguments with the id of a proposal: both",
        "kept as they are: 1 arguments whose proposal is gone: there",
        "kept as they are: 1 arguments that answer what is gone: gone",
        "kept as they are: 1 arguments that are hidden and deleted: hidden and gone",
        "kept as they are: 1 proposals that are hidden and deleted: taken back",
        "kept as they are: 4 proposals whose consultation is gone: both, p, q, taken back",
        "kept as they are: 1 proposals in an unknown state: q",
        "emptied: clauses of 1 proposals: p",
        "emptied: sources of 1 arguments: hidden",
    ]


async def stop_after_posts(database: Database) -> None:
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0017"))
        raise ZeroDivisionError


async def test_a_migration_that_was_interrupted_begins_again(empty_database_url: str) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await write_two_tables(connection)
        with pytest.raises(ZeroDivisionError):
            await stop_after_posts(database)

        async with database.read() as connection:
            assert await read_version(connection) == "0016"
            assert await connection.scalar(text("SELECT count(*) FROM arguments")) == 6
        await migrate(empty_database_url)

        assert sorted(await as_posts(database), key=str) == sorted(AS_POSTS, key=str)


async def test_posts_are_parted_again_without_a_loss(empty_database_url: str) -> None:
    async with opened(empty_database_url) as database:
        async with database.write() as connection:
            await write_two_tables(connection)
            await connection.run_sync(lambda sync: command.upgrade(alembic(sync), "0017"))
            await connection.run_sync(lambda sync: command.downgrade(alembic(sync), "0016"))

        async with database.read() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM arguments")) == 6
            assert await connection.scalar(text("SELECT count(*) FROM proposals")) == 4
        await migrate(empty_database_url)

        assert sorted(await as_posts(database), key=str) == sorted(AS_POSTS, key=str)


async def test_what_an_interrupted_rewriting_of_the_former_tables_left_goes_with_them(
    empty_database_url: str,
) -> None:
    async with opened(empty_database_url) as database:
        if database.is_sqlite:
            pytest.skip("SQLite writes no tables anew")
        async with database.write() as connection:
            await write_two_tables(connection)
            for statement in (
                "CREATE SCHEMA dosfed_anew",
                "CREATE TABLE dosfed_anew.arguments AS SELECT * FROM arguments",
                "CREATE TABLE dosfed_anew.arguments_changed (id text)",
                "CREATE FUNCTION dosfed_anew.arguments_changed() RETURNS trigger"
                " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER dosfed_watch AFTER INSERT ON arguments"
                " FOR EACH ROW EXECUTE FUNCTION dosfed_anew.arguments_changed()",
            ):
                await connection.execute(text(statement))

        await migrate(empty_database_url)

        async with database.read() as connection:
            left = await connection.scalar(
                text(
                    "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = anew)"
                    " + (SELECT count(*) FROM pg_proc WHERE pronamespace = anew)"
                    " FROM (SELECT CAST('dosfed_anew' AS regnamespace) AS anew) AS there"
                )
            )
            assert left == 0
