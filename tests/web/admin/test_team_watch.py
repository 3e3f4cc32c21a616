"""The team is told what waits: by notices, by a number in the menu, and by mail."""

import pytest
from sqlalchemy import func, select, update

from dosfed.accounts.people import ensure_account
from dosfed.accounts.tables import Accounts, Notices
from dosfed.acts.team_watch import QUIET, drop_done, is_any_done
from dosfed.context import SETTINGS
from dosfed.deliberation.model import Role
from dosfed.web.keeping_up.digests import templates_for
from dosfed.web.keeping_up.team_mails import TeamWriter
from tests.web.site import Browser, Site, path_of


async def member(site: Site, name: str, role: Role, *, language: str = "en") -> Browser:
    """Return the browser of one of the team, with a mail address."""
    browser = await site.signed_in(name, role, language=language)
    user = f"{site.base_url}/u/{name}"
    async with site.database.write() as connection:
        await ensure_account(connection, user, language=language)
        values = {"email": f"{name}@mail.example", "language": language}
        await connection.execute(update(Accounts).where(Accounts.user == user).values(**values))
    return browser


async def send(site: Site) -> int:
    templates = templates_for(site.app[SETTINGS], site.house.instance)
    return await TeamWriter(site.database, site.clock, site.house.instance, templates).send_due()


async def propose(browser: Browser, title: str) -> None:
    page = await browser.submit(
        "/c/quais/propose", "/c/quais/proposals", title=title, text="Au bord de l'eau."
    )
    assert "A facilitator will read your proposal" in page.words


async def report(browser: Browser, proposal: str) -> None:
    path = path_of(proposal)
    await browser.submit(f"{path}/report", f"{path}/report", text="Une insulte.")


@pytest.mark.rule("8.9")
async def test_what_waits_is_in_notices_and_in_the_menu_until_it_is_done(
    site: Site, proposals: dict[str, str]
) -> None:
    fay, max_ = (
        await member(site, "fay", Role.FACILITATOR),
        await member(site, "max", Role.MODERATOR),
    )
    ana = await site.signed_in("ana")
    await propose(ana, "Des bancs")
    await propose(ana, "Des arbres")
    await report(ana, proposals["quais"])

    menu = (await fay.get("/about")).words
    assert "@fay 3 for the team" in menu
    assert "Administration 3 waiting" in menu
    assert "@max 1 for the team" in (await max_.get("/about")).words
    assert "for the team" not in (await ana.get("/about")).words
    async with site.database.read() as connection:
        counted = select(func.count()).where(Notices.user == f"{site.base_url}/u/fay")
        assert (await connection.execute(counted)).scalar_one() == 2
    told = await fay.get("/notices")
    assert "A proposal or a new text is waiting to be read in Fermer les quais" in told.words
    assert 'href="/c/quais#waiting"' in told.text
    assert 'href="/admin/reports"' in told.text
    told = await max_.get("/notices")
    assert "New report: Reports" in told.words
    assert "is waiting to be read" not in told.words


@pytest.mark.rule("8.9")
async def test_a_notice_goes_once_nothing_waits_whoever_did_it(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    fay, eva = [await site.signed_in(name, Role.FACILITATOR) for name in ("fay", "eva")]
    await propose(await site.signed_in("ana"), "Des bancs")
    page = await eva.get("/c/quais")
    place = page.text.partition("/accept")[0].rpartition('action="')[2]
    assert "Notices 1" in (await fay.get("/about")).words

    await eva.submit("/c/quais", f"{place}/accept", version="1")

    async with site.database.write() as connection:
        assert await is_any_done(connection)
        await drop_done(connection)
        assert not await is_any_done(connection)
    assert "Notices 1" not in (await fay.get("/about")).words
    assert await send(site) == 0


@pytest.mark.rule("8.9")
async def test_one_mail_is_written_and_then_none_for_some_hours(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    await member(site, "fay", Role.FACILITATOR)
    await site.signed_in("ona", Role.OPERATOR)  # without an address
    ana = await site.signed_in("ana")
    await propose(ana, "Des bancs")
    await report(ana, proposals["quais"])

    assert await send(site) == 1
    site.clock.advance(seconds=300)
    await propose(ana, "Des arbres")
    assert await send(site) == 0
    site.clock.advance(seconds=QUIET.total_seconds())
    assert await send(site) == 1
    site.clock.advance(days=3)
    assert await send(site) == 0  # nothing new

    first, second = await site.mails("fay@mail.example")
    assert "something is waiting for the team" in first
    assert "1 report is waiting for an answer." in first
    assert (
        "1 proposal or new text is waiting to be read in “Fermer les quais aux voitures ?”" in first
    )
    assert f"{site.base_url}/c/quais#waiting" in first
    assert "2 proposals or new texts are waiting" in second


@pytest.mark.rule("8.9")
async def test_moderators_are_written_of_reports_alone_in_their_language(
    site: Site, proposals: dict[str, str]
) -> None:
    await member(site, "max", Role.MODERATOR, language="fr")
    ana = await site.signed_in("ana")
    await propose(ana, "Des bancs")
    assert await send(site) == 0
    await report(ana, proposals["quais"])

    assert await send(site) == 1

    (mail,) = await site.mails("max@mail.example")
    assert "1 signalement attend une réponse." in mail
    assert "proposition" not in mail


@pytest.mark.rule("8.9")
async def test_one_click_ends_the_mails_and_the_account_brings_them_back(
    site: Site, proposals: dict[str, str]
) -> None:
    fay = await member(site, "fay", Role.FACILITATOR)
    ana = await site.signed_in("ana")
    await propose(ana, "Des bancs")
    await send(site)
    (mail,) = await site.mails("fay@mail.example")
    link = mail.partition("To stop these emails: ")[2].split()[0].removeprefix(site.base_url)
    assert "is waiting for the team?" in (await site.browser().get(link)).words

    stopped = await site.browser().post(link, [("List-Unsubscribe", "One-Click")])

    assert stopped.status == 200
    site.clock.advance(days=1)
    await propose(ana, "Des arbres")
    assert await send(site) == 0
    assert proposals
    await fay.submit(
        "/account", "/account/preferences", language="en", digest="never", team_mails="1"
    )
    assert await send(site) == 1
