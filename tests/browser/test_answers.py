"""Pages that no link leads to: what forms answer with, for everybody as well."""

from collections.abc import Awaitable, Callable

import pytest

from dosfed.deliberation.model import Role
from dosfed.web.services import MOST_WRITINGS, WRITINGS
from tests.browser.chromium import DESKTOP, PHONE, Window
from tests.browser.conftest import Open
from tests.browser.town import Town
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Long names, a line for each reason for which one is not taken, and something that looks like HTML.
LIST = """#domain,#severity,#public_comment
spam.example,suspend,"Publicité, <b>rien</b> d'autre"
a-server-with-a-name-that-is-rather-long-and-still-allowed.example,suspend,
quiet.example,silence,
s**m.example,suspend,
known.example,suspend,Encore
not a server,suspend,
"""
ARGUMENT = "#answer"  # folded once there are arguments
Look = Callable[[str], Awaitable[None]]


async def send(window: Window, form: str, button: str = "button:not([formaction])") -> None:
    """Send the first form of a page that a selector finds."""
    async with window.page.expect_navigation():
        await window.page.locator(form).first.locator(button).first.click()


@pytest.mark.parametrize(("language", "size"), [("fr", PHONE), ("es", DESKTOP), ("en", DESKTOP)])
async def test_answers_are_for_everybody(
    town: Town, open_: Open, language: str, size: tuple[int, int]
) -> None:
    proposal = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_("olga", Role.OPERATOR, language=language, size=size)
    wrong: list[str] = []

    async def look(sign: str) -> None:
        """Look at a page, which is the right one if it has what a selector finds."""
        found = await window.violations()
        if size == PHONE:  # colours do not depend on words
            found += await window.hard_to_read()
        if not await window.page.locator(sign).count():
            found.append("is another page")
        if (wider := await window.overflow()) > 0:
            found.append(f"{wider} px too wide")
        wrong.extend(f"{window.page.url} {sign}: {one}" for one in found)

    await see_a_vote(window, proposal, look)
    await see_a_preview(window, look)
    await see_a_list_of_servers(window, look)
    await see_an_invitation(window, look)
    await see_what_is_not_taken(town, window, proposal, look)

    assert wrong == []


async def see_a_vote(window: Window, proposal: str, look: Look) -> None:
    await window.open(proposal)
    await window.page.locator("#poll input[type=radio]").first.check()
    await send(window, "#poll form")
    await look("form[action$='/ballot#poll']")
    await send(window, "form[action$='/ballot#poll']")
    await look("#poll [role=status]")


async def see_a_preview(window: Window, look: Look) -> None:
    await window.open("/c/quais/propose")
    await window.page.locator("#propose [name=title]").fill("Des bancs à l'ombre")
    await window.page.locator("#propose [name=text]").fill("Partout.\n\n- ici\n- là")
    await send(window, "#propose", "button[value=preview]")
    await look("#preview")


async def see_a_list_of_servers(window: Window, look: Look) -> None:
    await window.open("/admin/blocks")
    await window.page.locator("#target").fill("known.example")
    await send(window, "form[action='/admin/blocks'][method=post]")
    file = {"name": "blocks.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    await window.page.locator("#file").set_input_files(file)  # type: ignore[arg-type]  # a TypedDict that is not exported
    await send(window, "form[action='/admin/blocks/import']")
    await look("#list")
    assert await window.page.locator("main tbody tr").count() == 4
    await send(window, "form[action='/admin/blocks/import/confirm']")
    await look(".notice")
    assert "spam.example" in await window.page.locator("table").inner_text()


async def see_an_invitation(window: Window, look: Look) -> None:
    await window.open("/admin/invitations")
    await window.page.locator("#note").fill("Pour Zoé")
    await send(window, "form[action='/admin/invitations']")
    await look("#link[readonly]")


async def see_what_is_not_taken(town: Town, window: Window, proposal: str, look: Look) -> None:
    """A form that came too often, one that is too old, and one whose session is over."""
    for _ in range(MOST_WRITINGS):
        who = town.site.house.instance.citizen("olga")
        town.site.app[WRITINGS].add(who, town.clock.now().timestamp())
    await write(window, proposal)
    await send(window, ARGUMENT)
    await look("form[action$='/arguments'] input[type=hidden][name=text]")

    await write(window, proposal)
    await window.page.locator("input[name=csrf]").evaluate_all(
        "all => all.forEach(one => { one.value = 'x'; })"
    )
    await send(window, ARGUMENT)
    await look("form[action$='/arguments'] input[type=hidden][name=text]")

    await write(window, proposal)
    await window.page.context.clear_cookies()
    await send(window, ARGUMENT)
    await look("a[href='/sign-in/fediverse'][target]")


async def write(window: Window, proposal: str) -> None:
    await window.open(proposal)
    await window.page.locator(ARGUMENT).evaluate("one => { one.open = true; }")
    await window.page.locator(f"{ARGUMENT} textarea[name=text]").first.fill(
        "Avec soin, et longtemps."
    )
    await window.page.locator(f"{ARGUMENT} input[type=radio]").first.check()
