"""Joining, hearing what is new, and leaving, by keyboard alone."""

import pytest

from tests.browser.chromium import PHONE, Window
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.web.conftest import IMPORT
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADDRESS = "ana@mail.example"
NAME = "Émilie Dupré"
LONG = "Đặng-Thị-Ngọc-Ánh-Wolfeschlegelsteinhausenbergerdo"  # with no place to be broken
PASSWORD = "four words of mine"


async def test_somebody_signs_up_confirms_and_votes(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_(size=PHONE)
    keys = Keyboard(page=window.page)
    await window.open(path)

    await keys.follow("Sign up", within="header")
    await keys.write("Your email address", "ana@mail.exmple")
    await keys.push("Continue")
    assert "An email is on its way to ana@mail.exmple" in await window.words()
    assert await window.overflow() <= 0
    assert await window.violations() == []
    assert await window.hard_to_read() == []
    await keys.write("Your email address", ADDRESS, within="main")
    await keys.push("Send it again")
    assert f"Another email is on its way to {ADDRESS}" in await window.words()
    await window.open(await town.link_in_mail(ADDRESS, "/sign-up/"))
    await keys.write("Your name", NAME)
    await keys.push("Continue")
    assert await window.page.get_by_label("User name").input_value() == "emilie_dupre"
    await keys.write_secret("Password", PASSWORD)
    await keys.push("Create my account")
    assert "Welcome!" in await window.words()
    await window.open(path)
    await keys.choose("D'accord")
    await keys.push("Vote", within="#poll")
    await keys.push("Cast this vote")

    assert "Your vote: D'accord" in await window.words()


async def test_somebody_signs_in_by_password_and_out_again(town: Town, open_: Open) -> None:
    window = await open_("ana")
    await _choose_password(window)
    keys = Keyboard(page=window.page)
    await keys.reach_summary("@ana")
    await keys.press("Enter")
    await keys.push("Sign out")
    await window.open("/account")

    await keys.write("Email address or user name", "ana")
    await keys.write_secret("Password", PASSWORD)
    await keys.push("Sign in", within="main")

    assert window.page.url.startswith(f"{town.base_url}/account")
    assert f"@ana@{town.tools.house.instance.host}" in await window.words()


async def test_news_come_by_mail_until_they_are_unwanted(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_("ana")
    keys = Keyboard(page=window.page)
    await _give_address(town, window)
    await keys.choose("Every day")
    await keys.push("Save", within="form[action='/account/preferences']")
    await window.open("/c/quais")
    await keys.push("Follow", within="form.follow")

    await _argue_and_let_a_day_pass(town, path, "luis")
    news = (await town.mails(ADDRESS))[-1]
    assert "1 new argument" in news.get_content()
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = await town.link_in_mail(ADDRESS, "/unsubscribe/")
    assert str(news["List-Unsubscribe"]) == f"<{link}>"
    await window.open(link)
    await keys.push("Unsubscribe")
    assert "You are unsubscribed" in await window.words()
    assert await window.violations() == []

    before = len(await town.mails(ADDRESS))
    await _argue_and_let_a_day_pass(town, path, "emma")
    assert len(await town.mails(ADDRESS)) == before


async def test_somebody_is_called_by_a_name_of_their_own_on_a_phone(
    town: Town, open_: Open
) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_("ana", size=PHONE)
    keys = Keyboard(page=window.page)
    await window.open("/account")
    await keys.write("Your name", "Ana ✓")
    await keys.push("Save this name")
    assert "emoji or other signs" in await window.words()
    await keys.write("Your name", LONG)
    await keys.push("Save this name")
    assert "Name changed." in await window.words()
    await window.open(path)
    await keys.choose("For", within="#answer")
    await keys.write("Your argument", "A walk along the river.")
    await keys.push("Publish", within="#answer")

    assert f"{LONG} @ana" in " ".join((await window.words()).split())
    for page in (path, "/u/ana", "/account"):
        await window.open(page)
        assert await window.overflow() <= 0, page
        assert await window.violations() == [], page


async def test_somebody_deletes_their_account(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(IMPORT))["quais"])
    window = await open_("ana")
    await _choose_password(window)
    keys = Keyboard(page=window.page)
    await window.open(path)
    await keys.choose("For", within="#answer")
    await keys.write("Your argument", "A walk along the river.")
    await keys.push("Publish", within="#answer")

    await window.open("/account")
    await keys.follow("Delete your account")
    await keys.write("Type your user name to confirm", "ana")
    await keys.write_secret("Your password", PASSWORD)
    await keys.push("Delete my account permanently")
    assert "Your account has been deleted" in await window.words()
    assert await window.violations() == []

    await town.work()
    assert "A walk along the river." not in (await town.site.browser().get(path)).words
    assert (await town.site.browser().get("/u/ana")).status == 410


async def _choose_password(window: Window) -> None:
    keys = Keyboard(page=window.page)
    await window.open("/account")
    await keys.write_secret("New password", PASSWORD)
    await keys.push("Save this password")


async def _give_address(town: Town, window: Window) -> None:
    keys = Keyboard(page=window.page)
    await window.open("/account")
    await keys.write("New address", ADDRESS)
    await keys.push("Add this address")
    await window.open(await town.link_in_mail(ADDRESS, "/account/address/"))
    await keys.push("Use this address")
    await window.open("/account")


async def _argue_and_let_a_day_pass(town: Town, path: str, name: str) -> None:
    town.clock.advance(hours=1)
    somebody = await town.site.signed_in(name)
    await somebody.submit(path, f"{path}/arguments", text=f"{name} argues.", stance="for")
    town.clock.advance(days=1)
    await town.worker.write_digests()
