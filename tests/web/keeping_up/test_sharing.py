"""Sharing: links alone, and the way to somebody's own server."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dosfed.web.keeping_up.sharing import read_server
from tests.web.site import Site, path_of


async def test_a_page_can_be_shared_without_anybody_else(
    site: Site, proposals: dict[str, str]
) -> None:
    browser = site.browser()
    for path in (path_of(proposals["quais"]), "/c/quais"):
        page = await browser.get(path)
        assert f'value="{site.base_url}{path}"' in page.text
        assert "mailto:?subject=Fermer%20les%20quais" in page.text


async def test_the_visitor_s_own_server_opens_with_title_and_link(
    site: Site, proposals: dict[str, str]
) -> None:
    proposal = proposals["quais"]
    asked = f"/share?uri={quote(proposal, safe='')}"
    browser = site.browser()
    answer = await browser.submit(
        asked, "/share", uri=proposal, server="@ana@Masto.example", follow=False
    )

    assert answer.status == 303
    place = urlsplit(answer.headers["location"])
    assert (place.scheme, place.netloc, place.path) == ("https", "masto.example", "/share")
    assert parse_qs(place.query) == {"text": [f"Fermer les quais {proposal}"]}


@pytest.mark.parametrize("server", ["", "ana", "javascript:alert(1)", "a b.example", "x/../y"])
async def test_what_is_no_server_is_asked_for_again(
    site: Site, proposals: dict[str, str], server: str
) -> None:
    proposal = proposals["quais"]
    asked = f"/share?uri={quote(proposal, safe='')}"
    answer = await site.browser().submit(asked, "/share", uri=proposal, server=server)

    assert answer.status == 422
    assert 'aria-describedby="share-help share-error"' in answer.text


async def test_only_what_is_shown_here_is_shared(site: Site, proposals: dict[str, str]) -> None:
    browser = site.browser()
    for uri in ("", "https://evil.example/", f"{site.base_url}/p/none", "x" * 2000):
        assert (await browser.get(f"/share?uri={quote(uri, safe='')}")).status == 404
    stale = await browser.post("/share", [("uri", proposals["quais"]), ("server", "a.example")])
    assert stale.status == 403


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("masto.example", "masto.example"),
        (" https://Masto.example/@ana ", "masto.example"),
        ("https://masto.example/", "masto.example"),
        ("@ana@masto.example", "masto.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("https://ana:pass@masto.example", None),
        ("ftp://masto.example", None),
        ("localhost", None),
        ("masto.example#", None),
        ("masto.example?x", None),
        ("evil@masto.example@", None),
    ],
)
def test_a_server_is_read_from_what_people_write(text: str, host: str | None) -> None:
    assert read_server(text) == host


@given(some.text(max_size=60))
def test_whatever_is_typed_is_a_host_or_nothing(text: str) -> None:
    host = read_server(text)
    if host is not None:
        assert urlsplit(f"https://{host}/share").path == "/share"
        assert set("/?#@\\ ").isdisjoint(host)
