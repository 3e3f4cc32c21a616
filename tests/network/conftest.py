"""A French town and an Argentine one, each an instance of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.conftest import GivenClock
from tests.network.nodes import Network, Node, proposal
from tests.network.wire import open_wire


@pytest.fixture
async def network(clock: GivenClock, tmp_path: Path, template: str) -> AsyncIterator[Network]:
    """A network without any server."""
    async with open_wire() as wire, AsyncExitStack() as stack:
        yield Network(wire=wire, clock=clock, folder=tmp_path, template=template, stack=stack)


@pytest.fixture
async def fr(network: Network) -> Node:
    """The instance that is home to the consultation."""
    return await network.found("fr")


@pytest.fixture
async def ar(network: Network) -> Node:
    """The instance that mirrors it."""
    return await network.found("ar")


@pytest.fixture
async def poll(network: Network, fr: Node, ar: Node) -> str:
    """The one proposal of a consultation that is at home in France and followed in Argentina."""
    await fr.publish(proposal())
    await network.follow(ar, fr)
    return fr.proposals["p"]
