"""One's own account: password, address, preferences, sessions."""

import pytest
from sqlalchemy import select

from dosfed.accounts.tables import Accounts, Sessions
from dosfed.deliberation.model import Role
from tests.web.accounts.test_sign_in import ADDRESS, PASSWORD, add, sign_in
from tests.web.site import Browser, Site

OTHER = "ana@other.example"


@pytest.fixture
async def ana(site: Site) -> Browser:
    """The browser of somebody who signed in with a password."""
    await add(site, "ana", ADDRESS)
    browser = site.browser()
    await sign_in(browser, "ana")
    return browser


@pytest.mark.parametrize(
    "path", ["/account", "/account/sessions", "/account/export", "/account/delete"]
)
async def test_strangers_are_led_to_sign_in_and_back(site: Site, path: str) -> None:
    answer = await site.browser().get(path, follow=False)

    assert answer.status == 303
    assert answer.headers["location"] == f"/sign-in?return_to={path}"


async def test_an_account_shows_what_it_holds(ana: Browser) -> None:
    page = await ana.get("/account")

    assert ADDRESS in page.words
    assert "1 open session." in page.words
    assert page.headers["cache-control"] == "private, no-cache"
    assert len(page.text) < 60_000
    for field in ('autocomplete="current-password"', 'autocomplete="new-password"'):
        assert field in page.text


@pytest.mark.rule("6.8")
async def test_changing_the_password_ends_all_other_sessions(site: Site, ana: Browser) -> None:
    elsewhere, copied = site.browser(), site.browser()
    await sign_in(elsewhere, "ana")
    copied.http.cookie_jar.update_cookies({one.key: one.value for one in ana.http.cookie_jar})

    page = await ana.submit(
        "/account", "/account/password", current=PASSWORD, password="other words of mine"
    )

    assert "Password changed." in page.words
    for browser in (elsewhere, copied):
        assert "@ana" not in (await browser.get("/")).words
    assert "password has been changed" in (await site.mails(ADDRESS))[-1]
    assert (await sign_in(site.browser(), "ana")).status == 422


@pytest.mark.rule("6.8")
@pytest.mark.parametrize(
    ("current", "password", "field"),
    [
        ("a wrong password", "other words of mine", "current"),
        ("", "other words of mine", "current"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "", "password"),
    ],
)
async def test_a_password_is_not_changed_without_the_old_one_or_for_a_weak_one(
    site: Site, ana: Browser, current: str, password: str, field: str
) -> None:
    page = await ana.submit("/account", "/account/password", current=current, password=password)

    assert page.status == 422
    assert f'id="password-{field}-error"' in page.text
    assert "signed in" in (await sign_in(site.browser(), "ana")).words


async def test_who_came_by_a_link_chooses_a_first_password(site: Site) -> None:
    luc = await site.signed_in("luc")

    page = await luc.submit("/account", "/account/password", password="words of luc alone")

    assert "Password changed." in page.words
    answer = await sign_in(site.browser(), "luc", "words of luc alone")
    assert "signed in" in answer.words


@pytest.mark.rule("6.8")
async def test_a_new_address_counts_once_it_is_confirmed(site: Site, ana: Browser) -> None:
    page = await ana.submit("/account", "/account/address", email=OTHER, current=PASSWORD)
    assert f"an email is on its way to {OTHER}" in page.words
    assert ADDRESS in page.words
    assert f'value="{OTHER}"' in page.text  # to be corrected, and sent again
    link = await site.link_in_mail(OTHER)

    stranger = await site.signed_in("luc")
    assert (await stranger.get(link)).status == 410
    assert (await stranger.submit("/account", link)).status == 410
    away = await site.browser().get(link, follow=False)
    assert away.headers["location"].startswith("/sign-in?return_to=/account/address/")
    assert OTHER in (await ana.get(link)).words
    done = await ana.submit(link, link)

    assert "Address changed." in done.words
    assert OTHER in done.words
    assert "address of your account" in (await site.mails(ADDRESS))[-1]
    assert (await ana.get(link)).status == 410
    assert "signed in" in (await sign_in(site.browser(), OTHER)).words


async def test_links_that_went_to_the_former_address_end_with_it(site: Site, ana: Browser) -> None:
    await site.browser().submit("/forgot", "/forgot", email=ADDRESS)
    reset = await site.link_in_mail(ADDRESS)
    await ana.submit("/account", "/account/address", email=OTHER, current=PASSWORD)
    link = await site.link_in_mail(OTHER)
    assert (await site.browser().get(reset)).status == 200

    await ana.submit(link, link)

    assert (await site.browser().get(reset)).status == 410


