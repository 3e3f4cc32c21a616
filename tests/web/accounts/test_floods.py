"""Many clients together: what one network can make us send, and who still gets in."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from dosfed.accounts.tables import Mails
from dosfed.acts.memberships import Member, join
from dosfed.storage.engine import Database
from dosfed.web.services import (
    FEW_SIGN_UPS,
    GUESSES_BY,
    GUESSES_BY_CLIENT,
    RESETS_BY_ALL,
    SIGN_UPS_BY_ALL,
    SIGN_UPS_BY_CROWDS,
)
from tests.conftest import GivenClock
from tests.web.site import Answer, Browser, Site, serve

ADDRESS = "ana@example.org"


@pytest.fixture
async def site(database: Database, clock: GivenClock) -> AsyncIterator[Site]:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        yield site


def at(site: Site, address: str) -> Browser:
    browser = site.browser()
    browser.http.headers["X-Forwarded-For"] = address
    return browser


async def ask(browser: Browser, page: str, address: str) -> Answer:
    return await browser.submit(page, page, email=address)


async def count(site: Site) -> int:
    async with site.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(Mails))).scalar_one()


async def add(site: Site) -> None:
    member = Member(name="ana", email=ADDRESS, password="kept")
    async with site.database.write() as connection:
        await join(connection, member, site.house, at=site.clock.now())


@pytest.mark.rule("6.7")
async def test_all_networks_together_make_us_write_to_so_many_strangers_and_no_more(
    site: Site,
) -> None:
    statuses = []
    for number in range(SIGN_UPS_BY_ALL + 2):
        stranger = at(site, f"203.0.{number // FEW_SIGN_UPS}.1")
        statuses.append((await ask(stranger, "/sign-up", f"x{number}@example.org")).status)

    assert statuses == [200] * SIGN_UPS_BY_ALL + [429] * 2
    assert await count(site) == SIGN_UPS_BY_ALL
    # Whoever has an account is refused alike, or it would tell who has one; a new password is not.
    await add(site)
    assert (await ask(at(site, "198.51.100.1"), "/sign-up", ADDRESS)).status == 429
    assert (await ask(at(site, "198.51.100.1"), "/forgot", ADDRESS)).status == 200
    assert await count(site) == SIGN_UPS_BY_ALL + 1
    site.clock.advance(hours=1)
    assert (await ask(at(site, "198.51.100.1"), "/sign-up", "y@example.org")).status == 200


async def test_one_network_uses_up_no_more_than_half_of_what_all_may_ask_for(site: Site) -> None:
    statuses = []
    for number in range(SIGN_UPS_BY_CROWDS + 2):
        household = at(site, f"2001:db8:1:{number:x}::1")
        statuses.append((await ask(household, "/sign-up", f"x{number}@example.org")).status)

    assert statuses == [200] * SIGN_UPS_BY_CROWDS + [429] * 2
    assert (await ask(at(site, "198.51.100.1"), "/sign-up", "y@example.org")).status == 200


async def test_so_many_who_have_no_account_are_told_so_and_the_page_does_not_say(
    site: Site,
) -> None:
    pages = set()
    for number in range(RESETS_BY_ALL + 2):
        stranger = at(site, f"203.0.{number // 50}.1")
        address = f"x{number}@example.org"
        page = await ask(stranger, "/forgot", address)
        pages.add(page.words.replace(address, ""))  # what was typed comes back

    assert len(pages) == 1
    assert await count(site) == RESETS_BY_ALL


@pytest.mark.rule("6.7")
async def test_a_network_of_many_households_counts_as_four_clients(site: Site) -> None:
    """Each guess comes from a household of its own."""
    flaws = []
    for number in range(4 * GUESSES_BY_CLIENT // 100 + 1):
        browser = at(site, f"2001:db8:1:{number:x}::1")
        for _ in range(99):
            site.app[GUESSES_BY].add("2001:db8:1::/48", site.clock.now().timestamp())
        flaws.append("Too many attempts" in (await sign_in(browser, f"name{number}")).words)

    assert flaws == [False] * 8 + [True]
    assert "too many" not in (await sign_in(at(site, "2001:db8:2::1"), "name")).words


async def sign_in(browser: Browser, login: str) -> Answer:
    return await browser.submit("/sign-in", "/sign-in", login=login, password="a wrong password")
