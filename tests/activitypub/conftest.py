"""A simulated network beside an instance in development."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dosfed.activitypub.client import Client
from dosfed.storage.engine import Database
from tests.activitypub.development import development_settings, open_client
from tests.activitypub.door import Door
from tests.activitypub.peer import Peer
from tests.conftest import GivenClock
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.servers import SimulatedServer


@pytest.fixture
async def world(clock: GivenClock) -> AsyncIterator[Fediverse]:
    """Other servers, by the given clock."""
    async with fediverse(clock.now) as world:
        yield world


@pytest.fixture
def masto(world: Fediverse) -> SimulatedServer:
    """One server among them."""
    return world.server("masto")


@pytest.fixture
async def client(database: Database, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Client]:
    """The client of an instance in development."""
    async with open_client(database, development_settings(tmp_path), clock) as client:
        yield client


@pytest.fixture
def door(database: Database, client: Client, clock: GivenClock, tmp_path: Path) -> Door:
    """Where signed requests arrive at that instance."""
    settings = development_settings(tmp_path)
    return Door(database=database, client=client, settings=settings, clock=clock)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A server that answers as a test wishes."""
    peer = Peer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", peer.serve)
    async with TestServer(app) as server:
        assert server.port is not None
        peer.port = server.port
        yield peer
