"""Lists of consultations and proposals: which are shown, in which order."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from dosfed.deliberation.proposals.tables import ProposalTags
from tests.conftest import START
from tests.web.conftest import IMPORT, POLL, SPAN
from tests.web.site import Answer, Site, path_of

TITLES = [proposal["title"] for proposal in IMPORT["consultations"][0]["proposals"]]
WITH_POLL = TITLES[:5]


def shown(page: Answer, titles: list[str] | None = None) -> list[str]:
    """The titles on a page, in the order in which they stand there."""
    wanted = titles or TITLES
    places = {title: page.text.find(f">{title}</a>") for title in wanted}
    return sorted((title for title in wanted if places[title] >= 0), key=places.__getitem__)


async def test_proposals_are_numbered_only_in_their_order(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    whole = await site.browser().get("/c/quais")
    newest = await site.browser().get("/c/quais?sort=newest")

    assert shown(whole) == TITLES
    assert '<ol class="cards numbered" start="1">' in whole.text
    assert "numbered" not in newest.text
    assert "noindex" in newest.text
    assert "noindex" not in whole.text


@pytest.mark.usefixtures("proposals")
async def test_open_and_closed_votes_are_told_apart(site: Site) -> None:
    browser = site.browser()

    assert shown(await browser.get("/c/quais?show=open")) == WITH_POLL
    assert shown(await browser.get("/c/quais?show=closed")) == []

    site.clock.moment += timedelta(days=90)
    site.forget()
    assert shown(await browser.get("/c/quais?show=open")) == []
    assert shown(await browser.get("/c/quais?show=closed")) == WITH_POLL


async def test_what_somebody_has_not_voted_on_is_shown_to_them_alone(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, stranger = await site.signed_in("ana"), site.browser()
    path = path_of(proposals["trace"])
    await ana.submit(path, f"{path}/ballot", option="Nord")

    page = await ana.get("/c/quais?show=unvoted")

    assert shown(page) == [title for title in WITH_POLL if title != "Quel tracé ?"]
    assert "Not yet voted" in page.words
    strangers = await stranger.get("/c/quais?show=unvoted")
    assert shown(strangers) == WITH_POLL
    assert "Not yet voted" not in strangers.words
    bea = await site.signed_in("bea")
    assert shown(await bea.get("/c/quais?show=unvoted")) == WITH_POLL


async def test_tags_narrow_a_list_and_links_keep_what_else_is_chosen(
    site: Site, proposals: dict[str, str]
) -> None:
    tags = [("quais", "Eau & air"), ("navette", "Eau & air"), ("trace", "<b>")]
    async with site.database.write() as connection:
        await connection.execute(
            insert(ProposalTags), [{"proposal": proposals[ref], "tag": tag} for ref, tag in tags]
        )

    page = await site.browser().get("/c/quais?tag=Eau+%26+air&sort=newest")

    assert set(shown(page)) == {"Fermer les quais", "Une navette"}
    assert "2 of 6 proposals." in page.words
    assert "<b>" not in page.text
    assert 'href="?tag=Eau+%26+air&amp;show=open&amp;sort=newest"' in page.text
    assert 'href="?tag=%3Cb%3E&amp;sort=newest"' in page.text
    assert 'href="?sort=newest" aria-current="true"' in page.text  # takes the tag away
    assert 'name="tag" value="Eau &amp; air"' in page.text
    strange = await site.browser().get("/c/quais?tag=%00%E2%80%AE" + "x" * 500)
    assert strange.status == 200
    assert shown(strange) == []


def many() -> dict[str, Any]:
    """A consultation whose proposals differ in what they are sorted by."""
    closes = ("2026-06-03", "2026-06-01", "2026-05-02", "2026-06-02")
    arguments = (1, 0, 3, 2)
    proposals: list[dict[str, Any]] = [
        {
            "ref": f"p{n}",
            "title": f"Titre {n}",
            "text": "…",
            "poll": {"method": "agree", **POLL, "closes": f"{closes[n]}T00:00:00Z"},
            "arguments": [{"text": f"Argument {k}"} for k in range(arguments[n])],
        }
        for n in range(4)
    ]
    consultation: dict[str, Any] = {**IMPORT["consultations"][0], "proposals": proposals}
    return {**IMPORT, "consultations": [consultation]}


FOUR = [f"Titre {n}" for n in range(4)]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("order", "0123"), ("closing", "2130"), ("argued", "2301"), ("nonsense", "0123")],
)
async def test_proposals_are_sorted(site: Site, sort: str, order: str) -> None:
    await site.import_(many())

    page = await site.browser().get(f"/c/quais?sort={sort}")

    assert shown(page, FOUR) == [f"Titre {n}" for n in order]


async def test_votes_that_are_over_do_not_close_soon(site: Site) -> None:
    await site.import_(many())
    site.clock.moment = START + timedelta(days=2)

    page = await site.browser().get("/c/quais?sort=closing")

    assert shown(page, FOUR) == ["Titre 1", "Titre 3", "Titre 0", "Titre 2"]


async def test_the_random_order_lasts_a_day_and_its_pages_hold_everything_once(site: Site) -> None:
    titles = [f"Titre {n:02}" for n in range(60)]
    proposals = [{"ref": f"p{n}", "title": title, "text": ""} for n, title in enumerate(titles)]
    consultation = {**IMPORT["consultations"][0], "proposals": proposals}
    await site.import_({**IMPORT, "consultations": [consultation]})
    ana, browser = await site.signed_in("ana"), site.browser()

    async def read(reader: Any) -> list[str]:
        pages = [await reader.get(f"/c/quais?sort=random&page={n}") for n in (1, 2, 3)]
        return [title for page in pages for title in shown(page, titles)]

    first = await read(browser)
    site.clock.moment += timedelta(hours=2)
    site.forget()
    assert sorted(first) == titles
    assert first != titles
    assert await read(ana) == first
    site.clock.moment += timedelta(days=1)
    site.forget()
    assert sorted(await read(browser)) == titles
    assert await read(browser) != first


async def test_no_random_order_is_the_usual_one_or_its_reverse(site: Site) -> None:
    titles = [f"Titre {n:02}" for n in range(12)]
    proposals = [{"ref": f"p{n}", "title": title, "text": ""} for n, title in enumerate(titles)]
    consultation = {**IMPORT["consultations"][0], "proposals": proposals}
    await site.import_({**IMPORT, "consultations": [consultation]})
    browser, first = site.browser(), set()

    for _ in range(40):
        site.clock.moment += timedelta(days=1)
        site.forget()
        order = shown(await browser.get("/c/quais?sort=random"), titles)
        assert order not in (titles, titles[::-1])
        first.add(order[0])

    assert len(first) >= 8  # of twelve that come first equally often


def consultations() -> dict[str, Any]:
    """An open, a coming and a past consultation."""
    spans = {
        "ouverte": SPAN,
        "bientot": {"opens": "2026-09-01T00:00:00Z", "closes": "2026-10-01T00:00:00Z"},
        "finie": {"opens": "2025-01-01T00:00:00Z", "closes": "2025-03-01T00:00:00Z"},
        "urgente": {"opens": "2025-12-01T00:00:00Z", "closes": "2026-05-03T00:00:00Z"},
    }
    debated = {"title": "P", "text": "", "arguments": [{"text": "Oui", "by": "Ana"}]}
    return {
        **IMPORT,
        "consultations": [
            {"name": name, "title": f"La {name}", "language": "fr", "summary": "", **span}
            | {"proposals": [debated] if name == "finie" else []}
            for name, span in spans.items()
        ],
    }


NAMES = ["La ouverte", "La bientot", "La finie", "La urgente"]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["La urgente", "La ouverte", "La bientot", "La finie"]),
        ("?show=open", ["La urgente", "La ouverte"]),
        ("?show=coming", ["La bientot"]),
        ("?show=closed&sort=newest", ["La finie"]),
        ("?sort=newest", ["La bientot", "La ouverte", "La urgente", "La finie"]),
        ("?show=nonsense&sort=%00", ["La urgente", "La ouverte", "La bientot", "La finie"]),
    ],
)
async def test_consultations_are_filtered_and_sorted(
    site: Site, query: str, order: list[str]
) -> None:
    await site.import_(consultations())

    assert shown(await site.browser().get(f"/{query}"), NAMES) == order


async def test_the_home_page_says_how_much_there_is_and_what_is_possible(site: Site) -> None:
    await site.import_(consultations())

    page = await site.browser().get("/?sort=argued&show=closed")
    assert shown(page, NAMES) == ["La finie"]
    assert "1 argument" in page.words
    assert "1 participant" in page.words
    assert "Propose Discuss" not in page.words
    assert 'href="?show=closed&amp;sort=newest"' in page.text

    assert "Propose Discuss" in (await site.browser().get("/?show=open")).words


async def test_ballots_are_told_where_a_tally_is_published(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    for ref, option in (
        ("quais", "Abstention"),
        ("navette", "Une navette"),
        ("secret", "D'accord"),
    ):
        path = path_of(proposals[ref])
        await ana.submit(path, f"{path}/ballot", option=option)
    await site.tick()

    # Neither the hidden counts nor those of a few.
    assert " 1 vote " in (await site.browser().get("/")).words


async def test_who_is_signed_in_sees_a_change_at_once(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, path = await site.signed_in("ana"), path_of(proposals["quais"])
    assert "1 argument" not in (await ana.get("/c/quais")).words

    await ana.submit(path, f"{path}/arguments", text="De l'air", stance="for")

    assert "1 argument" in (await ana.get("/c/quais")).words
