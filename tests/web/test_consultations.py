"""Consultations: their page, their phases, their feed."""

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.web.conftest import IMPORT, SPAN
from tests.web.site import Site, path_of

ATOM = "{http://www.w3.org/2005/Atom}"


def phased(kind: str) -> dict[str, Any]:
    """Return an import file whose consultation is in one phase in May 2026."""
    phases = [
        {"kind": "information", "opens": SPAN["opens"], "closes": "2026-04-01T00:00:00Z"},
        {"kind": kind, "opens": "2026-04-01T00:00:00Z", "closes": "2026-06-01T00:00:00Z"},
    ]
    consultation = {**IMPORT["consultations"][0], "phases": phases}
    return {**IMPORT, "consultations": [consultation]}


@pytest.mark.parametrize(
    ("kind", "possible"),
    [
        ("information", set()),
        ("proposals", {"proposals", "arguments"}),
        ("discussion", {"arguments"}),
        ("voting", {"arguments"}),
    ],
)
async def test_a_phase_says_what_is_possible_and_only_that_has_a_form(
    site: Site, kind: str, possible: set[str]
) -> None:
    made = await site.import_(phased(kind))
    ana = await site.signed_in("ana")

    page = await ana.get("/c/quais")
    proposal = await ana.get(made["sans"])

    proposals, arguments = "proposals" in possible, "arguments" in possible
    assert (">Make a proposal</a>" in page.text) is proposals
    assert ('href="/c/quais/propose"' in page.text) is proposals
    assert ("Give your arguments" in page.words) is arguments
    assert (f'action="{path_of(made["sans"])}/arguments#answer"' in proposal.text) is arguments


async def test_a_form_of_a_phase_that_has_passed_is_refused(site: Site) -> None:
    await site.import_(phased("discussion"))
    ana = await site.signed_in("ana", language="es")

    page = await ana.submit("/c/quais", "/c/quais/proposals", title="Tarde", text="Mis palabras")

    assert page.status == 422
    assert "La consulta no lo permite en este momento." in page.words
    assert "Mis palabras" in page.text


async def test_dates_are_written_in_the_reader_s_language(
    site: Site, proposals: dict[str, str]
) -> None:
    assert (
        "du 1er janvier 2026 au 1er janvier 2027"
        in (await site.browser(language="fr").get("/c/quais")).words
    )
    assert (
        "del 1 de enero de 2026 al 1 de enero de 2027"
        in (await site.browser(language="es").get("/c/quais")).words
    )
    page = (await site.browser(language="fr").get(proposals["quais"])).words
    assert "1er juillet 2026 à" in page
    assert "(UTC" in page


async def test_many_proposals_are_read_page_by_page(site: Site) -> None:
    proposals = [{"ref": f"p{n}", "title": f"Titre {n}", "text": "…"} for n in range(1, 61)]
    consultation = {**IMPORT["consultations"][0], "proposals": proposals}
    await site.import_({**IMPORT, "consultations": [consultation]})
    browser = site.browser()

    first, last = await browser.get("/c/quais"), await browser.get("/c/quais?page=3")

    assert "60 proposals" in first.words
    assert "Titre 25" in first.words
    assert "Titre 26 " not in first.words
    assert 'href="?page=2"' in first.text
    assert "Titre 60" in last.words
    assert "Page 3 of 3" in last.words
    assert "Titre" not in (await browser.get("/c/quais?page=4")).words
    for nonsense in ("x", "0", "-1", "9" * 5000):
        assert "Titre 25" in (await browser.get(f"/c/quais?page={nonsense}")).words


async def test_the_feed_holds_what_was_proposed(site: Site, proposals: dict[str, str]) -> None:
    answer = await site.browser().get("/c/quais/feed.atom")

    feed = ElementTree.fromstring(answer.text)  # noqa: S314 - our own document
    entries = feed.findall(f"{ATOM}entry")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert feed.findtext(f"{ATOM}title") == "Fermer les quais aux voitures ?"
    assert {entry.findtext(f"{ATOM}id") for entry in entries} == set(proposals.values())
    contents = [entry.findtext(f"{ATOM}content") or "" for entry in entries]
    assert any("<strong>jours</strong>" in content for content in contents)
    for name in ("id", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None
    for entry in entries:
        assert entry.findtext(f"{ATOM}updated")


async def test_an_organiser_s_page_lists_its_consultations(
    site: Site, proposals: dict[str, str]
) -> None:
    page = await site.browser().get("/o/mairie")

    assert "Ville de Sauveterre" in page.words
    assert "6 proposals" in page.words
    assert proposals


async def test_a_citizen_s_page_tells_nothing_of_votes(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    await ana.submit(path, f"{path}/ballot", option="Abstention")
    await ana.submit(path, f"{path}/arguments", text="De l'air", stance="for")

    page = await site.browser().get("/u/ana")

    assert "1 argument" in page.words
    assert "Abstention" not in page.words
    assert "noindex" in page.text
