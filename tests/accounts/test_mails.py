"""Mails: put, claimed, sent once, tried again, given up."""

from datetime import timedelta

import pytest
from sqlalchemy import RowMapping, select

from dosfed.accounts.mails import (
    Due,
    Mail,
    claim_due,
    is_any_due,
    note_failed,
    note_sent,
    one_line,
    purge_mails,
    put_mail,
)
from dosfed.accounts.tables import Mails
from dosfed.storage.engine import Database
from tests.conftest import START

MAIL = Mail(recipient="ana@example.org", subject="Été", text="Bonjour", headers={"X-A": "b"})


async def put(database: Database, mail: Mail = MAIL) -> None:
    async with database.write() as connection:
        await put_mail(connection, mail, at=START)


async def claim(database: Database, **later: float) -> list[Due]:
    async with database.write() as connection:
        return await claim_due(connection, at=START + timedelta(**later), most=10)


async def rows(database: Database) -> list[RowMapping]:
    async with database.read() as connection:
        return list((await connection.execute(select(Mails.__table__))).mappings())


async def test_a_mail_is_claimed_by_one_and_by_others_only_if_that_one_dies(
    database: Database,
) -> None:
    await put(database)

    [first] = await claim(database)
    assert first.mail == MAIL
    assert await claim(database, minutes=4) == []
    assert len(await claim(database, minutes=5)) == 1


async def test_mails_are_claimed_in_the_order_in_which_they_were_put(database: Database) -> None:
    for number in range(12):
        await put(database, Mail(recipient="a@example.org", subject=str(number), text=""))

    first, then = await claim(database), await claim(database)

    assert [due.mail.subject for due in first + then] == [str(number) for number in range(12)]


async def test_what_was_sent_leaves_no_words_behind(database: Database) -> None:
    await put(database)
    [due] = await claim(database)
    async with database.write() as connection:
        await note_sent(connection, due.id, at=START)

    [row] = await rows(database)
    assert (row["recipient"], row["subject"], row["text"], row["headers"]) == ("", "", "", {})
    assert row["finished_at"] == START
    assert await claim(database, days=1) == []
    async with database.write() as connection:
        await purge_mails(connection, START + timedelta(days=8))
    assert await rows(database) == []


async def test_a_mail_is_tried_for_three_days_more_seldom_each_time(database: Database) -> None:
    await put(database)
    now, pauses = START, []
    [row] = await rows(database)
    while row["finished_at"] is None:
        now = row["next_at"]
        async with database.write() as connection:
            [due] = await claim_due(connection, at=now, most=10)
            await note_failed(connection, due, "421 busy\r\nlater", is_final=False, at=now)
        [row] = await rows(database)
        if row["finished_at"] is None:
            pauses.append(row["next_at"] - now)

    assert pauses[0] == timedelta(minutes=1)
    assert max(pauses) == timedelta(hours=6)
    assert timedelta(days=2, hours=12) < now - START <= timedelta(days=3)
    assert row["error"] == "421 busy later"
    assert row["text"] == ""
    assert row["recipient"] == "ana@example.org"


async def test_what_is_refused_for_good_is_not_tried_again(database: Database) -> None:
    await put(database)
    [due] = await claim(database)
    async with database.write() as connection:
        await note_failed(connection, due, "550 no such user", is_final=True, at=START)

    assert await claim(database, days=1) == []
    async with database.read() as connection:
        assert not await is_any_due(connection, START + timedelta(days=1))


@pytest.mark.parametrize("subject", ["a\r\nBcc: luc@example.org", "a\x00b", "a\u2028b", "x" * 500])
async def test_nothing_in_a_mail_adds_a_header(database: Database, subject: str) -> None:
    await put(
        database,
        Mail(
            recipient="ana@example.org\nluc@example.org",
            subject=subject,
            text="",
            headers={"List-Id\n": "a\r\nBcc: b"},
        ),
    )

    [row] = await rows(database)
    for line in (row["recipient"], row["subject"], *row["headers"], *row["headers"].values()):
        assert line == one_line(line)
        assert len(line) <= 200


async def test_a_mail_of_an_act_that_was_rolled_back_is_not_sent(database: Database) -> None:
    async with database.write() as connection:
        await put_mail(connection, MAIL, at=START)
        await connection.rollback()

    assert await claim(database) == []
