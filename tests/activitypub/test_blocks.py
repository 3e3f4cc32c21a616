"""Blocks of servers and of single actors."""

import pytest

from dosfed.activitypub.blocks import Blocklist, block_all, read_target, unblock
from dosfed.storage.engine import Database
from tests.conftest import START


async def blocklist(database: Database, *targets: str) -> Blocklist:
    blocks = Blocklist()
    async with database.write() as connection:
        for target in targets:
            await block_all(connection, {read_target(target): "spam"}, START)
        await blocks.load(connection)
    return blocks


@pytest.mark.rule("5.7")
@pytest.mark.parametrize(
    "uri", ["https://bad.example/users/x", "https://a.b.bad.example/x", "https://BAD.example/"]
)
async def test_a_blocked_host_takes_its_sub_domains_along(database: Database, uri: str) -> None:
    assert (await blocklist(database, " *.Bad.example")).is_blocked(uri)


@pytest.mark.parametrize("uri", ["https://notbad.example/x", "https://example/x", ""])
async def test_a_similar_name_is_another_host(database: Database, uri: str) -> None:
    assert not (await blocklist(database, "bad.example")).is_blocked(uri)


async def test_one_actor_is_blocked_without_its_neighbours(database: Database) -> None:
    blocks = await blocklist(database, "https://masto.example/users/bo")
    assert blocks.is_blocked("https://masto.example/users/bo")
    assert not blocks.is_blocked("https://masto.example/users/ana")


async def test_a_block_is_lifted_and_may_be_repeated(database: Database) -> None:
    await blocklist(database, "bad.example", "bad.example")
    blocks = Blocklist()
    async with database.write() as connection:
        assert await unblock(connection, "BAD.example")
        assert not await unblock(connection, "bad.example")
        await blocks.load(connection)
    assert not blocks.is_blocked("https://bad.example/")
