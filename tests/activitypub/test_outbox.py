"""What is put into the outbox: numbered, queued once per inbox, purged in time."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import RowMapping, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from dosfed.activitypub import outbox
from dosfed.activitypub.remote import RemoteActor, remember
from dosfed.activitypub.tables import Deliveries, Destinations, Outbox
from dosfed.storage.engine import Database
from tests.conftest import START

ACTOR = "https://delib.example/o/mairie"
INBOX = "https://masto.example/inbox"


def activity(number: int) -> dict[str, Any]:
    uri = f"https://delib.example/activities/{number}"
    return {"id": uri, "type": "Create", "actor": ACTOR, "object": {"content": "Été"}}


async def rows(database: Database, table: Any) -> Sequence[RowMapping]:
    async with database.read() as connection:
        return (await connection.execute(select(table.__table__))).mappings().all()


async def put(database: Database, number: int, *inboxes: str, at: datetime = START) -> None:
    async with database.write() as connection:
        await outbox.put(connection, activity(number), at=at, inboxes=inboxes)


async def test_an_activity_is_queued_once_per_inbox_and_never_for_ourselves(
    database: Database,
) -> None:
    other = "https://gts.example/users/a/inbox"
    await put(database, 1, INBOX, INBOX, other, "https://delib.example/inbox")
    queued = await rows(database, Deliveries)
    assert {(row["host"], row["inbox"]) for row in queued} == {
        ("masto.example", INBOX),
        ("gts.example", other),
    }
    assert {(row["actor"], row["status"], row["finished_at"]) for row in queued} == {
        (ACTOR, None, None)
    }
    waiting = {row["host"]: row["is_waiting"] for row in await rows(database, Destinations)}
    assert waiting == {"masto.example": True, "gts.example": True}


async def test_what_is_public_goes_once_to_a_server_that_has_a_shared_inbox(
    database: Database,
) -> None:
    personal = [f"https://masto.example/users/{name}/inbox" for name in ("ana", "bo")]
    lone = "https://gts.example/users/a/inbox"
    async with database.write() as connection:
        for inbox, shared in ((personal[0], INBOX), (personal[1], INBOX), (lone, None)):
            await remember(connection, reader(inbox, shared), START)
    await put(database, 1, INBOX, *personal, lone)
    async with database.write() as connection:
        await outbox.put(connection, activity(2), at=START, inboxes=[personal[0]], is_public=False)

    queued = [(row["activity"][-1], row["inbox"]) for row in await rows(database, Deliveries)]
    assert sorted(queued) == [("1", lone), ("1", INBOX), ("2", personal[0])]


def reader(inbox: str, shared: str | None) -> RemoteActor:
    uri = inbox.removesuffix("/inbox")
    return RemoteActor(
        id=uri,
        host=uri.split("/")[2],
        type="Person",
        handle=uri.rpartition("/")[2],
        name="",
        url=None,
        inbox=inbox,
        shared_inbox=shared,
        keys=(),
    )


async def test_an_activity_without_recipients_is_still_published(database: Database) -> None:
    await put(database, 1)
    assert len(await rows(database, Outbox)) == 1
    assert await rows(database, Destinations) == []


async def test_activities_are_numbered_in_order_even_side_by_side(database: Database) -> None:
    await asyncio.gather(*(put(database, number, INBOX) for number in range(12)))
    assert sorted(row["number"] for row in await rows(database, Outbox)) == list(range(1, 13))
    by_number = sorted(await rows(database, Outbox), key=lambda row: int(row["number"]))
    by_delivery = sorted(await rows(database, Deliveries), key=lambda row: int(row["id"]))
    assert [row["id"] for row in by_number] == [row["activity"] for row in by_delivery]


async def test_many_activities_cost_no_more_statements_than_one(database: Database) -> None:
    async def statements(first: int, number: int) -> int:
        mails = [
            outbox.Mail(activity=activity(first + step), inboxes=[INBOX, f"{INBOX}/{step % 3}"])
            for step in range(number)
        ]
        async with database.write() as connection:
            with counted(database) as count:
                await outbox.put_all(connection, mails, at=START)
            return len(count)

    assert await statements(0, 1) == await statements(1, 50)
    ordered = sorted(await rows(database, Outbox), key=lambda row: int(row["number"]))
    assert [row["id"] for row in ordered] == [activity(number)["id"] for number in range(51)]
    assert len(await rows(database, Deliveries)) == 102


async def test_nothing_to_publish_is_nothing_to_do(database: Database) -> None:
    async with database.write() as connection:
        with counted(database) as count:
            await outbox.put_all(connection, [], at=START)
    assert count == []


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements that a block sends to the database."""
    count: list[str] = []

    def add(*arguments: Any) -> None:
        count.append(arguments[2])

    engine = database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", add)
    yield count
    event.remove(engine, "before_cursor_execute", add)


