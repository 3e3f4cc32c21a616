"""Somebody of another server signs in as who they are there, and as nobody else."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from dosfed.accounts.fediverse import take_idle_tokens
from dosfed.accounts.tables import FediverseAccounts, FediverseApps
from dosfed.storage.engine import Database
from dosfed.web.services import SERVERS_ASKED
from tests.conftest import GivenClock
from tests.simulated.fediverse import Fediverse
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.web.site import Site, serve
from tests.web.visitors import KEY, decide, leave_for, rows_of, visitor, way_back, who_is_signed_in


@pytest.fixture
async def site(database: Database, clock: GivenClock) -> AsyncIterator[Site]:
    async with serve(database, clock, DOSFED_SECRET_KEY=KEY) as served:
        yield served


@pytest.mark.rule("7.1")
async def test_somebody_signs_in_as_the_actor_they_are_at_home(
    site: Site, masto: SimulatedServer
) -> None:
    ana = masto.actors["ana"]
    browser = site.browser()
    asked = await leave_for(browser, ana.handle, return_to="/?page=2")
    assert "Authorization required" in asked.text

    arrived = await decide(browser, asked)

    assert arrived.url == f"{site.base_url}/?page=2&notice=signed-in"
    assert ana.handle in arrived.words
    assert await who_is_signed_in(site) == [ana.id]


@pytest.mark.rule("7.6")
async def test_a_server_is_asked_for_no_more_than_who_they_are(
    site: Site, masto: SimulatedServer
) -> None:
    browser = site.browser()
    asked = await leave_for(browser, masto.actors["ana"].handle)
    query = parse_qs(urlsplit(asked.url).query)
    assert query["scope"] == ["profile"]
    assert query["code_challenge_method"] == ["S256"]
    await decide(browser, asked)
    # Who they are is known now: the token has gone back, and is kept nowhere.
    assert masto.api.gate.person_tokens() == []
    assert [row.token for row in await rows_of(site, FediverseAccounts)] == [None]


@pytest.mark.parametrize(
    ("offered", "scope"),
    [
        (None, "read:accounts"),
        (("read", "write"), "read"),
        (("read", "read:accounts", "write:statuses", "read:search"), "read:accounts"),
    ],
)
async def test_older_servers_are_asked_for_the_least_that_they_know(
    site: Site, masto: SimulatedServer, offered: tuple[str, ...] | None, scope: str
) -> None:
    masto.api.gate.offered = offered
    browser = site.browser()
    asked = await leave_for(browser, masto.actors["ana"].handle)
    assert parse_qs(urlsplit(asked.url).query)["scope"] == [scope]
    assert "You are signed in" in (await decide(browser, asked)).words


@pytest.mark.rule("7.6")
async def test_a_token_to_post_is_kept_sealed_and_given_back_at_the_end(
    site: Site, masto: SimulatedServer
) -> None:
    browser = await visitor(site, masto, posting=True)
    (account,) = await rows_of(site, FediverseAccounts)
    (token,) = masto.api.gate.person_tokens()
    assert masto.api.gate.tokens[token].scope == "profile write:statuses read:search"
    assert account.token is not None
    assert token.encode() not in account.token

    await browser.submit("/", "/sign-out")

    assert masto.api.gate.person_tokens() == []
    assert [row.token for row in await rows_of(site, FediverseAccounts)] == [None]
    assert await who_is_signed_in(site) == []


@pytest.mark.rule("7.6")
async def test_what_was_granted_last_counts(site: Site, masto: SimulatedServer) -> None:
    await visitor(site, masto, posting=True)
    await visitor(site, masto, posting=True)
    assert len(masto.api.gate.person_tokens()) == 1  # the same again: it was not given back
    await visitor(site, masto)
    assert masto.api.gate.person_tokens() == []
    assert [row.token for row in await rows_of(site, FediverseAccounts)] == [None]


async def test_a_token_whose_sessions_are_over_is_idle(
    site: Site, masto: SimulatedServer, clock: GivenClock
) -> None:
    await visitor(site, masto, posting=True)
    async with site.database.write() as connection:
        assert await take_idle_tokens(connection, at=clock.now()) == []
    clock.advance(days=31)
    async with site.database.write() as connection:
        (taken,) = await take_idle_tokens(connection, at=clock.now())
        assert await take_idle_tokens(connection, at=clock.now()) == []
    assert taken.actor == masto.actors["ana"].id


async def test_application_and_secret_are_kept_once_and_sealed(
    site: Site, masto: SimulatedServer
) -> None:
    await visitor(site, masto)
    await visitor(site, masto, "bruno")
    (app,) = masto.api.gate.apps.values()
    (kept,) = await rows_of(site, FediverseApps)
    assert kept.client_id == app.client_id
    assert app.client_secret.encode() not in kept.client_secret
    assert app.redirect_uri == f"{site.base_url}/sign-in/fediverse/callback/{masto.host}"


async def test_an_application_that_the_server_forgot_is_registered_anew(
    site: Site, masto: SimulatedServer, clock: GivenClock
) -> None:
    await visitor(site, masto)
    masto.api.gate.apps.clear()
    clock.advance(days=2)
    await visitor(site, masto)
    (app,) = masto.api.gate.apps.values()
    (kept,) = await rows_of(site, FediverseApps)
    assert kept.client_id == app.client_id


@pytest.mark.parametrize("software", ["mastodon", "gotosocial", "snac"])
async def test_an_application_is_asked_for_each_time_and_registered_anew_where_it_is_gone(
    site: Site, world: Fediverse, software: str
) -> None:
    server = world.server("there", software=software)
    await visitor(site, server, posting=True)
    server.api.gate.apps.clear()
    await visitor(site, server, "bruno", posting=True)
    (app,) = server.api.gate.apps.values()
    (kept,) = await rows_of(site, FediverseApps)
    assert kept.client_id == app.client_id
    await visitor(site, server, "carla", posting=True)
    assert list(server.api.gate.apps.values()) == [app]


async def test_on_snac_the_sign_out_of_one_person_keeps_nobody_else_out(
    site: Site, world: Fediverse
) -> None:
    snac = world.server("snac", software="snac")
    ana = await visitor(site, snac, posting=True)
    bruno = await visitor(site, snac, "bruno", posting=True)
    await ana.submit("/", "/sign-out")
    assert snac.api.gate.apps == {}  # as snac does

    assert "@bruno@" in (await bruno.get("/")).words
    await visitor(site, snac, "ana", posting=True)
    assert len(snac.api.gate.apps) == 1


async def test_an_application_that_is_still_known_is_used_again(
    site: Site, masto: SimulatedServer, clock: GivenClock
) -> None:
    await visitor(site, masto)
    clock.advance(days=2)
    await visitor(site, masto)
    assert len(masto.api.gate.apps) == 1


async def test_an_application_forgotten_on_the_way_is_dropped_for_the_next_attempt(
    site: Site, masto: SimulatedServer
) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    masto.api.gate.apps.clear()
    answer = await browser.get(back)
    assert answer.status == 403
    assert "did not confirm the sign-in" in answer.words
    assert await rows_of(site, FediverseApps) == []
    await visitor(site, masto)


async def test_a_secret_sealed_with_another_key_leads_to_a_new_application(
    site: Site, masto: SimulatedServer
) -> None:
    await visitor(site, masto)
    async with site.database.write() as connection:
        await connection.execute(update(FediverseApps).values(client_secret=b"garbled"))
    await visitor(site, masto)
    assert len(masto.api.gate.apps) == 2


async def test_the_page_to_return_to_is_one_of_ours(site: Site, masto: SimulatedServer) -> None:
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example", "\t//evil.example"):
        browser = site.browser()
        asked = await leave_for(browser, masto.actors["ana"].handle, return_to=place)
        assert (await decide(browser, asked)).url == f"{site.base_url}/?notice=signed-in"


async def test_a_form_without_a_token_starts_nothing(site: Site, masto: SimulatedServer) -> None:
    browser = site.browser()
    handle = masto.actors["ana"].handle
    answer = await browser.post("/sign-in/fediverse", [("handle", handle)])
    assert answer.status == 403
    assert masto.asked == []


async def test_starting_too_often_is_stopped(site: Site) -> None:
    browser = site.browser()
    statuses = [(await leave_for(browser, "nothing")).status for _ in range(31)]
    assert statuses == [422] * 30 + [429]


async def test_no_server_is_asked_too_often_whoever_wants_it(
    site: Site, masto: SimulatedServer
) -> None:
    for _ in range(120):
        site.app[SERVERS_ASKED].add(masto.host, site.clock.now().timestamp())
    assert (await leave_for(site.browser(), masto.actors["ana"].handle)).status == 429
    assert masto.asked == []


async def test_who_was_signed_in_is_now_somebody_else_alone(
    site: Site, masto: SimulatedServer
) -> None:
    browser = await site.signed_in("local")
    asked = await leave_for(browser, masto.actors["ana"].handle)
    await decide(browser, asked)
    assert await who_is_signed_in(site) == [masto.actors["ana"].id]


async def test_a_page_never_shows_a_code_or_a_token_to_others(
    site: Site, masto: SimulatedServer
) -> None:
    browser = site.browser()
    back = await way_back(browser, await leave_for(browser, masto.actors["ana"].handle))
    masto.answers = Behaviour(status=500)
    answer = await browser.get(back)
    assert answer.headers["referrer-policy"] == "same-origin"
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert code not in answer.text
