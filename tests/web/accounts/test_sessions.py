"""Signing in by a link, and out again."""

from sqlalchemy import select

from dosfed.accounts.tables import Sessions, SignInLinks
from dosfed.settings import read_settings
from dosfed.storage.engine import Database
from dosfed.web.session import SESSION_COOKIE, cookie_name, is_form_token
from tests.conftest import GivenClock
from tests.web.site import HTML, Site, path_of, serve


async def test_a_link_signs_in_once(site: Site) -> None:
    link = await site.link_for("ana")
    first, second = site.browser(), site.browser()

    assert "@ana" in (await first.get(link)).words
    again = await second.get(link)

    assert again.status == 410
    assert "This link no longer works" in again.words
    assert "@ana" not in (await second.get("/")).words


async def test_looking_ahead_does_not_use_a_link_up(site: Site) -> None:
    link = await site.link_for("ana")
    browser = site.browser()
    async with browser.http.head(link) as response:
        assert response.status == 405
    async with browser.http.get(link, headers={"Sec-Purpose": "prefetch"}) as response:
        assert response.status == 503

    assert "@ana" in (await browser.get(link)).words


async def test_a_link_is_good_for_a_day(site: Site) -> None:
    link = await site.link_for("ana")
    site.clock.advance(hours=24)

    assert (await site.browser().get(link)).status == 410


async def test_a_session_ends_after_a_month(site: Site) -> None:
    ana = await site.signed_in("ana")
    site.clock.advance(days=30)

    assert "@ana" not in (await ana.get("/")).words


async def test_an_unknown_link_is_answered_like_a_used_one(site: Site) -> None:
    assert (await site.browser().get("/sign-in/unknown")).status == 410


async def test_signing_out_ends_the_session_everywhere(site: Site) -> None:
    ana = await site.signed_in("ana")
    stolen = {cookie.key: cookie.value for cookie in ana.http.cookie_jar}

    await ana.submit("/", "/sign-out")

    assert "@ana" not in (await ana.get("/")).words
    async with ana.http.get(site.base_url, cookies=stolen, headers={"Accept": HTML}) as response:
        assert "@ana" not in await response.text()


async def test_signing_out_takes_a_form_of_ours(site: Site) -> None:
    ana = await site.signed_in("ana")

    assert (await ana.post("/sign-out", [])).status == 403
    assert "@ana" in (await ana.get("/")).words


async def test_tokens_are_kept_as_digests_alone(site: Site) -> None:
    link = await site.link_for("ana")
    await site.browser().get(link)

    async with site.database.read() as connection:
        kept = list((await connection.execute(select(SignInLinks.digest))).scalars())
        kept += list((await connection.execute(select(Sessions.digest))).scalars())
    assert all(len(digest) == 32 and digest not in link.encode() for digest in kept)


async def test_cookies_are_bound_to_one_https_host(database: Database, clock: GivenClock) -> None:
    async with serve(database, clock, DOSFED_BASE_URL="https://delib.example") as site:
        opened = await site.browser().get(path_of(await site.link_for("ana")), follow=False)

    assert opened.status == 303
    assert "__Host-dosfed=" in opened.cookies
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in opened.cookies
    assert "Domain=" not in opened.cookies


def test_in_development_a_cookie_has_a_plain_name() -> None:
    settings = read_settings({"DOSFED_BASE_URL": "http://localhost:8000"})

    assert cookie_name(settings, SESSION_COOKIE) == "dosfed"


def test_without_a_secret_no_token_is_right() -> None:
    assert not is_form_token("", "")
