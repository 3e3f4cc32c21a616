"""Signing up: an address, a mail, a name and a password."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from dosfed.accounts import site as site_settings
from dosfed.accounts.invitations import Granted, invite
from dosfed.accounts.site import SignUp, save_site
from dosfed.accounts.tables import Accounts, Invitations, Mails
from dosfed.activitypub.tables import Actors
from dosfed.deliberation.model import Role
from dosfed.deliberation.team.tables import Users
from dosfed.web.site import SITE
from tests.web.site import TOKEN, Answer, Browser, Site

ADDRESS = "ana@example.org"
PASSWORD = "four words of mine"


async def ask(browser: Browser, email: str = ADDRESS, **more: Any) -> Answer:
    return await browser.submit("/sign-up", "/sign-up", email=email, **more)


async def finish(site: Site, browser: Browser, email: str = ADDRESS, **fields: str) -> Answer:
    link = await site.link_in_mail(email)
    filled: dict[str, Any] = {"name": "ana", "password": PASSWORD, **fields}
    return await browser.submit(link, link, **filled)


async def set_mode(site: Site, mode: SignUp) -> None:
    changed = site_settings.Site(name="Here", sign_up=mode)
    async with site.database.write() as connection:
        await save_site(connection, changed)
    site.app[SITE].change(changed)


async def invitation(site: Site, role: Role = Role.CITIZEN) -> str:
    async with site.database.write() as connection:
        granted = Granted(role=role.value, consultation=None)
        return await invite(connection, granted, note="", invited_by="", at=site.clock.now())


async def count(site: Site, table: type[Accounts] | type[Actors]) -> int:
    async with site.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def test_somebody_signs_up_and_is_signed_in(site: Site) -> None:
    browser = site.browser()

    sent = await ask(browser)
    assert "Check your inbox" in sent.words
    page = await finish(site, browser)

    assert "Welcome!" in page.words
    assert "@ana" in page.words
    async with site.database.read() as connection:
        row = (await connection.execute(select(Accounts.email, Accounts.password))).one()
        role = (await connection.execute(select(Users.role))).scalar_one()
    assert (row.email, role) == (ADDRESS, "citizen")
    assert row.password.startswith("$argon2id$")
    assert PASSWORD not in row.password


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/about", "/about"),
        ("/sign-in", "/"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
    ],
)
async def test_signing_up_leads_back_to_the_page_one_came_from(
    site: Site, wanted: str, place: str
) -> None:
    browser = site.browser()

    asked = await browser.get(f"/sign-up?return_to={wanted}")
    assert 'name="return_to"' in asked.text
    await ask(browser, return_to=wanted)
    link = await site.link_in_mail(ADDRESS)
    opened = await browser.get(link)
    field = re.search(r'name="return_to" value="([^"]*)"', opened.text)
    assert field is not None
    filled: dict[str, Any] = {"name": "ana", "password": PASSWORD, "return_to": field[1]}
    page = await browser.submit(link, link.partition("?")[0], **filled)

    assert page.url.startswith(f"{site.base_url}{place}?notice=welcome")
    assert "Welcome!" in page.words


@pytest.mark.rule("6.2")
async def test_nothing_is_made_before_the_link_is_opened_and_sent(site: Site) -> None:
    before = await count(site, Actors)
    browser = site.browser()

    await ask(browser)
    await browser.get(await site.link_in_mail(ADDRESS))

    assert await count(site, Accounts) == 0
    assert await count(site, Actors) == before


@pytest.mark.rule("6.6")
async def test_a_known_address_is_told_by_mail_alone(site: Site) -> None:
    await ask(site.browser())
    await finish(site, site.browser())

    unknown = await ask(site.browser(), "luc@example.org")
    known = await ask(site.browser(), "ANA@Example.org ")

    said = unknown.text.replace("luc@example.org", ADDRESS)
    assert (known.status, known.url) == (unknown.status, unknown.url)
    assert TOKEN.sub("", known.text) == TOKEN.sub("", said)
    assert "you already have an account" in (await site.mails(ADDRESS))[-1]
    assert await count(site, Accounts) == 1


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "a b@example.org",
        "ana@example.org\r\nBcc: luc@example.org",
        "<b>ana</b>@example.org",
        "\u202eana@example.org",
        "a" * 65 + "@example.org",
        "ana@" + "a" * 250 + ".org",
    ],
)
async def test_what_is_no_address_is_refused_and_kept(site: Site, email: str) -> None:
    page = await ask(site.browser(), email)

    assert page.status == 422
    assert "This is not an email address" in page.words
    assert 'aria-describedby="sign-up-email-help sign-up-email-error"' in page.text
    assert "<b>ana</b>" not in page.text


@pytest.mark.rule("6.5")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "Use 2 to 30 characters"),
        ("a", "Use 2 to 30 characters"),
        ("a" * 31, "Use 2 to 30 characters"),
        ("Ana María", "Use 2 to 30 characters"),
        ("\u0430na", "Use 2 to 30 characters"),  # a Cyrillic letter
        ("ana\u202e", "Use 2 to 30 characters"),
        ("<script>", "Use 2 to 30 characters"),
        ("admin", "This user name is reserved"),
        ("luc", "This user name is taken"),
        ("@LUC", "This user name is taken"),
    ],
)
async def test_a_name_that_cannot_be_given_is_refused_and_another_is_taken(
    site: Site, name: str, reason: str
) -> None:
    await site.link_for("luc")
    browser = site.browser()
    await ask(browser)

    refused = await finish(site, browser, name=name)

    assert refused.status == 422
    assert reason in refused.words
    assert PASSWORD not in refused.text
    assert "Welcome!" in (await finish(site, browser, name="@Ana")).words


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "Use at least 10 characters"),
        ("short", "Use at least 10 characters"),
        ("1212121212", "This password is too easy to guess"),
        ("ANA@example.org", "must be different from your user name and your address"),
        ("long" * 51, "200 characters at most; yours has 204."),
    ],
)
async def test_a_weak_password_is_refused_and_not_shown(
    site: Site, password: str, reason: str
) -> None:
    browser = site.browser()
    await ask(browser)

    page = await finish(site, browser, password=password)

    assert page.status == 422
    assert reason in page.words
    assert 'value="ana"' in page.text
    assert not password or f'value="{password}"' not in page.text


async def test_a_link_makes_one_account(site: Site) -> None:
    browser = site.browser()
    await ask(browser)
    link = await site.link_in_mail(ADDRESS)
    other = site.browser()
    await other.get(link)
    await finish(site, browser)

    again = await other.get(link)

    assert again.status == 410
    assert "This link no longer works" in again.words
    assert await count(site, Accounts) == 1


async def test_two_links_of_one_address_make_one_account(site: Site) -> None:
    browser = site.browser()
    await ask(browser)
    first = await site.link_in_mail(ADDRESS)
    await ask(browser)
    await finish(site, browser)

    assert (await site.browser().get(first)).status == 410


@pytest.mark.rule("6.2")
async def test_a_link_is_good_for_two_days(site: Site) -> None:
    browser = site.browser()
    await ask(browser)
    site.clock.advance(days=2)

    assert (await browser.get(await site.link_in_mail(ADDRESS))).status == 410


async def test_a_form_without_its_token_makes_nothing(site: Site) -> None:
    browser = site.browser()

    assert (await browser.post("/sign-up", [("email", ADDRESS)])).status == 403
    assert await site.mails(ADDRESS) == []


async def test_an_address_is_not_flooded(site: Site) -> None:
    answers = [await ask(site.browser()) for _ in range(8)]

    assert {answer.status for answer in answers} == {200}
    assert len(await site.mails(ADDRESS)) == 5
    site.clock.advance(hours=1)
    await ask(site.browser())
    assert len(await site.mails(ADDRESS)) == 6


@pytest.mark.rule("6.1")
async def test_who_is_closed_to_new_people_takes_none(site: Site) -> None:
    await set_mode(site, SignUp.CLOSED)
    browser = site.browser()

    page = await browser.get("/sign-up")
    assert "Nobody can create an account here at the moment" in page.words
    assert 'name="email"' not in page.text
    await browser.get("/sign-in")
    refused = await browser.submit("/sign-in", "/sign-up", email=ADDRESS)
    assert refused.status == 422
    assert await site.mails(ADDRESS) == []


@pytest.mark.rule("6.3")
async def test_an_invitation_opens_the_door_once_with_its_role(site: Site) -> None:
    await set_mode(site, SignUp.INVITATION)
    token = await invitation(site, Role.FACILITATOR)
    browser = site.browser()
    assert (await browser.submit("/sign-in", "/sign-up", email=ADDRESS)).status == 422

    path = f"/invitation/{token}"
    assert "You are invited" in (await browser.get(path)).words
    await browser.submit(path, "/sign-up", email=ADDRESS, invitation=token)
    await browser.submit(path, "/sign-up", email="luc@example.org", invitation=token)
    assert "Welcome!" in (await finish(site, browser)).words

    late = await finish(site, site.browser(), "luc@example.org", name="luc")
    assert late.status == 422
    assert "This invitation has already been used" in late.words
    assert (await site.browser().get(path)).status == 410
    async with site.database.read() as connection:
        assert (await connection.execute(select(Users.role))).scalar_one() == "facilitator"
        assert (await connection.execute(select(Invitations.used_at))).scalar_one()


@pytest.mark.rule("6.1")
async def test_who_may_sign_up_is_asked_again_when_the_link_is_opened(site: Site) -> None:
    browser = site.browser()
    await ask(browser)
    await set_mode(site, SignUp.CLOSED)

    page = await finish(site, browser)

    assert page.status == 422
    assert await count(site, Accounts) == 0


async def test_an_unknown_invitation_is_over(site: Site) -> None:
    assert (await site.browser().get("/invitation/unknown")).status == 410


async def test_mails_are_in_the_language_of_the_page(site: Site) -> None:
    await ask(site.browser(language="fr"))

    async with site.database.read() as connection:
        headers = (await connection.execute(select(Mails.headers))).scalar_one()
    assert headers["Content-Language"] == "fr"


def field(page: Answer, name: str) -> str:
    """Return what stands in a field of a page."""
    found = re.search(rf'<input id="member-{name}"[^>]*? value="([^"]*)"', page.text)
    assert found is not None, f"no field {name}"
    return found[1]


@pytest.mark.rule("6.5", "6.12")
async def test_a_handle_is_proposed_from_the_name_and_can_be_changed(site: Site) -> None:
    await site.link_for("emilie_dupre")
    browser = site.browser()
    await ask(browser)
    link = await site.link_in_mail(ADDRESS)

    first = await browser.get(link)
    assert "Your name" in first.words
    assert 'name="password"' not in first.text
    second = await browser.submit(link, link, display=" Émilie  Dupré", step="name")
    assert field(second, "name") == "emilie_dupre2"
    assert field(second, "display") == "Émilie Dupré"
    assert await count(site, Accounts) == 1
    filled: dict[str, Any] = {"display": "Émilie Dupré", "name": "em_dupre", "password": PASSWORD}
    page = await browser.submit(link, link, **filled)

    assert "Welcome!" in page.words
    async with site.database.read() as connection:
        row = select(Actors.handle, Actors.name).where(Actors.handle == "em_dupre")
        assert tuple((await connection.execute(row)).one()) == ("em_dupre", "Émilie Dupré")


@pytest.mark.rule("6.5")
async def test_a_handle_that_is_left_empty_is_proposed_before_anything_is_made(site: Site) -> None:
    browser = site.browser()
    await ask(browser)

    page = await finish(site, browser, display="Зоя", name="")

    assert field(page, "name") == "zoya"
    assert PASSWORD not in page.text
    assert await count(site, Accounts) == 0


@pytest.mark.rule("6.12")
async def test_nobody_signs_up_with_a_name_that_deceives(site: Site) -> None:
    browser = site.browser()
    await ask(browser)
    link = await site.link_in_mail(ADDRESS)

    first = await browser.submit(link, link, display="Admin", step="name")
    second = await finish(site, browser, display="Ana ✓")

    assert (first.status, second.status) == (422, 422)
    assert "somebody who runs this site" in first.words
    assert 'name="password"' not in first.text
    assert "emoji or other signs" in second.words
    assert 'name="password"' in second.text
    assert await count(site, Accounts) == 0


@pytest.mark.rule("6.12")
async def test_without_a_name_somebody_is_shown_with_the_handle_alone(site: Site) -> None:
    browser = site.browser()
    await ask(browser)
    link = await site.link_in_mail(ADDRESS)

    second = await browser.submit(link, link, display="", step="name")
    assert field(second, "name") == ""
    assert "Welcome!" in (await finish(site, browser)).words

    async with site.database.read() as connection:
        row = select(Actors.name).where(Actors.handle == "ana")
        assert (await connection.execute(row)).scalar_one() == "ana"
