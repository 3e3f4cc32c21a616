"""Voting, and changing a ballot, by keyboard alone."""

from copy import deepcopy
from typing import Any

import pytest

from tests.browser.chromium import PHONE, Window
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_ballot_is_cast_and_changed(town: Town, open_: Open) -> None:
    proposals = await town.site.import_(IMPORT)
    window = await open_("ana")
    keys = Keyboard(page=window.page)
    await window.open(path_of(proposals["quais"]))

    await keys.choose("Pas d'accord")
    await keys.push("Vote", within="#poll")
    assert await window.violations() == []
    await keys.push("Cast this vote")
    # What was just done is said where the window is.
    said = window.page.locator("#poll [role=status]")
    assert "Your vote has been recorded" in await said.inner_text()
    assert await is_in_sight(window, "#poll [role=status]")
    await keys.choose("Abstention")
    await keys.push("Change my vote", within="#poll")
    await keys.push("Cast this vote")

    assert "Your vote: Abstention" in await window.words()
    await keys.push("Withdraw my vote", within="#poll")
    assert "Your vote has been withdrawn" in await said.inner_text()
    assert await is_in_sight(window, "#poll [role=status]")


def with_a_long_text() -> dict[str, Any]:
    """Return the import with a proposal that fills more than a telephone."""
    document = deepcopy(IMPORT)
    document["consultations"][0]["proposals"][0]["text"] = "Un long texte.\n\n" * 30
    return document


async def is_in_sight(window: Window, selector: str) -> bool:
    """Whether all of something lies within the window as it is scrolled now."""
    await window.page.wait_for_timeout(300)  # scrolling may be smooth
    return bool(
        await window.page.locator(selector).first.evaluate(
            "(one) => { const box = one.getBoundingClientRect();"
            " return box.top >= 0 && box.bottom <= innerHeight; }"
        )
    )


async def test_support_is_one_step_and_taken_back_in_another(town: Town, open_: Open) -> None:
    proposals = await town.site.import_(IMPORT)
    window = await open_("ana", size=PHONE)
    keys = Keyboard(page=window.page)
    await window.open(path_of(proposals["navette"]))

    await keys.push("I support this", within="#poll")
    assert await is_in_sight(window, "#poll [role=status]")
    assert await window.page.locator("#poll [role=status], #poll .own").count() == 1
    await keys.push("Withdraw my support", within="#poll")

    assert await is_in_sight(window, "#poll [role=status]")
    assert "I support this" in await window.words()


async def test_a_late_ballot_is_told_in_sight_that_the_earlier_one_stands(
    town: Town, open_: Open
) -> None:
    document = with_a_long_text()
    document["consultations"][0]["proposals"][0]["poll"]["closes"] = "2026-05-02T00:00:00Z"
    path = path_of((await town.site.import_(document))["quais"])
    window = await open_("ana", size=PHONE)
    keys = Keyboard(page=window.page)
    await window.open(path)
    await keys.choose("Abstention")
    await keys.push("Vote", within="#poll")
    await keys.push("Cast this vote")
    await keys.choose("Pas d'accord")
    town.clock.advance(days=1)

    await keys.push("Change my vote", within="#poll")

    told = "#poll [role=alert]"
    assert "Your earlier vote still counts." in await window.page.locator(told).inner_text()
    assert await is_in_sight(window, told)


async def test_the_vote_is_on_the_first_screen(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(with_a_long_text()))["quais"])
    desktop, phone = await open_("ana"), await open_("bea", size=PHONE)

    await desktop.open(path)
    choice = await desktop.page.locator("#poll .choice").first.bounding_box()
    text = await desktop.page.locator("article").first.bounding_box()
    assert choice is not None
    assert text is not None
    assert choice["x"] > text["x"] + text["width"]  # beside the text
    assert await is_in_sight(desktop, "#poll .ballot button")
    await phone.open(path)
    assert await is_in_sight(phone, ".reach a")
    await phone.page.locator(".reach a").click()
    assert await is_in_sight(phone, "#poll .choice")
    # The vote has come up over the button that leads to it.
    button = await phone.page.locator(".reach a").bounding_box()
    slip = await phone.page.locator("#poll").bounding_box()
    assert button is not None
    assert slip is not None
    assert slip["y"] <= button["y"]
    assert not await desktop.page.locator(".reach").is_visible()


async def test_a_stranger_makes_an_account_and_comes_back_to_the_vote(
    town: Town, open_: Open
) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_()
    keys = Keyboard(page=window.page)
    await window.open(path)

    await keys.follow("Create an account", within="#poll")
    await keys.write("Your email address", "ana@mail.example")
    await keys.push("Continue", within=".write")
    await window.open(await town.link_in_mail("ana@mail.example", "/sign-up/"))
    await keys.write("Your name", "王小明", within=".write")
    await keys.push("Continue", within=".write")
    await keys.write("User name", "ana", within=".write")
    await keys.write_secret("Password", "four words of mine")
    await keys.push("Create my account")

    assert window.page.url.startswith(town.base_url + path)
    assert "Welcome!" in await window.words()
    assert await window.page.locator("#poll .choice").count() == 3


async def test_a_long_word_makes_no_page_wider(town: Town, open_: Open) -> None:
    document = deepcopy(IMPORT)
    document["consultations"][0]["proposals"][0]["title"] = "W" + "o" * 180
    path = path_of((await town.site.import_(document))["quais"])
    await town.work()
    window = await open_(size=PHONE)

    for page in ("/", "/c/quais", "/search?q=w" + "o" * 90, path):
        await window.open(page)
        assert await window.overflow() <= 0, page
