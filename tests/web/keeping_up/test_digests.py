"""Digests: to whom, when, with what in them, and how they end."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select, update

from dosfed.accounts.courier import MailCourier, mail_folder
from dosfed.accounts.digests import last_hour
from dosfed.accounts.people import Digest, ensure_account
from dosfed.accounts.tables import Accounts, Mails
from dosfed.context import SETTINGS
from dosfed.deliberation.debate.tables import Arguments
from dosfed.web.keeping_up.digests import DigestWriter, templates_for
from tests.web.site import Browser, Site, path_of


async def reader(site: Site, name: str, *, digest: str = "daily", language: str = "en") -> Browser:
    """Return the browser of somebody who asked for digests and follows the consultation."""
    browser = await site.signed_in(name)
    user = f"{site.base_url}/u/{name}"
    async with site.database.write() as connection:
        await ensure_account(connection, user, language=language)
        values = {"email": f"{name}@mail.example", "language": language, "digest": digest}
        await connection.execute(
            update(Accounts)
            .where(Accounts.user == user)
            .values(**values, digested_at=site.clock.now())
        )
    target = f"{site.base_url}/c/quais"
    await browser.submit("/notices", "/subscriptions", target=target, subscribe="1")
    return browser


async def send(site: Site) -> int:
    instance = site.house.instance
    templates = templates_for(site.app[SETTINGS], instance)
    return await DigestWriter(site.database, site.clock, instance, templates).send_due()


async def mails(site: Site) -> dict[str, tuple[str, str, dict[str, str]]]:
    async with site.database.read() as connection:
        rows = await connection.execute(
            select(Mails.recipient, Mails.subject, Mails.text, Mails.headers)
        )
        return {row.recipient: (row.subject, row.text, row.headers) for row in rows}


def letters(folder: Path) -> list[str]:
    return [file.read_text(encoding="ascii") for file in folder.glob("*.eml")]


async def argue(browser: Browser, proposal: str, text: str) -> None:
    path = path_of(proposal)
    await browser.submit(path, f"{path}/arguments", text=text, stance="for")


@pytest.mark.rule("8.6")
async def test_a_digest_tells_what_is_new_once(site: Site, proposals: dict[str, str]) -> None:
    await reader(site, "ana")
    site.clock.advance(hours=1)
    await argue(await site.signed_in("luis"), proposals["quais"], "De l'air & <b>plus</b>.")
    assert await send(site) == 0
    site.clock.advance(days=1)

    assert await send(site) == 1
    subject, text, headers = (await mails(site))["ana@mail.example"]
    assert subject.startswith("News from localhost")
    assert "Fermer les quais aux voitures ?" in text
    assert f"{site.base_url}/c/quais\n" in text
    assert "1 new argument" in text
    assert "<" not in text
    assert "&#" not in text
    link = headers["List-Unsubscribe"].strip("<>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in text
    site.clock.advance(days=1)
    assert await send(site) == 0


async def test_what_concerns_somebody_stands_first(site: Site, proposals: dict[str, str]) -> None:
    ana = await reader(site, "ana")
    await argue(ana, proposals["quais"], "De l'air.")
    luis = await site.signed_in("luis")
    site.clock.advance(hours=1)
    async with site.database.read() as connection:
        argument = (await connection.execute(select(Arguments.id))).scalar_one()
    path = path_of(proposals["quais"])
    await luis.submit(
        path, f"{path}/arguments", text="Oui", stance="for", in_reply_to=str(argument)
    )
    site.clock.advance(days=1)
    await send(site)

    _, text, _ = (await mails(site))["ana@mail.example"]
    assert "replied to your argument on Fermer les quais." in text
    assert "What concerns you" in text
    assert "new argument" not in text  # it is told once


@pytest.mark.rule("8.6")
async def test_what_one_person_answers_many_times_is_told_once(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await reader(site, "ana")
    await argue(ana, proposals["quais"], "De l'air.")
    luis, path = await site.signed_in("luis"), path_of(proposals["quais"])
    site.clock.advance(hours=1)
    async with site.database.read() as connection:
        argument = str((await connection.execute(select(Arguments.id))).scalar_one())
    for number in range(25):
        await luis.submit(
            path, f"{path}/arguments", text=f"Oui {number}", stance="for", in_reply_to=argument
        )
    await argue(luis, proposals["quais"], "Autre chose.")
    site.clock.advance(days=1)
    await send(site)

    _, text, _ = (await mails(site))["ana@mail.example"]
    assert text.count("@luis replied to you 25 times on Fermer les quais.") == 1
    assert text.count("replied") == 1
    assert "1 new argument\n" in text


async def test_each_reads_their_own_language_and_only_who_asked(
    site: Site, proposals: dict[str, str]
) -> None:
    await reader(site, "ana", language="fr")
    await reader(site, "never", digest="never")
    await reader(site, "week", digest="weekly")
    site.clock.advance(hours=1)
    await argue(await site.signed_in("luis"), proposals["quais"], "Oui.")
    site.clock.advance(days=1)

    assert await send(site) == 1
    assert set(await mails(site)) == {"ana@mail.example"}
    site.clock.advance(days=7)
    assert await send(site) == 1
    assert set(await mails(site)) == {"ana@mail.example", "week@mail.example"}


async def test_programs_find_the_link_to_unsubscribe(
    site: Site, proposals: dict[str, str], tmp_path: Path
) -> None:
    await reader(site, "ana")
    site.clock.advance(hours=1)
    await argue(await site.signed_in("luis"), proposals["quais"], "Où ça ?")
    site.clock.advance(days=1)
    await send(site)
    _, _, headers = (await mails(site))["ana@mail.example"]
    courier = MailCourier(
        site.database, site.clock, partial(mail_folder, tmp_path), "noreply@delib.example"
    )
    await courier.send_due()

    (raw,) = letters(tmp_path)
    assert f"\nList-Unsubscribe: {headers['List-Unsubscribe']}\n" in raw.replace("\r\n", "\n")
    assert max(len(line) for line in raw.partition("\n\n")[2].splitlines()) <= 998
    assert raw.lower().count("\nauto-submitted:") == 1


async def test_nobody_is_written_who_is_suspended_or_has_no_address(
    site: Site, proposals: dict[str, str]
) -> None:
    for name in ("ana", "eva"):
        await reader(site, name)
    async with site.database.write() as connection:
        await connection.execute(
            update(Accounts)
            .where(Accounts.user.endswith("/ana"))
            .values(suspended_at=site.clock.now())
        )
        await connection.execute(
            update(Accounts).where(Accounts.user.endswith("/eva")).values(email=None)
        )
    site.clock.advance(hours=1)
    await argue(await site.signed_in("luis"), proposals["quais"], "Oui.")
    site.clock.advance(days=1)

    assert await send(site) == 0


@pytest.mark.rule("8.6")
async def test_one_click_ends_them_without_a_session(site: Site, proposals: dict[str, str]) -> None:
    await reader(site, "ana")
    site.clock.advance(hours=1)
    await argue(await site.signed_in("luis"), proposals["quais"], "Oui.")
    site.clock.advance(days=1)
    await send(site)
    _, _, headers = (await mails(site))["ana@mail.example"]
    path = path_of(headers["List-Unsubscribe"].strip("<>"))
    stranger = site.browser()

    asked = await stranger.get(path)
    assert "Unsubscribe" in asked.words
    assert "ana" not in asked.words
    done = await stranger.post(path, [("List-Unsubscribe", "One-Click")])
    assert done.status == 200
    assert "You are unsubscribed" in done.words
    assert (await stranger.post(path, [])).status == 200
    assert (await stranger.get("/unsubscribe/nothing")).status == 404
    assert (await stranger.post("/unsubscribe/nothing", [])).status == 404
    site.clock.advance(hours=1)
    await argue(await site.signed_in("eva"), proposals["quais"], "Encore.")
    site.clock.advance(days=1)
    assert await send(site) == 0


@pytest.mark.parametrize(
    ("language", "button"),
    [("fr", "Me désabonner"), ("es", "Darme de baja"), ("en", "Unsubscribe")],
)
async def test_the_button_that_ends_them_says_what_it_does(
    site: Site, language: str, button: str
) -> None:
    await reader(site, "ana")
    async with site.database.read() as connection:
        token = (await connection.execute(select(Accounts.unsubscribe))).scalar_one()

    page = await site.browser(language=language).get(f"/unsubscribe/{token}")

    assert f'<form method="post"><button>{button}</button></form>' in page.text


@pytest.mark.rule("8.6")
@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        (Digest.DAILY, "2026-05-06T12:00", "2026-05-06T07:00"),
        (Digest.DAILY, "2026-05-06T06:59", "2026-05-05T07:00"),
        (Digest.WEEKLY, "2026-05-06T12:00", "2026-05-04T07:00"),
        (Digest.WEEKLY, "2026-05-04T06:00", "2026-04-27T07:00"),
    ],
)
def test_digests_go_out_at_seven(digest: Digest, now: str, due: str) -> None:
    zone = ZoneInfo("Europe/Paris")
    moment = datetime.fromisoformat(now).replace(tzinfo=zone)
    assert last_hour(digest, moment, zone) == datetime.fromisoformat(due).replace(tzinfo=zone)


@given(some.sampled_from([Digest.DAILY, Digest.WEEKLY]), some.integers(0, 20 * 365 * 24 * 60))
def test_the_last_hour_is_past_and_not_long_ago(digest: Digest, minutes: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = last_hour(digest, now, ZoneInfo("America/Santiago"))
    age = now - due
    assert 0 <= age.total_seconds() <= (8 if digest is Digest.WEEKLY else 1.1) * 86_400
    assert due.astimezone(ZoneInfo("America/Santiago")).hour == 7
