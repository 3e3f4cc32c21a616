"""Signing in with a password, and choosing a new one."""

import pytest
from sqlalchemy import select, update

from dosfed.accounts.passwords import Cost, Passwords
from dosfed.accounts.people import account_at
from dosfed.accounts.tables import Accounts, Sessions
from dosfed.acts.memberships import Member, join
from dosfed.storage.engine import Database
from dosfed.web.services import GUESSES_AT_ACCOUNT, GUESSES_BY_ALL, PASSWORDS
from tests.conftest import GivenClock
from tests.web.site import TOKEN, Answer, Browser, Site, serve

ADDRESS = "ana@example.org"
PASSWORD = "four words of mine"


@pytest.fixture
async def ana(site: Site) -> str:
    """The actor of somebody with a password."""
    return await add(site, "ana", ADDRESS)


async def add(site: Site, name: str, email: str) -> str:
    password = await site.app[PASSWORDS].hash(PASSWORD)
    member = Member(name=name, email=email, password=password)
    async with site.database.write() as connection:
        return await join(connection, member, site.house, at=site.clock.now())


async def sign_in(browser: Browser, login: str, password: str = PASSWORD, **more: str) -> Answer:
    follow = more.pop("follow", "yes") == "yes"
    return await browser.submit(
        "/sign-in", "/sign-in", follow=follow, login=login, password=password, **more
    )


@pytest.mark.parametrize(
    "login", ["ana", "@ana", " ANA ", "@ana@{host}", ADDRESS, "ANA@Example.ORG"]
)
@pytest.mark.usefixtures("ana")
async def test_name_handle_and_address_sign_in(site: Site, login: str) -> None:
    page = await sign_in(site.browser(), login.format(host=site.house.instance.host))

    assert "You are signed in." in page.words
    assert "@ana" in page.words


@pytest.mark.rule("6.6")
@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ana", "another password"),
        ("luc", PASSWORD),
        ("luc@example.org", PASSWORD),
        ("@ana@elsewhere.example", PASSWORD),
        ("", ""),
        ("ana", ""),
        ("ana", PASSWORD + "x" * 300),
        ("'; DROP TABLE accounts; --", PASSWORD),
        ("\u202eana", PASSWORD),
    ],
)
@pytest.mark.usefixtures("ana")
async def test_all_that_is_wrong_is_answered_alike(site: Site, login: str, password: str) -> None:
    page = await sign_in(site.browser(), login, password)

    assert page.status == 422
    assert "Wrong user name or password" in page.words
    assert not password or password not in page.text
    async with site.database.read() as connection:
        assert (await connection.execute(select(Sessions.digest))).first() is None


async def test_who_has_no_password_does_not_sign_in_with_one(site: Site) -> None:
    await site.link_for("luc")

    assert (await sign_in(site.browser(), "luc", "")).status == 422
    assert (await sign_in(site.browser(), "luc", "nobody's password")).status == 422


@pytest.mark.rule("6.7")
@pytest.mark.usefixtures("ana")
async def test_guessing_ends_after_ten_attempts_and_begins_again_later(site: Site) -> None:
    browser = site.browser()
    for _ in range(10):
        await sign_in(browser, "ana", "a wrong password")

    stopped = await sign_in(browser, "ana")

    assert stopped.status == 422
    assert "Too many attempts" in stopped.words
    site.clock.advance(seconds=600)
    assert "You are signed in." in (await sign_in(browser, "ana")).words


async def test_guesses_at_one_account_do_not_stop_another(site: Site, ana: str) -> None:
    assert ana
    await add(site, "luc", "luc@example.org")
    browser = site.browser()
    for login in ["ana", "@ANA"] * 5:
        await sign_in(browser, login, "a wrong password")

    assert "Too many" in (await sign_in(browser, "@ana")).words
    assert "You are signed in." in (await sign_in(site.browser(), "luc")).words


