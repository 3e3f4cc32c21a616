"""Arguing, answering, weighing, changing and reporting, by keyboard alone."""

import pytest

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
    await keys.choose("For", within="#answer")
    await keys.write("Your argument", "Children go to school alone.")
    await keys.push("Publish", within="#answer")
    assert "Your argument is published." in await ana.words()

    keys = Keyboard(page=bruno.page)
    await bruno.open(path)
    await keys.push("Strong")
    pressed = bruno.page.get_by_role("button", name="Strong", pressed=True)
    assert await pressed.inner_text() == "Strong 1"
    await keys.follow("Answer @ana")
    await keys.choose("Against", within="#answer")
    await keys.write("Your argument", "Not across the main road.")
    await keys.push("Publish", within="#answer")
    assert "Not across the main road." in await bruno.words()
    await keys.follow("Report")
    await keys.write("What is wrong with it?", "It names a child.")
    await keys.push("Send the report")
    assert "Thank you. The moderators" in await bruno.words()

    keys = Keyboard(page=ana.page)
    await ana.open(path)
    await keys.follow("Change", within=".argument")
    await keys.write("Your argument", "Children of ten go to school alone.")
    await keys.push("Publish the change")
    await keys.follow("edited")

    assert await ana.page.locator("ins").first.inner_text() != ""
    assert await ana.violations() == []
