"""Closed means closed: once a consultation is over, its pages offer nothing any more."""

import pytest

from tests.web.conftest import IMPORT, PROPOSALS
from tests.web.site import Browser, Site, path_of

END = "2026-05-10T00:00:00Z"
POLLED = {**PROPOSALS[0], "poll": {**PROPOSALS[0]["poll"], "closes": END}}
SHORT = {
    **IMPORT,
    "consultations": [{**IMPORT["consultations"][0], "closes": END, "proposals": [POLLED]}],
}


@pytest.fixture
async def proposals(site: Site) -> dict[str, str]:
    """The id of the proposal of a consultation that soon ends."""
    return await site.import_(SHORT)


@pytest.fixture
async def argued(site: Site, proposals: dict[str, str]) -> tuple[Browser, str, str]:
    """A reader of a proposal, its path, and the place of an argument of somebody else."""
    path = path_of(proposals["quais"])
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    await ana.submit(path, f"{path}/arguments", text="De l'air.", stance="for")
    shown = await luis.get(path)
    place = shown.text.partition('name="strong" value="')[2].partition('"')[0]
    await luis.submit(path, f"{path}/weights", strong=place)
    return luis, path, place


async def test_a_consultation_that_is_over_offers_no_vote_no_weights_and_no_later(
    site: Site, argued: tuple[Browser, str, str]
) -> None:
    luis, path, _place = argued
    assert 'href="#poll">Vote</a>' in (await luis.get(path)).text
    site.clock.advance(days=12)
    await site.tick()

    for page in (await luis.get(path), await site.browser().get(path)):
        assert 'href="#poll"' not in page.text
        assert "Result" in page.words
        assert "1 person finds this convincing" in page.words
        assert 'name="strong"' not in page.text
        assert 'name="neither"' not in page.text
        assert "yet" not in page.words.partition("The proposal")[2].partition("This is an")[0]
        assert "no more arguments can be added" in page.words
    listed = await luis.get("/c/quais")
    assert "No more proposals or arguments are taken." in listed.words
    assert "you can:" not in listed.words
    assert "Take part" not in (await site.browser().get("/c/quais")).words


@pytest.mark.rule("3.8")
async def test_a_weight_after_the_end_is_refused_and_one_from_before_can_go(
    site: Site, argued: tuple[Browser, str, str]
) -> None:
    luis, path, place = argued
    site.clock.advance(days=12)

    late = await luis.submit("/c/quais", f"{path}/weights", weak=place)
    assert late.status == 422
    assert "1 person finds this convincing" in (await luis.get(path)).words

    await luis.submit("/c/quais", f"{path}/weights", neither=place)
    assert "finds this convincing" not in (await luis.get(path)).words


async def test_people_who_wrote_are_counted_once_each(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    for text in ("De l'air.", "Du calme."):
        await ana.submit(path, f"{path}/arguments", text=text, stance="for")
    assert "1 participant" in (await site.browser().get("/")).words

    await luis.submit(path, f"{path}/arguments", text="Et les bus ?", stance="against")
    site.forget()

    home = (await site.browser().get("/")).words
    assert "3 arguments 2 participants" in home
