"""The team at work: an operator blocks a server, a moderator answers a report, by keyboard."""

import pytest

from dosfed.deliberation.model import Role
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_operator_blocks_a_server(open_: Open) -> None:
    window = await open_("olga", Role.OPERATOR)
    keys = Keyboard(page=window.page)
    await window.open("/")

    await keys.reach_summary("@olga")
    await keys.press("Enter")
    await keys.follow("Administration")
    await keys.follow("Blocks", within="nav.sections")
    await keys.write("Server name, or address or id of the account", "spam.example")
    await keys.write("Reason", "Sends nothing but advertising")
    await keys.push("Block", within="form.write")

    assert "spam.example" in await window.page.locator("table").inner_text()
    assert await window.violations() == []


async def test_an_operator_answers_a_report(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    bruno, ana = await town.site.signed_in("bruno"), await open_("ana")
    anas = Keyboard(page=ana.page)
    await ana.open(path)
    await anas.choose("For", within="#answer")
    await anas.write("Your argument", "You are a fool.")
    await anas.push("Publish", within="#answer")
    place = str(await ana.page.locator(".argument .when").first.get_attribute("href"))
    assert (await bruno.submit(f"{place}/report", f"{place}/report", text="An insult")).status < 400
    window = await open_("olga", Role.OPERATOR)
    keys = Keyboard(page=window.page)
    await window.open("/admin/reports")

    assert "An insult" in await window.words()
    await keys.write("Reason shown to readers and to its author", "Insults.")
    # No reason is chosen for anybody: without one, nothing is hidden.
    await keys.push("Uphold the report and hide the content")
    assert "Choose a reason." in await window.words()
    assert await window.violations() == []
    await keys.reach("combobox", "Reason")
    await window.page.keyboard.type("Insult")
    await keys.push("Uphold the report and hide the content")
    await window.open(path)

    words = await window.words()
    assert "You are a fool." not in words
    assert "Hidden by a moderator" in words

    # Its author is told, and can read what it said; nobody else.
    await ana.open(path)
    await anas.follow("Read what you wrote")
    assert "You are a fool." in await ana.words()
    assert await ana.violations() == []