async def test_an_address_of_somebody_else_is_not_given_away(site: Site, ana: Browser) -> None:
    await add(site, "luc", OTHER)

    page = await ana.submit("/account", "/account/address", email=OTHER, current=PASSWORD)

    assert "Check your inbox" in page.words
    assert "belongs to another account" in (await site.mails(OTHER))[-1]


async def test_an_address_that_was_taken_meanwhile_is_not_taken_twice(
    site: Site, ana: Browser
) -> None:
    await ana.submit("/account", "/account/address", email=OTHER, current=PASSWORD)
    link = await site.link_in_mail(OTHER)
    await add(site, "luc", OTHER)

    assert (await ana.submit(link, link)).status == 410
    assert ADDRESS in (await ana.get("/account")).words


@pytest.mark.parametrize(
    ("email", "current", "reason"),
    [
        ("nothing", PASSWORD, "This is not an email address"),
        (ADDRESS, PASSWORD, "This is already your address"),
        (OTHER, "a wrong password", "Wrong password"),
    ],
)
async def test_a_refused_address_says_why_and_stays_in_the_form(
    site: Site, ana: Browser, email: str, current: str, reason: str
) -> None:
    page = await ana.submit("/account", "/account/address", email=email, current=current)

    assert page.status == 422
    assert reason in page.words
    assert f'value="{email}"' in page.text
    assert await site.mails(OTHER) == []


async def test_preferences_are_kept_and_change_the_language(site: Site, ana: Browser) -> None:
    page = await ana.submit("/account", "/account/preferences", language="fr", digest="weekly")

    assert '<html lang="fr">' in page.text
    assert 'value="weekly" checked' in page.text
    async with site.database.read() as connection:
        row = (await connection.execute(select(Accounts.language, Accounts.digest))).one()
    assert tuple(row) == ("fr", "weekly")


@pytest.mark.parametrize(
    ("language", "digest"), [("xx", "never"), ("fr", "hourly"), ("", ""), ("fr", "")]
)
async def test_preferences_that_nobody_offers_are_refused(
    ana: Browser, language: str, digest: str
) -> None:
    page = await ana.submit("/account", "/account/preferences", language=language, digest=digest)

    assert page.status == 400


async def test_sessions_are_listed_and_ended(site: Site, ana: Browser) -> None:
    firefox = site.browser()
    firefox.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Gecko Firefox/140.0"
    await sign_in(firefox, "ana")

    page = await ana.get("/account/sessions")
    assert "Firefox, Linux" in page.words
    assert "Mozilla" not in page.text
    assert page.text.count('name="session"') == 1
    kept = page.text.partition('name="session" value="')[2].partition('"')[0]
    ended = await ana.submit("/account/sessions", "/account/sessions", session=kept)

    assert "That session has been closed." in ended.words
    assert "@ana" not in (await firefox.get("/")).words
    assert "@ana" in (await ana.get("/")).words


async def test_all_other_sessions_end_at_once(site: Site, ana: Browser) -> None:
    others = [site.browser(), site.browser()]
    for other in others:
        await sign_in(other, "ana")
    luc = await site.signed_in("luc")

    await ana.submit("/account/sessions", "/account/sessions", others="1")

    for other in others:
        assert "@ana" not in (await other.get("/")).words
    for signed_in in (ana, luc):
        assert "Sign out" in (await signed_in.get("/")).words


async def test_nobody_ends_somebody_else_s_session(site: Site, ana: Browser) -> None:
    luc = await site.signed_in("luc")
    async with site.database.read() as connection:
        kept = (await connection.execute(select(Sessions.digest))).scalars().all()

    for digest in kept:
        await luc.submit("/account/sessions", "/account/sessions", session=digest.hex())

    assert "@ana" in (await ana.get("/")).words


@pytest.mark.parametrize("session", ["zz", "é", "abc"])
async def test_what_is_no_session_is_refused(ana: Browser, session: str) -> None:
    page = await ana.submit("/account/sessions", "/account/sessions", session=session)

    assert page.status == 400


@pytest.mark.parametrize("form", ["preferences", "password", "address", "sessions", "delete"])
async def test_a_form_without_its_token_changes_nothing(ana: Browser, form: str) -> None:
    assert (await ana.post(f"/account/{form}", [("name", "ana")])).status == 403


async def test_an_operator_has_the_same_account(site: Site) -> None:
    zoe = await site.signed_in("zoe", Role.OPERATOR)

    assert (await zoe.get("/account")).status == 200
