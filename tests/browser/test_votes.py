"""Voting, and changing a ballot, by keyboard alone."""

import pytest

from tests.browser.chromium import DESKTOP, PHONE
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


@pytest.mark.parametrize(("size", "across"), [(DESKTOP, True), (PHONE, False)])
async def test_what_one_should_know_ballot_and_tally_stand_side_by_side_where_there_is_room(
    town: Town, open_: Open, size: tuple[int, int], *, across: bool
) -> None:
    proposals = await town.site.import_(IMPORT)
    window = await open_("ana", size=size)
    await window.open(path_of(proposals["quais"]))

    boxes = [await part.bounding_box() for part in await window.page.locator("#poll > div").all()]

    places = [(box["x"], box["y"]) for box in boxes if box]
    assert len(places) == 3
    assert len({x for x, _ in places}) == (3 if across else 1)
    assert len({y for _, y in places}) == (1 if across else 3)
    assert await window.page.locator("aside.beside").is_visible() is across
