"""Arguing, answering, weighing, changing and reporting, by keyboard alone."""

from copy import deepcopy

import pytest

from tests.browser.chromium import PHONE
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_people_argue(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    ana, bruno = await open_("ana"), await open_("bruno")

    keys = Keyboard(page=ana.page)
    await ana.open(path)
    # Nothing was said yet: the form is open above the debate.
    await keys.choose("For", within="#answer")
    await keys.write("Your argument", "Children go to school alone.")
    await keys.push("Publish", within="#answer")
    assert "Your argument has been published." in await ana.words()

    keys = Keyboard(page=bruno.page)
    await bruno.open(path)
    await keys.push("Convincing")
    pressed = bruno.page.get_by_role("button", name="Convincing", pressed=True)
    assert await pressed.inner_text() == "Convincing 1"
    await keys.follow("Reply @ana")
    await keys.choose("Against", within="#answer")
    await keys.write("Your argument", "Not across the main road.")
    await keys.push("Publish", within="#answer")
    assert "Not across the main road." in await bruno.words()
    await keys.follow("Report")
    await keys.write("What is the problem?", "It names a child.")
    await keys.push("Send the report")
    assert "Thank you. The moderators" in await bruno.words()

    keys = Keyboard(page=ana.page)
    await ana.open(path)
    await keys.follow("Change", within=".argument")
    await keys.write("Your argument", "Children of ten go to school alone.")
    await keys.push("Publish the changes")
    await keys.follow("edited")

    assert await ana.page.locator("ins").first.inner_text() != ""
    assert await ana.violations() == []


async def test_on_a_phone_each_side_is_one_tab_away(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    ana = await town.site.signed_in("ana")
    for stance in ("for", "against"):
        await ana.submit(path, f"{path}/arguments", text=f"I am {stance}.", stance=stance)
    phone, desktop = await open_(size=PHONE), await open_()

    for window in (phone, desktop):
        await window.open(path)
    shown = phone.page.locator(".side:visible")
    assert await shown.count() == 1
    assert "I am for." in await shown.inner_text()
    await phone.page.locator("#show-for").focus()
    await phone.page.keyboard.press("ArrowRight")
    assert await phone.page.get_by_role("radio", name="Against 1").is_checked()
    assert "I am against." in await shown.inner_text()
    assert await desktop.page.locator(".side:visible").count() == 2
    # A link to an argument leads there, whichever side is chosen.
    there = await phone.page.locator(".side.for .argument").first.get_attribute("id")
    await phone.open(f"{path}?sort=best#{there}")
    await phone.page.locator("#show-against").check(force=True)
    assert await phone.page.locator(f"#{there}").is_visible()


async def test_a_part_of_the_text_is_argued_about_with_its_words_in_sight(
    town: Town, open_: Open
) -> None:
    document = deepcopy(IMPORT)
    document["consultations"][0]["proposals"][0]["text"] = "The first part.\n\nThe second part."
    path = path_of((await town.site.import_(document))["quais"])
    window = await open_("ana")
    keys = Keyboard(page=window.page)
    await window.open(path)

    await keys.follow("Comment on this passage (passage 2)")
    assert "The second part." in await window.page.locator("#answer .passage").inner_text()
    await keys.choose("For", within="#answer")
    await keys.write("Your argument", "Well said.")
    await keys.push("Publish", within="#answer")

    passage = window.page.locator(".argument .passage")
    assert "The second part." in await passage.inner_text()
    # The form is folded above the debate, now that there is one.
    await window.open(path)
    assert not await window.page.locator("#answer textarea").first.is_visible()
    await keys.reach_summary("Add an argument")
    await keys.press("Enter")
    assert await window.page.locator("#answer textarea").first.is_visible()
    assert await window.violations() == []
