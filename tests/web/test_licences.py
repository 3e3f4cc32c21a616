"""Under which licence people write is said before they do, and in everything that is published."""

from typing import Any
from xml.etree import ElementTree

import icalendar
import orjson
import pytest

from dosfed.deliberation.consultations.licences import LICENCES
from tests.web.conftest import IMPORT
from tests.web.site import JSON, Site, path_of

BY_SA = LICENCES["cc-by-sa-4.0"]
ATOM = "{http://www.w3.org/2005/Atom}"
WAYS = {
    "licence-ouverte-2.0": "citer la source.",
    "odbl-1.0": "citer la source et de partager aux mêmes conditions",
    "cc-by-4.0": "citer la source.",
    "cc-by-sa-4.0": "citer la source et de partager aux mêmes conditions",
    "cc0-1.0": "sans demander ni citer la source.",
}


def licensed(word: str = BY_SA.word) -> dict[str, Any]:
    """Return the import file with a licence."""
    return {**IMPORT, "consultations": [{**IMPORT["consultations"][0], "licence": word}]}


@pytest.mark.rule("3.33")
@pytest.mark.parametrize("word", LICENCES)
async def test_a_licence_is_said_in_plain_words_beside_every_form(site: Site, word: str) -> None:
    made = await site.import_(licensed(word))
    ana = await site.signed_in("ana", language="fr")
    await ana.submit(made["sans"], f"{path_of(made['sans'])}/arguments", stance="for", text="Oui")

    written = (await ana.get("/account/writings")).text
    argument = next(part for part in written.split('"') if part.startswith("/a/"))
    pages = ["/c/quais/propose", path_of(made["sans"]), f"{argument}/edit"]
    for page in pages:
        shown = await ana.get(page)
        assert f"publié sous la licence {LICENCES[word].name}" in shown.words, page
        assert WAYS[word] in shown.words, page
        assert f'<a rel="license" href="{LICENCES[word].uri}">' in shown.text, page


@pytest.mark.rule("3.33")
async def test_whoever_is_not_signed_in_yet_reads_it_where_the_ways_in_are(site: Site) -> None:
    made = await site.import_(licensed())
    browser = site.browser(language="es")

    for page in ("/c/quais/propose", path_of(made["sans"])):
        assert (
            f"Lo que escriba se publica bajo la licencia {BY_SA.name}"
            in (await browser.get(page)).words
        ), page
    assert f"se publica bajo la licencia {BY_SA.name}" in (await browser.get("/c/quais")).words


@pytest.mark.rule("3.33")
async def test_every_object_feed_and_calendar_says_the_licence(site: Site) -> None:
    made = await site.import_(licensed())
    ana = await site.signed_in("ana")
    await ana.submit(made["sans"], f"{path_of(made['sans'])}/arguments", stance="for", text="Yes")
    written = (await ana.get("/account/writings")).text
    argument = next(part for part in written.split('"') if part.startswith("/a/"))
    browser = site.browser()

    for place in ("/c/quais", path_of(made["quais"]), path_of(made["sans"]), argument):
        document = orjson.loads((await browser.get(place, accept=JSON)).text)
        assert document["dosfed:licence"] == BY_SA.uri, place
    group = orjson.loads((await browser.get("/c/quais", accept=JSON)).text)
    (row,) = [one for one in group["attachment"] if one["name"] == "Licence"]
    assert BY_SA.uri in row["value"]
    for feed in ("/c/quais/feed.atom", f"{path_of(made['sans'])}/feed.atom", "/feed.atom"):
        read = ElementTree.fromstring((await browser.get(feed)).text)  # noqa: S314 - our own
        entries = read.findall(f"{ATOM}entry")
        assert entries, feed
        for entry in entries:
            (link,) = entry.findall(f"{ATOM}link[@rel='license']")
            assert link.get("href") == BY_SA.uri, feed
    calendar = icalendar.Calendar.from_ical((await browser.get("/c/quais/calendar.ics")).text)
    events = calendar.walk("VEVENT")
    assert events
    assert {str(event["link"]) for event in events} == {BY_SA.uri}
    assert {event["link"].params["LINKREL"] for event in events} == {"license"}
    tallies = orjson.loads((await browser.get("/c/quais/tallies.json")).text)
    assert tallies["licence"] == BY_SA.uri


@pytest.mark.rule("3.33")
async def test_without_a_licence_nothing_is_said_of_one(site: Site) -> None:
    made = await site.import_(IMPORT)
    ana = await site.signed_in("ana")

    for page in ("/c/quais/propose", path_of(made["sans"]), "/c/quais"):
        assert 'rel="license"' not in (await ana.get(page)).text, page
    document = (await site.browser().get("/c/quais", accept=JSON)).text
    assert "dosfed:licence" not in orjson.loads(document)
