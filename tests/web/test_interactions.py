"""The way to a visitor's own server: vote or follow from there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from tests.simulated.fediverse import Fediverse
from tests.web.site import Browser, Site, path_of
from tests.web.visitors import FIELD, decide

SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"


@dataclass(slots=True, kw_only=True)
class Elsewhere:
    """A server of the fediverse that answers WebFinger."""

    host: str = ""
    template: str | None = ""
    asked: list[str] = field(default_factory=list)

    async def webfinger(self, request: web.Request) -> web.Response:
        """Answer for `ana` alone."""
        resource = request.query["resource"]
        self.asked.append(resource)
        if not resource.startswith("acct:ana@"):
            return web.Response(status=404)
        links = [{"rel": SUBSCRIBE, "template": self.template}] if self.template else []
        return web.json_response(
            {"subject": resource, "links": links}, content_type="application/jrd+json"
        )


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Another server on a loopback port."""
    server = Elsewhere()
    app = web.Application()
    app.router.add_get("/.well-known/webfinger", server.webfinger)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.host = f"masto.localhost:{runner.addresses[0][1]}"
    server.template = f"http://{server.host}/authorize_interaction?uri={{uri}}"
    yield server
    await runner.cleanup()


async def go(browser: Browser, uri: str, handle: str) -> tuple[int, str, str]:
    """Send the form; return status, where it leads and what is read."""
    answer = await browser.submit(
        f"/interact?uri={uri}", "/interact", uri=uri, handle=handle, follow=False
    )
    return answer.status, answer.headers.get("location", ""), answer.words


async def test_a_visitor_is_sent_to_the_page_of_their_own_server(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    uri = proposals["quais"]

    status, place, _ = await go(site.browser(), uri, f"@ana@{elsewhere.host}")

    quoted = uri.replace(":", "%3A").replace("/", "%2F")
    assert (status, place) == (
        303,
        f"http://{elsewhere.host}/authorize_interaction?uri={quoted}",
    )


async def test_the_form_stands_on_the_page_of_the_proposal(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    uri = proposals["quais"]

    answer = await site.browser().submit(
        uri, "/interact", uri=uri, handle=f"ana@{elsewhere.host}", follow=False
    )

    assert answer.status == 303


@pytest.mark.parametrize("handle", ["", "ana", "@ana", "https://x.example", "a b@c.example", "é@"])
async def test_what_is_no_address_is_said_beside_the_field(
    site: Site, proposals: dict[str, str], handle: str
) -> None:
    status, _, words = await go(site.browser(), proposals["quais"], handle)

    assert status == 422
    assert "Write your address like this" in words


async def test_a_server_that_knows_nobody_of_that_name_is_said(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    status, _, words = await go(site.browser(), proposals["quais"], f"@luc@{elsewhere.host}")

    assert status == 422
    assert "does not know this address" in words


async def test_a_server_cannot_send_its_people_to_another(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    elsewhere.template = "https://evil.example/?uri={uri}"

    status, place, words = await go(site.browser(), proposals["quais"], f"@ana@{elsewhere.host}")

    assert (status, place) == (200, "")
    assert "Copy the address below" in words
    assert "evil.example" not in words


async def test_without_a_page_of_their_server_people_get_the_address_to_paste(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    elsewhere.template = None
    uri = proposals["quais"]

    answer = await site.browser().submit(
        uri, "/interact", uri=uri, handle=f" @ana@{elsewhere.host} ", return_to=path_of(uri)
    )

    assert answer.status == 200
    assert f"{elsewhere.host} has no page that opens this by itself" in answer.words
    assert f'<input id="to-paste" type="url" readonly value="{uri}">' in answer.text
    assert f'<a href="{path_of(uri)}">Back to the page</a>' in answer.text


async def test_they_can_sign_in_with_that_account_instead_and_come_back(
    site: Site, proposals: dict[str, str], world: Fediverse
) -> None:
    ana = world.server("gts", software="gotosocial").actor("ana")
    browser, uri = site.browser(), proposals["quais"]
    page = await browser.submit(
        uri, "/interact", uri=uri, handle=ana.handle, return_to=path_of(uri)
    )
    form = page.text.partition('action="/sign-in/fediverse"')[2].partition("</form>")[0]

    asked = await browser.post("/sign-in/fediverse", FIELD.findall(form))
    assert "Authorization required" in asked.text
    arrived = await decide(browser, asked)

    assert arrived.url == f"{uri}?notice=signed-in"
    assert ana.handle in arrived.words


@pytest.mark.parametrize("given", ["", "/", "https://evil.example/", "//evil.example/"])
async def test_without_a_way_back_the_page_leads_to_what_it_is_about(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere, given: str
) -> None:
    elsewhere.template = None
    organiser = f"{site.base_url}/o/mairie"
    for uri in (proposals["quais"], organiser):
        answer = await site.browser().submit(
            f"/interact?uri={uri}",
            "/interact",
            uri=uri,
            handle=f"@ana@{elsewhere.host}",
            return_to=given,
        )
        assert f'<a href="{path_of(uri)}">Back to the page</a>' in answer.text
        assert "evil.example" not in answer.text


async def test_who_is_signed_in_is_offered_no_other_way_in(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    elsewhere.template = None
    ana = await site.signed_in("ana")

    answer = await ana.submit(
        f"/interact?uri={proposals['quais']}",
        "/interact",
        uri=proposals["quais"],
        handle=f"@ana@{elsewhere.host}",
    )

    assert "Copy the address below" in answer.words
    assert "/sign-in/fediverse" not in answer.text


@pytest.mark.usefixtures("proposals")
async def test_only_what_is_shown_here_can_be_sent_along(site: Site, elsewhere: Elsewhere) -> None:
    status, _, words = await go(site.browser(), "https://evil.example/x", f"@ana@{elsewhere.host}")

    assert status == 422
    assert "Nothing was found at that address." in words
    assert elsewhere.asked == []


async def test_a_form_from_elsewhere_makes_us_ask_nobody(
    site: Site, proposals: dict[str, str], elsewhere: Elsewhere
) -> None:
    fields = [("uri", proposals["quais"]), ("handle", f"@ana@{elsewhere.host}")]

    assert (await site.browser().post("/interact", fields)).status == 403
    assert elsewhere.asked == []


async def test_nobody_makes_us_ask_more_than_ten_times_a_minute(
    site: Site, proposals: dict[str, str]
) -> None:
    browser = site.browser()
    statuses = [(await go(browser, proposals["quais"], "x"))[0] for _ in range(11)]

    assert statuses == [422] * 10 + [429]


async def test_signed_in_visitors_of_their_own_server_are_led_to_the_page(
    site: Site, proposals: dict[str, str]
) -> None:
    page = await site.browser().get(f"/authorize_interaction?uri={proposals['quais']}")

    assert page.url == proposals["quais"]
