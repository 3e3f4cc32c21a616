"""Searching: everything, inside a consultation, and for what is similar."""

import pytest

from dosfed.storage.engine import Database
from dosfed.web.services import SEARCHES_PER_MINUTE
from tests.conftest import GivenClock
from tests.web.conftest import IMPORT
from tests.web.site import Site, path_of, serve


@pytest.fixture
async def indexed(site: Site, proposals: dict[str, str]) -> dict[str, str]:
    """The proposals, with an argument, found by their words."""
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    await ana.submit(path, f"{path}/arguments", text="À vélo, c'est l'été.", stance="for")
    await site.tick()
    return proposals


async def test_consultations_proposals_and_arguments_are_found(
    site: Site, indexed: dict[str, str]
) -> None:
    page = await site.browser().get("/search?q=QUAI")

    assert page.status == 200
    assert f'href="{path_of(indexed["quais"])}"' in page.text
    assert 'href="/c/quais"' in page.text

    argued = await site.browser().get("/search?q=velo+ete")
    assert "Argument for" in argued.words
    assert "@ana" in argued.words
    assert "<mark>vélo</mark>" in argued.text
    assert '<meta name="robots" content="noindex">' in argued.text


@pytest.mark.usefixtures("indexed")
async def test_what_is_found_can_be_narrowed_by_kind(site: Site) -> None:
    page = await site.browser().get("/search?q=quai&kind=consultation")

    assert "Fermer les quais aux voitures ?" in page.words
    assert "De quoi les quais" not in page.words
    assert 'href="?q=quai&amp;kind=proposal"' in page.text
    assert 'href="?q=quai"' in page.text


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    "query",
    ["", "?!", "%00", "%22%27%3C", "x" * 3_000, "%E2%80%AEquai", "%F0%9F%8C%B3", "absent", "%ff"],
)
async def test_odd_queries_find_nothing_or_something_and_break_nothing(
    site: Site, query: str
) -> None:
    page = await site.browser().get(f"/search?q={query}&kind=nonsense&page=7")

    assert page.status == 200
    assert "<script>" not in page.text


async def test_what_was_typed_is_shown_as_text(site: Site, indexed: dict[str, str]) -> None:
    assert indexed
    page = await site.browser().get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")

    assert "<script>alert" not in page.text
    assert 'value="&lt;script&gt;alert(1)&lt;/script&gt;"' in page.text


async def test_searches_are_limited(database: Database, clock: GivenClock) -> None:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        await site.import_(IMPORT)
        visitor, other = site.browser(), site.browser()
        visitor.http.headers["X-Forwarded-For"] = "192.0.2.7"
        other.http.headers["X-Forwarded-For"] = "192.0.2.8"
        for number in range(SEARCHES_PER_MINUTE):
            assert (await visitor.get(f"/c/quais/similar?title=x{number}")).status == 200

        refused = await visitor.get("/search?q=x")

        assert refused.status == 429
        assert int(refused.headers["retry-after"]) <= 61
        assert (await visitor.get("/c/quais?q=x")).status == 429
        assert (await visitor.get("/c/quais")).status == 200
        assert (await visitor.get("/search")).status == 200
        assert (await other.get("/search?q=x")).status == 200


async def test_similar_proposals_are_a_part_of_a_page(site: Site, indexed: dict[str, str]) -> None:
    part = await site.browser().get("/c/quais/similar?title=Fermer+le+quai+!&text=")

    assert part.status == 200
    assert f'href="{path_of(indexed["quais"])}"' in part.text
    assert "<html" not in part.text
    assert (await site.browser().get("/c/absent/similar?title=x")).status == 404
