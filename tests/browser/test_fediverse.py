"""Signing in from a Mastodon, voting and arguing in one's own name, by keyboard alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.simulated.fediverse import fediverse
from tests.simulated.servers import SimulatedServer
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def masto(town: Town) -> AsyncIterator[SimulatedServer]:
    """A server with Ana's account."""
    async with fediverse(town.clock.now) as world:
        server = world.server("masto")
        server.actor("ana")
        yield server


async def test_somebody_of_a_mastodon_takes_part(
    town: Town, open_: Open, masto: SimulatedServer
) -> None:
    proposals = await town.site.import_(IMPORT)
    page, handle = path_of(proposals["quais"]), masto.actors["ana"].handle
    window = await open_()
    keys = Keyboard(page=window.page)

    await window.open(f"/sign-in/fediverse?return_to={page}")
    await keys.write("Your address", handle, within="main")
    await keys.tick("Let this site post for me", within="main")
    await keys.push("Continue", within="main")
    assert "would like permission" in await window.words()
    await keys.push("Authorize")
    assert window.page.url == f"{town.base_url}{page}?notice=signed-in"
    assert handle in await window.words()

    await keys.choose("Pas d'accord")
    await keys.push("Vote", within="#poll")
    await keys.push("Cast this ballot")
    assert "Your ballot is cast" in await window.words()

    await keys.choose("Against")
    await keys.write("Your argument", "Et les livraisons ?")
    posting = asyncio.create_task(keys.push("Publish"))
    while not posting.done():
        await town.work()
        await asyncio.wait([posting], timeout=0.05)
    await posting
    assert "Your argument is published" in await window.words()
    assert "Et les livraisons ?" in await window.words()
    assert len(masto.actors["ana"].objects) == 1
