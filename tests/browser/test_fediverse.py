"""Signing in from a Mastodon, voting and arguing in one's own name, by keyboard alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dosfed.web import elsewhere
from tests.browser.chromium import PHONE
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
    town: Town, open_: Open, masto: SimulatedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "ARRIVAL_SECONDS", 30.0)
    proposals = await town.site.import_(IMPORT)
    page, handle = path_of(proposals["quais"]), masto.actors["ana"].handle
    window = await open_()
    keys = Keyboard(page=window.page)

    await window.open(f"/sign-in/fediverse?return_to={page}")
    await keys.write("Your address", handle, within="main")
    await keys.tick("Let this site post my arguments", within="main")
    await keys.push("Continue", within="main")
    assert "would like permission" in await window.words()
    await keys.push("Authorize")
    assert window.page.url == f"{town.base_url}{page}?notice=signed-in"
    assert handle in await window.words()

    await keys.choose("Pas d'accord")
    await keys.push("Vote", within="#poll")
    await keys.push("Cast this vote")
    assert "Your vote has been recorded" in await window.words()

    await keys.choose("Against")
    await keys.write("Your argument", "Et les livraisons ?")
    posting = asyncio.create_task(keys.push("Publish"))
    while not posting.done():
        await town.work()
        await asyncio.wait([posting], timeout=0.05)
    await posting
    assert "Your argument has been published" in await window.words()
    assert "Et les livraisons ?" in await window.words()
    assert len(masto.actors["ana"].objects) == 1


async def test_where_no_page_opens_it_the_address_is_there_to_paste_and_a_way_in(
    town: Town, open_: Open
) -> None:
    proposals = await town.site.import_(IMPORT)
    uri = proposals["trace"]
    async with fediverse(town.clock.now) as world:
        ana = world.server("gts", software="gotosocial").actor("ana")
        windows = [await open_(language="fr"), await open_(language="es", size=PHONE)]
        windows.append(await open_(size=PHONE))
        for window in windows:
            await window.open(f"/interact?uri={uri}&return_to={path_of(uri)}")
            await window.page.fill("#handle", ana.handle)
            async with window.page.expect_navigation():
                await window.page.locator("main form[action='/interact'] button").click()
            assert await window.page.input_value("#to-paste") == uri
            assert await window.overflow() <= 0
            assert await window.violations() == []
            assert await window.hard_to_read() == []
        window = windows[-1]
        keys = Keyboard(page=window.page)
        await keys.reach("textbox", "Address to copy", within="main")
        await keys.push(f"Sign in as {ana.handle}", within="main")
        await keys.push("Authorize")
        assert window.page.url == f"{town.base_url}{path_of(uri)}?notice=signed-in"


async def test_its_pages_are_for_everybody(town: Town, open_: Open, masto: SimulatedServer) -> None:
    proposals = await town.site.import_(IMPORT)
    page = path_of(proposals["quais"])
    window = await open_(language="fr", size=PHONE)
    wrong: list[str] = []

    async def look() -> None:
        where = window.page.url
        wrong.extend(f"{where}: {one}" for one in await window.violations())
        wrong.extend(f"{where}: {one}" for one in await window.hard_to_read())
        if await window.overflow() > 0:
            wrong.append(f"{where}: too wide")

    async def send(form: str) -> None:
        async with window.page.expect_navigation():
            await window.page.locator(f"main form[action^='{form}'] button").last.click()

    async def allow() -> None:
        async with window.page.expect_navigation():
            await window.page.get_by_role("button", name="Authorize").click()

    await window.open("/sign-in/fediverse")
    await look()
    await window.page.fill("#fediverse-handle", "nobody")
    await send("/sign-in/fediverse")
    await look()
    await window.page.fill("#fediverse-handle", masto.actors["ana"].handle)
    await send("/sign-in/fediverse")
    await allow()
    await window.open(page)  # which asks for a grant
    await look()
    await send("/sign-in/fediverse")
    await allow()
    await window.page.check("#answer input[value=for]")
    await window.page.fill("#answer textarea[name=text]", "Du calme. " * 60)  # too long there
    await send(f"{page}/arguments")
    await look()
    await window.page.fill("#words", "Du calme.")
    async with window.page.expect_navigation():
        await window.page.locator("form.write button").click()
    assert len(masto.actors["ana"].objects) == 1

    assert wrong == []
