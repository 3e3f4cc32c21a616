"""Names to addresses: no silent name server stops the others, no private address gets through."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiodns
import pytest

from dosfed.activitypub import resolver
from dosfed.activitypub.guard import AddressRefused, Policy
from dosfed.activitypub.resolver import Resolver
from tests.activitypub.name_server import NameServer, name_server

OPEN = Policy(own_host="delib.example", allow_private=False)
DEVELOPMENT = Policy(own_host="fr.localhost:8001", allow_private=True)
NAMES = {"masto.test": "93.184.216.34", "inside.test": "10.0.0.1", "here.test": "127.0.0.1"}
# Less than names take that nobody answers, much more than the others do.
SECONDS = 4


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server(NAMES) as server:
        yield server


@asynccontextmanager
async def asking(
    names: NameServer, policy: Policy = OPEN, *, seconds: float = 60
) -> AsyncIterator[Resolver]:
    asked = Resolver(
        policy,
        lambda: aiodns.DNSResolver([f"127.0.0.1:{names.port}"], timeout=seconds, tries=1),
    )
    yield asked
    await asked.close()


async def addresses(asked: Resolver, name: str) -> list[str]:
    return [found["host"] for found in await asked.resolve(name, 443, socket.AF_UNSPEC)]


async def test_a_name_leads_to_its_address(names: NameServer) -> None:
    async with asking(names) as asked:
        (found,) = await asked.resolve("masto.test", 443, socket.AF_UNSPEC)
    assert (found["hostname"], found["host"], found["port"]) == (
        "masto.test",
        "93.184.216.34",
        443,
    )
    assert found["family"] == socket.AF_INET


@pytest.mark.parametrize("name", ["inside.test", "here.test", "localhost"])
async def test_a_name_that_leads_inside_is_refused(names: NameServer, name: str) -> None:
    async with asking(names) as asked:
        with pytest.raises(AddressRefused):
            await addresses(asked, name)


async def test_in_development_private_addresses_are_open_and_localhost_needs_no_name_server(
    names: NameServer,
) -> None:
    async with asking(names, DEVELOPMENT) as asked:
        assert await addresses(asked, "inside.test") == ["10.0.0.1"]
        for name in ("localhost", "fr.localhost", "a.b.localhost"):
            assert await addresses(asked, name) == ["127.0.0.1"]
    assert set(names.asked) == {"inside.test"}


async def test_a_name_that_is_not_there_is_an_error_of_the_network(names: NameServer) -> None:
    async with asking(names) as asked:
        with pytest.raises(OSError, match=r"no address: missing\.test"):
            await addresses(asked, "missing.test")


async def test_silent_name_servers_hold_up_nobody_else(names: NameServer) -> None:
    async with asking(names) as asked:
        waiting = [
            asyncio.create_task(addresses(asked, f"s{number}.silent.test")) for number in range(100)
        ]
        await asyncio.sleep(0)
        async with asyncio.timeout(SECONDS):
            assert await addresses(asked, "masto.test") == ["93.184.216.34"]
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_silent_name_server_is_given_up(names: NameServer) -> None:
    async with asking(names, seconds=0.05) as asked:
        with pytest.raises(OSError, match="no address"):
            await addresses(asked, "a.silent.test")


async def test_only_so_many_names_are_looked_up_at_a_time(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "LOOKUPS", 3)
    async with asking(names) as asked:
        waiting = [
            asyncio.create_task(addresses(asked, f"s{number}.silent.test")) for number in range(3)
        ]
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="too many"):
            await addresses(asked, "masto.test")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await addresses(asked, "masto.test") == ["93.184.216.34"]
