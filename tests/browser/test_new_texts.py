"""A new text of a published proposal, and a report without an account, by keyboard alone."""

import pytest

from dosfed.deliberation.model import Role
from tests.browser.chromium import PHONE
from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.test_proposals import CONSULTATION
from tests.browser.town import Town
from tests.web.site import path_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

READ_FIRST = {
    **CONSULTATION,
    "consultations": [{**CONSULTATION["consultations"][0], "needs_facilitator": True}],
}


async def test_a_new_text_waits_until_a_facilitator_has_read_it(town: Town, open_: Open) -> None:
    await town.site.import_(READ_FIRST)
    fay = await open_("fay", Role.FACILITATOR)
    fays = Keyboard(page=fay.page)
    ana = await open_("ana")
    anas = Keyboard(page=ana.page)
    await ana.open("/c/quays/propose")
    await anas.write("Title", "Plant forty trees")
    await anas.write("Text", "Along the quays.")
    await anas.push("Propose", within="form.write")

    # The team is told by a number, and finds its way from there.
    await fay.open("/about")
    await fays.reach_summary("@fay")
    await fays.press("Enter")
    assert "Administration 1" in await fay.words()
    await fays.follow("Administration")
    await fays.follow("What to do with our quays?")
    await fays.push("Publish")
    await fay.open("/c/quays")
    await fays.follow("Plant forty trees")
    place = fay.page.url.partition("?")[0]

    await ana.page.goto(place)
    await anas.follow("Edit this proposal")
    await anas.write("Title", "Cut all trees")
    await anas.write("What changes and why", "Leaves are a nuisance")
    await anas.push("Save the new text")
    assert "A facilitator will read your new text." in await ana.words()
    assert await ana.page.get_by_role("heading", level=1).inner_text() == "Plant forty trees"
    assert await ana.violations() == []

    await fay.page.goto(place)
    await fays.follow("Read what would change")
    assert "Cut all" in await fay.page.locator("ins").first.inner_text()
    assert await fay.violations() == []
    await fays.write("Reason for refusal (sent to the author)", "People co-signed the opposite.")
    await fays.push("Refuse")
    assert "its author can read why" in await fay.words()

    await ana.page.goto(place)
    await anas.follow("See why")
    assert "People co-signed the opposite." in await ana.words()


async def test_whoever_co_signed_is_asked_again_where_nobody_reads_first(
    town: Town, open_: Open
) -> None:
    await town.site.import_(CONSULTATION)
    ana, bea = await open_("ana"), await open_("bea", size=PHONE)
    anas, beas = Keyboard(page=ana.page), Keyboard(page=bea.page)
    await ana.open("/c/quays/propose")
    await anas.write("Title", "Plant forty trees")
    await anas.write("Text", "Along the quays.")
    await anas.push("Propose", within="form.write")
    place = ana.page.url.partition("?")[0]
    await bea.page.goto(place)
    await beas.push("Co-sign")

    await ana.page.goto(place)
    await anas.follow("Edit this proposal")
    assert "1 person has co-signed the current text." in await ana.words()
    await anas.write("Title", "Cut all trees")
    await anas.write("What changes and why", "Leaves are a nuisance")
    await anas.push("Save the new text")

    await bea.open("/notices")
    assert await bea.violations() == []
    await beas.follow("Plant forty trees")
    assert await bea.page.get_by_role("heading", level=1).inner_text() == "Cut all trees"
    await beas.push("Co-sign")
    assert "1 co-signer" in await bea.words()


async def test_a_stranger_reports_a_proposal(town: Town, open_: Open) -> None:
    path = path_of((await town.site.import_(CONSULTATION))["bancs"])
    window = await open_()
    keys = Keyboard(page=window.page)
    await window.open(path)

    await keys.follow("Report this proposal")
    await keys.write("What is the problem?", "My address is in it.")
    await keys.push("Send the report")

    assert "Thank you. The moderators will review it." in await window.words()
    assert await window.violations() == []
