"""A second factor that a role needs: set up, asked for and given, by keyboard on a small phone."""

import pytest

from dosfed.accounts.codes import code_at
from dosfed.deliberation.model import Role
from tests.browser.chromium import PHONE, Window
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "four words of mine"
DIGITS = "The six digits your app is showing"


async def test_an_operator_asks_it_of_operators_sets_it_up_and_signs_in(
    town: Town, open_: Open
) -> None:
    window = await open_("olga", Role.OPERATOR, language="en", size=PHONE)
    keys = Keyboard(page=window.page)
    await window.open("/account")
    await keys.write_secret("New password", PASSWORD)
    await keys.push("Save this password")
    await window.open("/admin/site")
    await keys.choose("Operators")
    await keys.push("Save")
    assert "Your role requires two-step sign-in" in await window.words()
    await _is_well(window)

    key = await window.page.locator(".key code").inner_text()
    secret = key.replace(" ", "")
    await keys.write(DIGITS, code_at(secret, town.clock.now()))
    await keys.push("Turn on two-step sign-in")
    assert await window.page.locator(".keys code").count() == 10
    await _is_well(window)
    await keys.follow("I have saved them")
    assert window.page.url.startswith(f"{town.base_url}/admin")
    assert "Your role requires" not in await window.words()

    await keys.reach_summary("@olga")
    await keys.press("Enter")
    await keys.push("Sign out")
    await window.open("/admin")
    await keys.write("Email address or user name", "olga")
    await keys.write_secret("Password", PASSWORD)
    await keys.push("Sign in", within="main")
    field = await keys.reach("textbox", DIGITS)
    assert await field.get_attribute("autocomplete") == "one-time-code"
    assert await field.get_attribute("inputmode") == "numeric"
    await _is_well(window)
    await keys.write(DIGITS, "000000")
    await keys.push("Sign in", within="main")
    assert "Wrong code" in await window.words()
    await _is_well(window)
    town.clock.advance(seconds=30)
    await keys.write(DIGITS, code_at(secret, town.clock.now()))
    await keys.push("Sign in", within="main")

    assert window.page.url.startswith(f"{town.base_url}/admin")
    await window.open("/account/second-factor?new=1")
    await _is_well(window)


async def _is_well(window: Window) -> None:
    """Fail where a page is too wide for a small phone, or hard to use."""
    assert await window.overflow() == 0
    assert await window.violations() == []
    assert await window.hard_to_read() == []