async def test_what_is_rolled_back_was_never_said(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await outbox.put(connection, activity(1), at=START, inboxes=[INBOX])
            await outbox.put(connection, activity(1), at=START, inboxes=[INBOX])

    with pytest.raises(IntegrityError):
        await fail()
    assert await rows(database, Outbox) == []
    assert await rows(database, Deliveries) == []
    assert await rows(database, Destinations) == []


async def test_a_back_off_in_progress_goes_on(database: Database) -> None:
    later = START + timedelta(hours=3)
    async with database.write() as connection:
        await connection.execute(
            insert(Destinations).values(
                host="masto.example", is_waiting=False, next_at=later, failures=5
            )
        )
    await put(database, 1, INBOX)
    (row,) = await rows(database, Destinations)
    assert (row["is_waiting"], row["next_at"], row["failures"]) == (True, later, 5)


async def test_nothing_is_queued_for_the_dead(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(
            insert(Destinations).values(
                host="masto.example", is_waiting=False, next_at=START, failures=11, dead_at=START
            )
        )
    await put(database, 1, INBOX, "https://gts.example/inbox")
    queued = {row["host"]: row for row in await rows(database, Deliveries)}
    assert (queued["masto.example"]["status"], queued["masto.example"]["finished_at"]) == (0, START)
    assert queued["gts.example"]["finished_at"] is None
    waiting = {row["host"]: row["is_waiting"] for row in await rows(database, Destinations)}
    assert waiting == {"masto.example": False, "gts.example": True}


async def test_only_public_activities_have_a_body_to_show(database: Database) -> None:
    async with database.write() as connection:
        await outbox.put(connection, activity(1), at=START, inboxes=[])
        await outbox.put(connection, activity(2), at=START, inboxes=[], is_public=False)
        body = await outbox.activity_body(connection, activity(1)["id"])
        assert await outbox.activity_body(connection, activity(2)["id"]) is None
        assert await outbox.activity_body(connection, activity(3)["id"]) is None
    assert body is not None
    assert "Été".encode() in body


async def test_after_a_week_only_what_is_public_or_waits_is_kept(database: Database) -> None:
    async with database.write() as connection:
        for number, public in ((1, True), (2, False), (3, False)):
            await outbox.put(
                connection, activity(number), at=START, inboxes=[INBOX], is_public=public
            )
        await connection.execute(
            update(Deliveries)
            .where(Deliveries.activity != activity(3)["id"])
            .values(finished_at=START, status=202)
        )
    async with database.write() as connection:
        assert await outbox.purge(connection, START + timedelta(days=7)) == 0
        assert await outbox.purge(connection, START + timedelta(days=7, seconds=1)) == 3
        assert await outbox.purge(connection, START + timedelta(days=7, seconds=1)) == 0
    kept = {row["id"]: row["body"] for row in await rows(database, Outbox)}
    assert set(kept) == {activity(1)["id"], activity(3)["id"]}
    assert all(kept.values())
    assert [row["activity"] for row in await rows(database, Deliveries)] == [activity(3)["id"]]