async def test_guesses_from_elsewhere_do_not_keep_the_owner_out(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        await add(site, "ana", ADDRESS)
        stranger, owner = at(site, "192.0.2.7"), at(site, "198.51.100.1")
        for _ in range(10):
            await sign_in(stranger, "ana", "a wrong password")

        assert "Too many attempts" in (await sign_in(stranger, "ana")).words
        assert "You are signed in." in (await sign_in(owner, "ana")).words


@pytest.mark.rule("6.7")
async def test_guesses_from_everywhere_end_and_leave_the_owner_a_way_in(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        await add(site, "ana", ADDRESS)
        inside = at(site, "198.51.100.1")
        await sign_in(inside, "ana")
        await besiege(site, "ana")

        owner = at(site, "198.51.100.2")
        stopped = await sign_in(owner, "ana")
        assert stopped.status == 422
        assert "is suspended for up to an hour" in stopped.words
        assert "A link by email signs you in at once: choose a new password" in stopped.words
        link_to_nobody = await sign_in(owner, "nobody")
        assert "Wrong user name or password" in link_to_nobody.words

        await forget(owner, ADDRESS)
        link = await site.link_in_mail(ADDRESS)
        assert (
            "Password changed"
            in (await owner.submit(link, link, password="other words of mine")).words
        )
        changed = await owner.submit(
            "/account", "/account/password", current="other words of mine", password=PASSWORD
        )
        assert "Password changed" in changed.words
        site.clock.advance(hours=1)
        assert "You are signed in." in (await sign_in(at(site, "198.51.100.3"), "ana")).words


async def test_a_name_that_nobody_has_is_besieged_like_any_other(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        await besiege(site, "nobody")

        stopped = await sign_in(at(site, "198.51.100.2"), "nobody")
        assert "is suspended for up to an hour" in stopped.words


def at(site: Site, address: str) -> Browser:
    """Return a browser of somebody at an address of the Internet."""
    browser = site.browser()
    browser.http.headers["X-Forwarded-For"] = address
    return browser


async def besiege(site: Site, login: str) -> None:
    """Guess at one name from many networks, until no more guesses are taken."""
    for network in range(GUESSES_BY_ALL // GUESSES_AT_ACCOUNT):
        stranger = at(site, f"203.0.113.{network}")
        for _ in range(GUESSES_AT_ACCOUNT):
            await sign_in(stranger, login, "a wrong password")


@pytest.mark.usefixtures("ana")
async def test_guesses_do_not_tell_whose_an_address_is(site: Site) -> None:
    browser = site.browser()
    for address in (ADDRESS, "nobody@example.org"):
        for _ in range(10):
            await sign_in(browser, address, "a wrong password")
        # The same address in other letters, as domains allow them.
        other = address.replace(".org", "\u3002org").upper()
        assert "Too many" in (await sign_in(browser, other)).words

    assert "You are signed in." in (await sign_in(browser, "ana")).words


@pytest.mark.usefixtures("ana")
async def test_signing_in_leads_back(site: Site) -> None:
    answer = await sign_in(
        site.browser(), "ana", return_to="/c/quais?sort=new&page=2#p1", follow="no"
    )

    assert answer.headers["location"] == "/c/quais?sort=new&page=2&notice=signed-in#p1"


@pytest.mark.parametrize(
    "place", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/\t/x"]
)
@pytest.mark.usefixtures("ana")
async def test_signing_in_leads_nowhere_else(site: Site, place: str) -> None:
    browser = site.browser()
    answer = await sign_in(browser, "ana", return_to=place, follow="no")
    assert answer.headers["location"] == "/?notice=signed-in"

    again = await browser.get(f"/sign-in?return_to={place}", follow=False)
    assert again.headers["location"] == "/"


@pytest.mark.usefixtures("ana")
async def test_a_form_without_its_token_signs_nobody_in(site: Site) -> None:
    browser = site.browser()

    refused = await browser.post("/sign-in", [("login", "ana"), ("password", PASSWORD)])

    assert refused.status == 403
    assert PASSWORD not in refused.text


@pytest.mark.rule("6.6")
async def test_who_is_suspended_does_not_come_in(site: Site, ana: str) -> None:
    async with site.database.write() as connection:
        await connection.execute(
            update(Accounts).where(Accounts.user == ana).values(suspended_at=site.clock.now())
        )

    assert "This account is suspended" in (await sign_in(site.browser(), "ana")).words
    assert "suspended" not in (await sign_in(site.browser(), "ana", "a wrong one")).words


@pytest.mark.usefixtures("ana")
async def test_a_password_is_kept_again_at_a_higher_cost(site: Site) -> None:
    # The harness sets this service before the first request in the same way.
    site.app._state[PASSWORDS] = Passwords(Cost(passes=2, kibibytes=16))  # noqa: SLF001

    await sign_in(site.browser(), "ana")

    async with site.database.read() as connection:
        account = await account_at(connection, ADDRESS)
    assert account is not None
    assert account.password is not None
    assert "m=16,t=2" in account.password
    assert "You are signed in." in (await sign_in(site.browser(), "ana")).words


async def forget(browser: Browser, email: str) -> Answer:
    return await browser.submit("/forgot", "/forgot", email=email)


@pytest.mark.usefixtures("ana")
async def test_a_forgotten_password_is_chosen_anew(site: Site) -> None:
    elsewhere = site.browser()
    await sign_in(elsewhere, "ana")
    browser = site.browser()

    sent = await forget(browser, ADDRESS)
    assert "Check your inbox" in sent.words
    link = await site.link_in_mail(ADDRESS)
    weak = await browser.submit(link, link, password="short")
    assert weak.status == 422
    changed = await browser.submit(link, link, password="other words of mine")

    assert "Password changed" in changed.words
    assert "@ana" not in (await elsewhere.get("/")).words
    assert (await sign_in(site.browser(), "ana")).status == 422
    assert "signed in" in (await sign_in(site.browser(), "ana", "other words of mine")).words
    assert (await browser.get(link)).status == 410
    assert "password has been changed" in (await site.mails(ADDRESS))[-1]


@pytest.mark.usefixtures("ana")
async def test_forgetting_tells_a_page_nothing_of_who_has_an_account(site: Site) -> None:
    known, unknown = (
        await forget(site.browser(), ADDRESS),
        await forget(site.browser(), "luc@example.org"),
    )

    said = unknown.text.replace("luc@example.org", ADDRESS)
    assert (known.status, known.url) == (unknown.status, unknown.url)
    assert TOKEN.sub("", known.text) == TOKEN.sub("", said)
    assert "there is no account" in (await site.mails("luc@example.org"))[0]


@pytest.mark.usefixtures("ana")
async def test_a_reset_link_is_good_for_two_hours_and_the_last_one_alone(site: Site) -> None:
    await forget(site.browser(), ADDRESS)
    first = await site.link_in_mail(ADDRESS)
    await forget(site.browser(), ADDRESS)
    second = await site.link_in_mail(ADDRESS)
    assert (await site.browser().get(first)).status == 410
    assert (await site.browser().get(second)).status == 200

    site.clock.advance(hours=2)

    assert (await site.browser().get(second)).status == 410


@pytest.mark.usefixtures("ana")
async def test_what_is_no_address_is_refused(site: Site) -> None:
    page = await forget(site.browser(), "ana")

    assert page.status == 422
    assert "This is not an email address" in page.words
    assert 'value="ana"' in page.text
