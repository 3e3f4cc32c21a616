"""Which software others run: learnt from NodeInfo, kept for a week."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from dosfed.activitypub.software import AT_ONCE, learn_software, learn_some
from dosfed.activitypub.tables import Destinations, Followers, RemoteActors
from dosfed.storage.engine import Database
from tests.activitypub.sending import Sender, sender
from tests.conftest import GivenClock
from tests.simulated.servers import Behaviour, SimulatedServer


@pytest.fixture
async def us(database: Database, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Sender]:
    async with sender(database, clock, tmp_path) as us:
        yield us


async def deliver_to(us: Sender, *servers: SimulatedServer, follows: bool = True) -> None:
    """Queue something for servers with an actor that we know, and that follows us."""
    async with us.database.write() as connection:
        for server in servers:
            actor = server.actor("ana")
            await connection.execute(
                insert(RemoteActors).values(
                    id=actor.id,
                    host=server.host,
                    type="Person",
                    handle=actor.name,
                    name=actor.name,
                    inbox=actor.inbox,
                    fetched_at=us.clock.now(),
                )
            )
            if follows:
                await connection.execute(
                    insert(Followers).values(
                        actor="https://delib.example/c/quays",
                        follower=actor.id,
                        follow_id=f"{actor.id}#follow",
                        host=server.host,
                        inbox=actor.inbox,
                        since=us.clock.now(),
                    )
                )
    await us.put(1, servers)


async def learn(us: Sender) -> int:
    return await learn_some(us.database, us.client, us.clock)


async def known(us: Sender) -> dict[str, str | None]:
    return {row["host"]: row["software"] for row in await us.rows(Destinations)}


async def test_software_is_learnt_where_we_deliver_to(us: Sender) -> None:
    lemmy = us.world.server("lemmy", software="lemmy")
    masto = us.world.server("masto", software="Mastodon")
    us.world.server("stranger")
    await deliver_to(us, lemmy, masto)
    assert await learn(us) == 2
    assert await known(us) == {lemmy.host: "lemmy", masto.host: "mastodon"}
    assert await learn(us) == 0


async def test_a_server_that_only_voted_is_not_asked(us: Sender) -> None:
    await deliver_to(us, us.world.server("masto"), follows=False)
    assert await learn(us) == 0


async def test_software_is_asked_for_again_after_a_week(us: Sender) -> None:
    server = us.world.server("masto", software="kbin")
    await deliver_to(us, server)
    await learn(us)
    server.software = "mbin"
    us.clock.advance(days=7)
    assert await learn(us) == 0
    us.clock.advance(seconds=1)
    assert await learn(us) == 1
    assert await known(us) == {server.host: "mbin"}


@pytest.mark.parametrize(
    "documents", [Behaviour(status=404), Behaviour(status=503), Behaviour(status=200)]
)
async def test_a_server_that_does_not_say_is_asked_again_after_a_day(
    us: Sender, documents: Behaviour
) -> None:
    server = us.world.server("masto", software="lemmy")
    server.documents = documents
    await deliver_to(us, server)
    assert await learn(us) == 1
    assert await known(us) == {server.host: None}
    server.documents = Behaviour()
    us.clock.advance(days=1)
    assert await learn(us) == 0
    us.clock.advance(seconds=1)
    assert await learn(us) == 1
    assert await known(us) == {server.host: "lemmy"}


async def test_a_server_that_fails_is_left_alone(us: Sender) -> None:
    server = us.world.server("masto")
    server.inbox = Behaviour(status=503)
    await deliver_to(us, server)
    await us.deliver()
    assert await learn(us) == 0


async def test_a_few_servers_are_asked_at_a_time(us: Sender) -> None:
    await deliver_to(us, *(us.world.server(f"s{number}") for number in range(AT_ONCE + 1)))
    assert [await learn(us), await learn(us), await learn(us)] == [AT_ONCE, 1, 0]


@pytest.mark.parametrize("name", ["<b>lemmy</b>", "", "x" * 65, "two words"])
async def test_a_name_that_is_none_is_not_taken(us: Sender, name: str) -> None:
    server = us.world.server("odd", software=name)
    assert await learn_software(us.client, server.origin) is None


async def test_a_server_that_is_not_there_says_nothing(us: Sender) -> None:
    assert await learn_software(us.client, "http://nobody.localhost:9") is None
