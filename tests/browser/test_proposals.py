"""Proposing, with a draft and what is similar, by keyboard alone."""

from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.keyboard import Keyboard
from tests.browser.town import Town
from tests.web.conftest import SPAN

pytestmark = pytest.mark.asyncio(loop_scope="session")

BENCHES = {"ref": "bancs", "title": "Benches in the shade", "text": "Under the lime trees."}
CONSULTATION: dict[str, Any] = {
    "dosfed": 1,
    "organiser": {"name": "council", "title": "Town council"},
    "consultations": [
        {
            "name": "quays",
            "title": "What to do with our quays?",
            "language": "en",
            "summary": "",
            **SPAN,
            "needs_facilitator": False,
            "proposals": [BENCHES],
        }
    ],
}


async def test_a_draft_becomes_a_proposal_after_similar_ones_were_shown(
    town: Town, open_: Open
) -> None:
    await town.site.import_(CONSULTATION)
    await town.work()
    window = await open_("ana")
    keys = Keyboard(page=window.page)
    await window.open("/c/quays")

    await keys.follow("Make a proposal")
    await keys.write("Title", "More benches in the shade")
    # A script looks while one writes.
    await window.page.get_by_role("link", name="Benches in the shade").wait_for()
    await keys.write("Text", "For those who cannot stand in the sun.\n\nOne every fifty metres.")
    await keys.push("Save draft")
    await window.open("/account/drafts")
    await keys.follow("More benches in the shade")
    await keys.push("Preview")
    words = await window.words()
    assert "Similar proposals" in words
    assert "Preview" in words
    await keys.push("Propose", within="form.write")

    assert "The proposal has been published." in await window.words()
    assert await window.page.get_by_role("heading", level=1).inner_text() == (
        "More benches in the shade"
    )


async def test_what_is_refused_keeps_what_was_typed_and_says_why(town: Town, open_: Open) -> None:
    await town.site.import_(CONSULTATION)
    window = await open_("ana")
    keys = Keyboard(page=window.page)
    await window.open("/c/quays/propose")
    # Somebody whose browser does not check fields.
    await window.page.evaluate("document.querySelector('form.write').noValidate = true")

    await keys.write("Text", "A text without a title")
    await keys.push("Propose", within="form.write")

    title = window.page.get_by_role("textbox", name="Title")
    described = await title.get_attribute("aria-describedby") or ""
    assert await title.get_attribute("aria-invalid") == "true"
    assert await window.page.locator(f"#{described.split()[0]}").inner_text() != ""
    assert await window.page.get_by_role("textbox", name="Text").input_value() == (
        "A text without a title"
    )
    assert await window.violations() == []
