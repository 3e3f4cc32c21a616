"""People find again what they wrote themselves, and nobody else's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from dosfed.deliberation.debate.tables import ArgumentPosts
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.shown.writings import PAGE_LENGTH
from tests.conftest import START
from tests.simulated.servers import SimulatedServer
from tests.web.conftest import IMPORT
from tests.web.hidden.conftest import WORD, Case, case
from tests.web.site import Browser, Site, path_of
from tests.web.test_statements import counted
from tests.web.visitors import visitor

__all__ = ["case"]
PAGE = "/account/writings"


async def propose(browser: Browser, title: str, **fields: Any) -> None:
    written = {"title": title, "text": f"{title} : voici pourquoi.", **fields}
    await browser.submit("/c/quais", "/c/quais/proposals", **written)


async def argue(browser: Browser, page: str, text: str, stance: str = "for") -> None:
    await browser.submit(page, f"{page}/arguments", text=text, stance=stance)


async def titles(browser: Browser, path: str = PAGE) -> list[str]:
    """Return the first words of each thing that is listed."""
    cards = (await browser.get(path)).text.split("<article")[1:]
    return [card.partition("<h2")[2].partition("</a>")[0].rpartition(">")[2] for card in cards]


async def test_who_is_not_signed_in_is_asked_to_sign_in(site: Site) -> None:
    answer = await site.browser().get(PAGE, follow=False)
    assert answer.status == 303
    assert answer.headers["location"] == f"/sign-in?return_to={PAGE}"


async def test_somebody_who_wrote_nothing_is_told_what_will_be_here(site: Site) -> None:
    ana = await site.signed_in("ana")
    assert "Nothing yet" in (await ana.get(PAGE)).words


async def test_proposals_and_arguments_are_listed_the_newest_first(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, luc = await site.signed_in("ana"), await site.signed_in("luc")
    await propose(ana, "Une passerelle")
    site.clock.advance(days=1)
    page = path_of(proposals["quais"])
    await argue(ana, page, "Du *calme*, enfin.", "against")
    site.clock.advance(days=1)
    await argue(luc, page, "Et les livraisons ?")
    site.clock.advance(seconds=1)
    await propose(luc, "Un ponton")
    await argue(ana, path_of(proposals["navette"]), "Le samedi aussi.")

    found = await ana.get(PAGE)

    assert await titles(ana) == ["Une navette", "Fermer les quais", "Une passerelle"]
    assert "Argument against" in found.words
    assert "Du calme, enfin." in found.words
    assert 'href="/a/' in found.text
    assert "Waiting" in found.words
    assert 'href="/c/quais#waiting"' in found.text
    assert "livraisons" not in found.words
    assert await titles(luc) == ["Un ponton", "Fermer les quais"]


async def test_each_link_leads_to_what_was_written(site: Site, proposals: dict[str, str]) -> None:
    ana, page = await site.signed_in("ana"), path_of(proposals["quais"])
    await argue(ana, page, "Du calme.")
    site.clock.advance(seconds=1)
    await propose(ana, "Une passerelle")
    links = [
        card.partition('href="')[2].partition('"')[0]
        for card in (await ana.get(PAGE)).text.split("<article")[1:]
    ]

    waiting, argument = [await ana.get(link) for link in links]

    assert 'id="waiting"' in waiting.text
    assert "Une passerelle" in waiting.words
    assert argument.status == 200
    assert "Du calme." in argument.words


async def test_their_author_reads_why_something_was_turned_down_or_hidden(case: Case) -> None:
    await propose(case.ana, "Une passerelle")
    waiting = (await case.moderator.get("/c/quais")).text
    place = waiting.partition("/refuse")[0].rpartition('"')[2]
    await case.moderator.submit("/c/quais", f"{place}/refuse", reason="Un doublon.", version="1")
    await case.hide(case.written)

    found = await case.ana.get(PAGE)

    assert "Refused" in found.words
    assert "Un doublon." in found.words
    assert "Hidden" in found.words
    assert "Une adresse <privée>." in found.words
    assert f'href="{path_of(case.written)}"' in found.text


async def test_the_title_of_a_hidden_proposal_is_none_of_what_others_wrote_about_it(
    case: Case,
) -> None:
    assert WORD in (await case.zoe.get(PAGE)).words
    await case.hide(case.written)
    await case.hide(case.voted)

    found = await case.zoe.get(PAGE)

    assert WORD not in found.words
    assert await titles(case.zoe) == ["a proposal that is not shown"] * 2


async def test_what_was_deleted_is_gone(site: Site, proposals: dict[str, str]) -> None:
    ana, page = await site.signed_in("ana"), path_of(proposals["quais"])
    await argue(ana, page, "Du calme.")
    await propose(ana, "Une passerelle")
    async with site.database.write() as connection:
        for posts in (ArgumentPosts, ProposalPosts):
            mine = update(posts).where(posts.author == site.house.instance.citizen("ana"))
            await connection.execute(mine.values(state="deleted"))

    assert await titles(ana) == []


async def test_drafts_are_on_the_first_page(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    assert proposals
    page = await ana.get("/c/quais/propose")
    draft = page.text.partition('name="draft" value="')[2][:16]
    fields: dict[str, Any] = {"step": "draft", "draft": draft, "title": "Un banc", "text": "Là."}
    await ana.submit("/c/quais/propose", "/c/quais/propose", **fields)

    found = await ana.get(PAGE)

    assert "Un banc" in found.words
    assert "/c/quais/propose?draft=" in found.text
    assert "Un banc" not in (await (await site.signed_in("luc")).get(PAGE)).words


def posts(site: Site, proposals: dict[str, str], number: int) -> Sequence[dict[str, Any]]:
    """Return rows of arguments by Ana, one a second."""
    return [
        {
            "id": f"{site.base_url}/a/{index:016}",
            "kind": "argument",
            "consultation": f"{site.base_url}/c/quais",
            "author": site.house.instance.citizen("ana"),
            "author_name": "@ana",
            "html": f"<p>N° {index}</p>",
            "state": "published",
            "about": proposals["quais"],
            "in_reply_to": proposals["quais"],
            "stance": "for",
            "received_at": START + timedelta(seconds=index + 1),
            "published_at": START,
        }
        for index in range(number)
    ]


async def test_a_long_list_has_pages_and_takes_no_more_statements_than_a_short_one(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    await propose(ana, "Une passerelle")
    with counted(site.database) as few:
        await ana.get(PAGE)
    async with site.database.write() as connection:
        rows = posts(site, proposals, 2 * PAGE_LENGTH)
        await connection.execute(insert(ArgumentPosts), rows)

    with counted(site.database) as many:
        first = await ana.get(PAGE)

    assert len(many) <= len(few) + 1 <= 7
    assert "N° 39" in first.words
    assert "Page 1 of 3" in first.words
    assert len(await titles(ana, f"{PAGE}?page=2")) == PAGE_LENGTH
    assert await titles(ana, f"{PAGE}?page=3") == ["Une passerelle"]
    assert await titles(ana, f"{PAGE}?page=9") == []


@pytest.mark.usefixtures("proposals")
async def test_the_menu_and_the_own_page_lead_there(site: Site) -> None:
    ana, luc = await site.signed_in("ana"), await site.signed_in("luc")
    link = f'href="{PAGE}"'
    assert link in (await ana.get("/")).text
    assert (await ana.get("/u/ana")).text.count(link) == 2
    assert (await luc.get("/u/ana")).text.count(link) == 1
    assert link not in (await site.browser().get("/u/ana")).text


async def test_somebody_of_another_server_finds_theirs(site: Site, masto: SimulatedServer) -> None:
    made = await site.import_(IMPORT)
    browser = await visitor(site, masto)
    async with site.database.write() as connection:
        (row,) = posts(site, made, 1)
        theirs = masto.actors["ana"].id
        there = {"id": f"{theirs}/statuses/1", "author": theirs}
        await connection.execute(insert(ArgumentPosts), [{**row, **there}])

    found = await browser.get(PAGE)

    assert "N° 0" in found.words
    assert "N° 0" not in (await (await site.signed_in("eva", Role.OPERATOR)).get(PAGE)).words
