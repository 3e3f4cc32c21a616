"""Deliveries and mails, as operators see them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from dosfed.accounts.people import set_address
from dosfed.accounts.tables import Mails
from dosfed.activitypub import outbox
from dosfed.activitypub.tables import Deliveries, Destinations
from dosfed.deliberation.model import Role
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.web.site import Browser, Site, serve


@pytest.fixture
async def operator(site: Site) -> Browser:
    """The browser of an operator."""
    return await site.signed_in("ana", Role.OPERATOR)


async def queue(site: Site) -> None:
    """Let something wait for three servers: one fails, one is dead, one was not asked yet."""
    hosts = ("fails.example", "dead.example", "waits.example")
    activity: dict[str, Any] = {
        "type": "Create",
        "id": f"{site.base_url}/activities/1",
        "actor": site.base_url,
    }
    async with site.database.write() as connection:
        inboxes = [f"https://{host}/inbox" for host in hosts]
        await outbox.put(connection, activity, at=START, inboxes=inboxes)
        failing = {"failures": 4, "failing_since": START, "next_at": START + timedelta(hours=3)}
        for host, values in (("fails", failing), ("dead", failing | {"dead_at": START})):
            await connection.execute(
                update(Destinations).where(Destinations.host == f"{host}.example").values(values)
            )
        await connection.execute(
            update(Deliveries).where(Deliveries.host == "fails.example").values(status=503)
        )


async def test_servers_are_shown_by_how_they_answer(site: Site, operator: Browser) -> None:
    await queue(site)

    failing = (await operator.get("/admin/deliveries")).words
    waiting = (await operator.get("/admin/deliveries?state=waiting")).words
    dead = (await operator.get("/admin/deliveries?state=dead")).words

    assert "Failing (1) Waiting (1) Given up (1)" in failing
    assert "fails.example" in failing
    assert "503" in failing
    assert "waits.example" in waiting
    assert "dead.example" in dead
    assert "1 server is not answering." in (await operator.get("/admin")).words


@pytest.mark.parametrize("host", ["fails.example", "dead.example"])
async def test_a_server_is_tried_again_at_once(site: Site, operator: Browser, host: str) -> None:
    await queue(site)

    done = await operator.submit("/admin/deliveries?state=dead", "/admin/deliveries", host=host)

    assert "being tried again now" in done.words
    async with site.database.read() as connection:
        row = (
            await connection.execute(
                select(Destinations.next_at, Destinations.dead_at, Destinations.failures).where(
                    Destinations.host == host
                )
            )
        ).one()
    assert row.next_at < START
    assert (row.dead_at, row.failures) == (None, 0)


async def test_a_server_nobody_knows_is_no_error(site: Site, operator: Browser) -> None:
    await queue(site)

    done = await operator.submit("/admin/deliveries", "/admin/deliveries", host="\u202e<x>")

    assert done.status == 200


async def test_a_test_mail_goes_to_oneself(site: Site, operator: Browser) -> None:
    without = await operator.submit("/admin/mail", "/admin/mail")
    assert without.status == 422

    async with site.database.write() as connection:
        ana = site.house.instance.citizen("ana")
        await set_address(connection, ana, "ana@ville.example")
    sent = await operator.submit("/admin/mail", "/admin/mail", recipient="x@evil.example")

    assert "on its way" in sent.words
    async with site.database.read() as connection:
        mails = (await connection.execute(select(Mails.recipient, Mails.subject))).all()
    assert [mail.recipient for mail in mails] == ["ana@ville.example"]
    assert site.house.instance.host in mails[0].subject


async def test_test_mails_are_few(site: Site, operator: Browser) -> None:
    async with site.database.write() as connection:
        ana = site.house.instance.citizen("ana")
        await set_address(connection, ana, "ana@ville.example")

    answers = [await operator.submit("/admin/mail", "/admin/mail") for _ in range(12)]

    assert {answer.status for answer in answers} == {200, 429}


async def test_what_failed_is_shown_with_what_the_server_said(
    site: Site, operator: Browser
) -> None:
    mail = {
        "recipient": "zoe@ville.example",
        "subject": "Secret",
        "text": "Secret",
        "headers": {},
        "created_at": START,
        "next_at": START,
        "failures": 2,
        "error": "<b>550</b> no such user",
        "finished_at": None,
    }
    async with site.database.write() as connection:
        await connection.execute(insert(Mails), [mail, mail | {"finished_at": START}])

    page = await operator.get("/admin/mail")

    assert "<b>550</b> no such user" in page.words
    assert "will be retried" in page.words
    assert "given up" in page.words
    assert "Secret" not in page.text
    assert "1 email could not be sent." in (await operator.get("/admin")).words


@pytest.mark.parametrize("path", ["/admin", "/admin/mail"])
async def test_mails_in_a_folder_are_not_taken_for_sent(operator: Browser, path: str) -> None:
    page = await operator.get(path)

    assert '<p class="error">Emails are saved as files in the data folder' in page.text
    assert "DOSFED_SMTP_URL" in page.words


async def test_a_mail_server_is_named_and_nothing_is_red(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock, DOSFED_SMTP_URL="smtp://mx.ville.example") as site:
        operator = await site.signed_in("ana", Role.OPERATOR)

        assert 'class="error"' not in (await operator.get("/admin")).text
        assert "mx.ville.example:587" in (await operator.get("/admin/mail")).words
