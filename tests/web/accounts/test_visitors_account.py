"""The account page of somebody who signed in from another server, and how they leave."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from dosfed.accounts.tables import FediverseAccounts, Sessions
from dosfed.deliberation.votes.tables import Ballots
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.simulated.servers import SimulatedServer
from tests.web.site import Browser, Site, path_of, serve
from tests.web.visitors import KEY, visitor


@pytest.fixture
async def site(database: Database, clock: GivenClock) -> AsyncIterator[Site]:
    async with serve(database, clock, DOSFED_SECRET_KEY=KEY) as served:
        yield served


@pytest.fixture
async def ana(site: Site, masto: SimulatedServer) -> Browser:
    """Her browser, which may post for her."""
    return await visitor(site, masto, posting=True)


async def test_password_and_address_are_changed_at_home(
    ana: Browser, masto: SimulatedServer
) -> None:
    page = await ana.get("/account")

    assert masto.actor("ana").handle in page.words
    assert 'type="password"' not in page.text
    assert 'name="digest"' not in page.text
    for form in ("password", "address"):
        answer = await ana.submit("/account", f"/account/{form}", email="a@example.org")
        assert answer.status == 403


async def test_the_language_is_kept(site: Site, ana: Browser) -> None:
    page = await ana.submit("/account", "/account/preferences", language="es")

    assert '<html lang="es">' in page.text
    async with site.database.read() as connection:
        kept = (await connection.execute(select(FediverseAccounts.language))).scalar_one()
    assert kept == "es"


async def test_what_is_kept_of_them_is_theirs_without_the_token(
    ana: Browser, masto: SimulatedServer
) -> None:
    answer = await ana.get("/account/export")

    found = json.loads(answer.text)
    assert found["actor"] == masto.actor("ana").id
    assert found["fediverse_account"][0]["handle"] == masto.actor("ana").handle
    assert found["person"] == []
    assert "token" not in found["fediverse_account"][0]


async def test_who_leaves_is_forgotten_here_and_what_was_granted_goes_back(
    site: Site, masto: SimulatedServer, ana: Browser, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])
    await ana.submit(path, f"{path}/ballot", option="D'accord")
    handle = masto.actor("ana").handle
    refused = await ana.submit("/account/delete", "/account/delete", name="ana")
    assert refused.status == 422

    page = await ana.submit("/account/delete", "/account/delete", name=handle)

    assert "your account on your own server is not affected" in page.words
    assert masto.api.gate.person_tokens() == []
    async with site.database.read() as connection:
        for column in (FediverseAccounts.actor, Sessions.user, Ballots.voter):
            assert (await connection.execute(select(column))).all() == []


async def test_who_left_may_come_back(site: Site, masto: SimulatedServer, ana: Browser) -> None:
    handle = masto.actor("ana").handle
    await ana.submit("/account/delete", "/account/delete", name=handle)

    again = await visitor(site, masto)

    assert handle in (await again.get("/")).words
