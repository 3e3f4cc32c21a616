"""Who is not let in as somebody of another server, and what they are told."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from dosfed.accounts.fediverse import forget_journeys
from dosfed.accounts.tables import FediverseAccounts, FediverseSignIns
from dosfed.activitypub.blocks import BLOCKLIST
from dosfed.storage.engine import Database
from dosfed.web.accounts import fediverse as views
from tests.conftest import GivenClock
from tests.people import block
from tests.simulated.fediverse import Fediverse
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.web.site import Site, serve
from tests.web.visitors import KEY, decide, leave_for, rows_of, visitor, way_back, who_is_signed_in


@pytest.fixture
async def site(database: Database, clock: GivenClock) -> AsyncIterator[Site]:
    async with serve(database, clock, DOSFED_SECRET_KEY=KEY) as served:
        yield served


@pytest.mark.parametrize("state", ["", "unknown", "x" * 65, "ñ", "\x00"])
async def test_a_state_that_nobody_gave_out_opens_nothing(
    site: Site, masto: SimulatedServer, state: str
) -> None:
    browser = site.browser()
    await leave_for(browser, masto.actors["ana"].handle)
    path = f"/sign-in/fediverse/callback/{masto.host}"
    answer = await browser.http.get(site.base_url + path, params={"code": "code-1", "state": state})
    assert answer.status == 403
    assert "This sign-in has expired" in await answer.text()
    assert await who_is_signed_in(site) == []


@pytest.mark.rule("7.2")
async def test_another_browser_cannot_use_the_way_back(site: Site, masto: SimulatedServer) -> None:
    left, other = site.browser(), site.browser()
    back = await way_back(left, await leave_for(left, masto.actors["ana"].handle))
    await other.get("/sign-in/fediverse")  # so that it has a secret of its own
    for browser in (other, site.browser()):
        answer = await browser.get(back)
        assert answer.status == 403
        assert "started in another browser" in answer.words
    assert await who_is_signed_in(site) == []
    # Nor has it used the way up.
    assert "You are signed in" in (await left.get(back)).words


@pytest.mark.rule("7.2")
async def test_a_way_back_leads_back_once(site: Site, masto: SimulatedServer) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    await browser.get(back)
    again = await browser.get(back)
    assert again.status == 403
    assert len(await who_is_signed_in(site)) == 1


async def test_a_code_used_twice_opens_nothing(site: Site, masto: SimulatedServer) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    code = parse_qs(urlsplit(back).query)["code"][0]
    await browser.get(back)
    await browser.submit("/", "/sign-out")
    other = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    state = parse_qs(urlsplit(other).query)["state"][0]
    answer = await browser.get(f"{urlsplit(other).path}?code={code}&state={state}")
    assert answer.status == 403
    assert await who_is_signed_in(site) == []


async def test_who_takes_too_long_begins_again(
    site: Site, masto: SimulatedServer, clock: GivenClock
) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    clock.advance(seconds=601)
    assert (await browser.get(back)).status == 403
    async with site.database.write() as connection:
        await forget_journeys(connection, at=clock.now())
    assert await rows_of(site, FediverseSignIns) == []


@pytest.mark.rule("7.2")
async def test_one_server_never_gets_the_code_of_another(
    site: Site, world: Fediverse, masto: SimulatedServer
) -> None:
    evil = world.server("evil")
    browser = site.browser()
    left_for_evil = await leave_for(browser, evil.actor("eve").handle)
    state = parse_qs(urlsplit(left_for_evil.url).query)["state"][0]
    # Eve's door leads on to Ana's, with the state of Eve.
    other = site.browser()
    asked = await leave_for(other, masto.actors["ana"].handle)
    code = parse_qs(urlsplit(await way_back(other, asked)).query)["code"][0]
    evil.asked.clear()

    path = f"/sign-in/fediverse/callback/{masto.host}?code={code}&state={state}"
    assert (await browser.get(path)).status == 403

    assert "/oauth/token" not in evil.asked
    assert code in masto.api.gate.codes


async def test_who_does_not_allow_it_is_not_signed_in(site: Site, masto: SimulatedServer) -> None:
    browser = site.browser()
    asked = await leave_for(browser, masto.actors["ana"].handle)
    answer = await decide(browser, asked, "deny")
    assert answer.status == 403
    assert "You did not give permission" in answer.words
    assert f'value="{masto.actors["ana"].handle}"' in answer.text  # to try again
    assert await who_is_signed_in(site) == []


async def test_another_account_of_the_same_server_is_somebody_else(
    site: Site, masto: SimulatedServer
) -> None:
    masto.api.gate.signed_in = "bruno"
    browser = site.browser()
    answer = await decide(browser, await leave_for(browser, masto.actors["ana"].handle))
    assert answer.status == 403
    assert "with another account" in answer.words
    assert await who_is_signed_in(site) == []
    assert masto.api.gate.person_tokens() == []


@pytest.mark.rule("7.1")
@pytest.mark.parametrize(
    "claims",
    [
        {"uri": "http://other.localhost/users/ana", "acct": "ana", "username": "ana"},
        {"uri": ["http://other.localhost/users/ana"]},
        {"acct": "ana@other.localhost", "url": "http://other.localhost/@ana"},
        {"acct": "ana", "url": "http://other.localhost/@ana"},
        {"acct": "bruno", "url": "{origin}/@ana"},
        {"acct": "ana"},
        {"uri": None},
        {"uri": 7},
        {},
    ],
)
async def test_a_server_that_lies_about_who_signed_in_gets_nobody(
    site: Site, masto: SimulatedServer, claims: dict[str, Any]
) -> None:
    masto.api.claims = {
        name: value.format(origin=masto.origin) if isinstance(value, str) else value
        for name, value in claims.items()
    }
    browser = site.browser()
    answer = await decide(browser, await leave_for(browser, masto.actors["ana"].handle))
    assert answer.status == 403
    assert await who_is_signed_in(site) == []
    assert await rows_of(site, FediverseAccounts) == []


async def test_older_servers_name_handle_and_page_instead_of_the_id(
    site: Site, masto: SimulatedServer
) -> None:
    masto.api.claims = {"acct": "Ana", "url": f"{masto.origin}/@ana"}
    browser = site.browser()
    answer = await decide(browser, await leave_for(browser, masto.actors["ana"].handle))
    assert "You are signed in" in answer.words


@pytest.mark.parametrize(
    ("handle", "says"),
    [
        ("", "Write your address like this"),
        ("ana", "Write your address like this"),
        ("@ana@", "Write your address like this"),
        ("https://masto.example/@ana", "Write your address like this"),
        ("@ana@masto.example/../", "Write your address like this"),
        ("<script>@a.localhost:1", "does not know this address"),
        ("\u202e@ana@masto.example\u202e", "Write your address like this"),
        ("@" + "a" * 400, "Write your address like this"),
        ("@nobody@nowhere.localhost", "does not know this address"),
        ("@nobody@127.0.0.1:1", "does not know this address"),
        ("@ana@localhost", "This is an account of this site"),
    ],
)
async def test_an_address_that_leads_nowhere_is_refused_and_kept(
    site: Site, handle: str, says: str
) -> None:
    answer = await leave_for(site.browser(), handle)
    assert answer.status == 422
    assert says in answer.words
    assert "<script>@" not in answer.text


async def test_an_unknown_name_is_not_sent_anywhere(site: Site, masto: SimulatedServer) -> None:
    answer = await leave_for(site.browser(), f"@nobody@{masto.host}")
    assert answer.status == 422
    assert masto.asked == ["/.well-known/webfinger"]


@pytest.mark.rule("7.1")
async def test_the_actor_must_go_by_the_name_of_the_handle(
    site: Site, masto: SimulatedServer
) -> None:
    masto.actors["carla"] = masto.actors["bruno"]  # WebFinger says: that is Bruno
    answer = await leave_for(site.browser(), f"@carla@{masto.host}")
    assert answer.status == 422


@pytest.mark.rule("7.1")
async def test_an_actor_elsewhere_must_confirm_the_handle(
    site: Site, world: Fediverse, masto: SimulatedServer
) -> None:
    evil = world.server("evil")
    evil.actors["ana"] = masto.actors["ana"]  # WebFinger of evil: Ana lives over there
    answer = await leave_for(site.browser(), f"@ana@{evil.host}")
    assert answer.status == 422
    assert "does not know this address" in answer.words
    assert masto.api.gate.apps == {}


async def test_blocked_servers_and_actors_cannot_sign_in(
    site: Site, world: Fediverse, masto: SimulatedServer
) -> None:
    browser = await visitor(site, masto)
    async with site.database.write() as connection:
        await block(connection, masto.actors["bruno"].id, "", site.clock.now())
        await site.app[BLOCKLIST].load(connection)
    masto.asked.clear()
    refused = await leave_for(site.browser(), masto.actors["bruno"].handle)
    assert refused.status == 403
    assert "cannot sign in here" in refused.words
    assert "Sign out" in (await browser.get("/")).words

    async with site.database.write() as connection:
        await block(connection, masto.host, "", site.clock.now())
        await site.app[BLOCKLIST].load(connection)
    masto.asked.clear()
    assert (await leave_for(site.browser(), masto.actors["ana"].handle)).status == 403
    assert masto.asked == []  # it is not even asked
    assert "Sign out" not in (await browser.get("/")).words  # nor does an open session last
    assert world.server("other").asked == []


async def test_who_is_blocked_on_the_way_does_not_come_in(
    site: Site, masto: SimulatedServer
) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    async with site.database.write() as connection:
        await block(connection, masto.host, "", site.clock.now())
        await site.app[BLOCKLIST].load(connection)
    assert (await browser.get(back)).status == 403
    assert await who_is_signed_in(site) == []


@pytest.mark.rule("7.2")
async def test_who_is_suspended_here_does_not_come_in(site: Site, masto: SimulatedServer) -> None:
    browser = await visitor(site, masto, posting=True)
    async with site.database.write() as connection:
        await connection.execute(update(FediverseAccounts).values(suspended_at=site.clock.now()))
    assert "Sign out" not in (await browser.get("/")).words
    again = site.browser()
    asked = await leave_for(again, masto.actors["ana"].handle, posting=True)
    answer = await decide(again, asked)
    assert answer.status == 403
    assert "can no longer sign in here" in answer.words
    assert masto.api.gate.person_tokens() == []


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(status=500), Behaviour(status=404), Behaviour(status=302), Behaviour(status=429)],
)
async def test_a_server_without_this_api_is_said_to_have_none(
    site: Site, masto: SimulatedServer, behaviour: Behaviour
) -> None:
    masto.answers = behaviour
    answer = await leave_for(site.browser(), masto.actors["ana"].handle)
    assert answer.status == 422
    assert "does not allow signing in elsewhere" in answer.words


async def test_a_slow_server_is_not_waited_for_long(
    site: Site, masto: SimulatedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SECONDS", 0.3)
    masto.answers = Behaviour(is_silent=True)
    answer = await leave_for(site.browser(), masto.actors["ana"].handle)
    assert answer.status == 422
    assert "is not answering" in answer.words


async def test_a_huge_answer_is_no_answer(site: Site, masto: SimulatedServer) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    masto.api.claims = {"uri": masto.actors["ana"].id, "note": "x" * 300_000}
    assert (await browser.get(back)).status == 403
    assert await who_is_signed_in(site) == []
