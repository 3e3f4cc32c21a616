"""Voting, and changing a ballot, by keyboard alone."""

import pytest

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
    await keys.push("Cast this ballot")
    assert "Your ballot is cast" in await window.words()
    await keys.choose("Abstention")
    await keys.push("Change my vote", within="#poll")
    await keys.push("Cast this ballot")

    assert "Your ballot: Abstention" in await window.words()
