"""Following from another server, by keyboard alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.chromium import PHONE
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.simulated.fediverse import Fediverse, fediverse
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def world(town: Town) -> AsyncIterator[Fediverse]:
    """The other servers."""
    async with fediverse(town.clock.now) as opened:
        yield opened


async def test_a_consultation_is_followed_from_another_server(
    town: Town, world: Fediverse, open_: Open
) -> None:
    await town.site.import_(IMPORT)
    server = world.server("masto")
    zoe = server.actor("zoe")
    window = await open_()
    keys = Keyboard(page=window.page)
    await window.open("/c/quais")

    await keys.reach_summary("Follow from Mastodon or another server")
    await keys.press("Enter")
    await keys.write("Your address", zoe.handle)
    await keys.push("Continue")
    assert window.page.url.startswith(server.origin)
    await keys.push("Follow")
    await town.work()

    accepted = await server.wait_for_type("Accept")
    assert accepted["object"]["actor"] == zoe.id
    assert accepted["actor"] == f"{town.base_url}/c/quais"


async def test_whoever_follows_a_proposal_finds_an_account_here_first(
    town: Town, open_: Open
) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_(size=PHONE)
    keys = Keyboard(page=window.page)
    await window.open(path)

    await keys.follow("Follow", within=".follow")
    links = await window.page.locator("main").get_by_role("link").all_inner_texts()
    assert links[:2] == ["Create an account", "Sign in"]
    assert await window.violations() == []
    await keys.follow("Sign in", within="main")

    assert f"return_to={path}" in window.page.url
