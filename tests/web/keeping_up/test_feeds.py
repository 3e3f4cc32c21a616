"""Feeds: what they hold, and that a reader who has one is not sent it again."""

from html import unescape
from xml.etree.ElementTree import Element, fromstring

import aiohttp
import pytest
from sqlalchemy import insert, update

from dosfed.deliberation.debate.tables import ArgumentPosts
from dosfed.deliberation.proposals.tables import ProposalVersions
from tests.conftest import START
from tests.web.site import Answer, Browser, Site, path_of

ATOM = "{http://www.w3.org/2005/Atom}"


def read(answer: Answer) -> tuple[Element, list[Element]]:
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = fromstring(answer.text)  # noqa: S314 - our own document
    return feed, feed.findall(f"{ATOM}entry")


def titles(entries: list[Element]) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in entries]


async def argue(browser: Browser, proposal: str, text: str, stance: str) -> None:
    path = path_of(proposal)
    await browser.submit(path, f"{path}/arguments", text=text, stance=stance)


@pytest.mark.usefixtures("proposals")
async def test_the_instance_has_a_feed_of_everything(site: Site) -> None:
    feed, entries = read(await site.browser().get("/feed.atom"))

    assert len(entries) == 7
    assert "Consultation: Fermer les quais aux voitures ?" in titles(entries)
    assert feed.findtext(f"{ATOM}id") == f"{site.base_url}/feed.atom"
    for element in (feed, *entries):
        assert (element.findtext(f"{ATOM}updated") or "").endswith("Z")


async def test_an_instance_without_anything_has_a_feed(site: Site) -> None:
    feed, entries = read(await site.browser().get("/feed.atom"))

    assert entries == []
    assert feed.findtext(f"{ATOM}updated")


async def test_a_proposal_s_feed_holds_arguments_versions_and_the_result(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, proposal = await site.signed_in("ana"), proposals["quais"]
    path = path_of(proposal)
    await argue(ana, proposal, "De l'air <b>pur</b> & plus.", "for")
    await argue(ana, proposal, "À cacher.", "against")
    await ana.submit(path, f"{path}/ballot", option="D'accord")
    async with site.database.write() as connection:
        await connection.execute(
            update(ArgumentPosts)
            .where(ArgumentPosts.html.contains("cacher"))
            .values(state="hidden", hidden_at=START, hidden_reason="!")
        )
        await connection.execute(
            insert(ProposalVersions).values(
                proposal=proposal,
                number=1,
                title="",
                text="",
                html="",
                note="Après l'atelier.",
                replaced_by="",
                replaced_at=START,
            )
        )
    site.clock.advance(days=70)
    await site.tick()

    answer = await site.browser().get(f"{path}/feed.atom")
    _, entries = read(answer)

    assert len(entries) == 3
    assert all(title.endswith("Fermer les quais") for title in titles(entries))
    result, *others = [unescape(entry.findtext(f"{ATOM}content") or "") for entry in entries]
    assert "D'accord: 1" in result
    assert any("Après l'atelier" in content for content in others)
    assert any("De l'air <b>pur</b> & plus" in content for content in others)
    assert "cacher" not in answer.text


async def test_a_reader_who_has_a_feed_is_not_sent_it_again(
    site: Site, proposals: dict[str, str]
) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{site.base_url.rpartition(':')[2]}/c/quais/feed.atom"
        first = await http.get(url)
        etag, changed = first.headers["ETag"], first.headers["Last-Modified"]
        assert first.headers["Cache-Control"].startswith("public")
        assert "Set-Cookie" not in first.headers
        for known in ({"If-None-Match": etag}, {"If-Modified-Since": changed}):
            again = await http.get(url, headers=known)
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["ETag"] == etag
        stale = {"If-None-Match": '"other"', "If-Modified-Since": changed}
        assert (await http.get(url, headers=stale)).status == 200

        site.clock.advance(days=1)
        await argue(await site.signed_in("ana"), proposals["quais"], "Oui.", "for")
        site.forget()
        assert (await http.get(url, headers={"If-None-Match": etag})).status == 304
        url = url.replace("/c/quais", path_of(proposals["quais"]))
        assert (await http.get(url, headers={"If-None-Match": etag})).status == 200


async def test_what_is_not_there_has_no_feed(site: Site, proposals: dict[str, str]) -> None:
    assert proposals
    for path in ("/c/none/feed.atom", "/p/none/feed.atom", "/c/a@b.example/p/x/feed.atom"):
        assert (await site.browser().get(path)).status == 404


@pytest.mark.usefixtures("proposals")
async def test_a_feed_speaks_the_language_of_what_it_is_about(site: Site) -> None:
    french = await site.browser(language="es").get("/c/quais/feed.atom")
    asked = await site.browser(language="es").get("/c/quais/feed.atom?lang=es")

    assert 'xml:lang="fr"' in french.text
    assert french.headers.get("vary") is None
    assert asked.status == 200
