"""What is put into the outbox reaches other servers: once, in order, whatever they answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from dosfed.activitypub.client import TOTAL_SECONDS
from dosfed.activitypub.delivery import TURNS, Courier
from dosfed.activitypub.destinations import revive
from dosfed.activitypub.queues import LEASE, PER_DESTINATION, Room, claim
from dosfed.activitypub.tables import Actors, Destinations, Outbox
from dosfed.storage.engine import Database
from tests.activitypub.sending import Sender, gate, sender
from tests.conftest import GivenClock
from tests.simulated.mastodon import Document
from tests.simulated.servers import Behaviour, SimulatedServer

SOONER = TOTAL_SECONDS - 2  # than anybody is given up who does not answer
FAILING = Behaviour(status=503)
FINE = Behaviour()


@pytest.fixture
async def us(database: Database, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Sender]:
    async with sender(database, clock, tmp_path) as us:
        yield us


def received(server: SimulatedServer) -> list[str]:
    return [delivery.activity["id"] for delivery in server.received]


def has_id(uri: str) -> Callable[[Document], bool]:
    return lambda activity: activity["id"] == uri


@asynccontextmanager
async def running(courier: Courier) -> AsyncIterator[None]:
    task = asyncio.create_task(courier.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_activities_arrive_signed_and_in_order(us: Sender) -> None:
    servers = [us.world.server(name) for name in ("masto", "gts", "snac")]
    sent = [await us.put(number, servers) for number in range(3)]
    assert await us.deliver() == 9
    for server in servers:
        assert received(server) == sent
        assert server.refused == []
        assert {delivery.key_id for delivery in server.received} == {f"{us.author}#main-key"}
        destination = await us.destination(server)
        assert (destination["is_waiting"], destination["leased_until"]) == (False, None)
    assert set(await us.statuses()) == {(202, True)}
    bodies = {row["id"]: row["body"] for row in await us.rows(Outbox)}
    assert [delivery.body for delivery in servers[0].received] == [bodies[uri] for uri in sent]


async def test_what_is_delivered_is_not_sent_again(us: Sender) -> None:
    server = us.world.server("masto")
    await us.put(1, [server])
    assert await us.deliver() == 1
    us.clock.advance(days=1)
    assert await us.deliver() == 0
    assert len(server.received) == 1


async def test_a_long_queue_is_delivered_whole_and_in_order(us: Sender) -> None:
    server = us.world.server("gts")
    inboxes = [f"{server.origin}/users/u{number:03}/inbox" for number in range(PER_DESTINATION)]
    for number in range(3):
        await us.put_to(number, inboxes)
    assert await us.deliver() == 3 * PER_DESTINATION
    ids = received(server)
    assert ids == sorted(ids)
    assert {delivery.path for delivery in server.received} == {
        f"/users/u{number:03}/inbox" for number in range(PER_DESTINATION)
    }


async def test_a_failure_that_may_pass_holds_back_all_that_waits_behind_it(us: Sender) -> None:
    server, other = us.world.server("masto"), us.world.server("gts")
    sent = [await us.put(number, [server, other]) for number in range(3)]
    server.inbox = FAILING
    assert await us.deliver() == 3
    assert received(other) == sent
    queued = [status for status in await us.statuses() if status != (202, True)]
    assert queued == [(503, False), (None, False), (None, False)]
    server.inbox = FINE
    us.clock.advance(seconds=14)
    assert await us.deliver() == 0
    us.clock.advance(seconds=1)
    assert await us.deliver() == 3
    assert received(server) == sent
    assert (await us.destination(server))["failures"] == 0


async def test_what_is_put_during_a_back_off_waits_its_turn(us: Sender) -> None:
    server = us.world.server("masto")
    server.inbox = FAILING
    first = await us.put(1, [server])
    await us.deliver()
    server.inbox = FINE
    second = await us.put(2, [server])
    assert await us.deliver() == 0
    us.clock.advance(seconds=15)
    await us.deliver()
    assert received(server) == [first, second]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 422, 308, 501])
async def test_a_refusal_ends_one_delivery_and_the_next_goes_on(us: Sender, status: int) -> None:
    server = us.world.server("masto")
    server.inbox = Behaviour(status=status)
    await us.put(1, [server])
    assert await us.deliver() == 1
    server.inbox = FINE
    second = await us.put(2, [server])
    assert await us.deliver() == 1
    assert received(server) == [second]
    assert await us.statuses() == [(status, True), (202, True)]


@pytest.mark.parametrize("status", [302, 408, 425, 429, 500, 502, 503, 504])
async def test_a_passing_failure_is_tried_again(us: Sender, status: int) -> None:
    server = us.world.server("masto")
    server.inbox = Behaviour(status=status)
    await us.put(1, [server])
    assert await us.deliver() == 0
    assert await us.statuses() == [(status, False)]
    destination = await us.destination(server)
    assert destination["next_at"] == us.clock.now() + timedelta(seconds=15)
    assert (destination["is_waiting"], destination["leased_until"]) == (True, None)


async def test_a_server_that_is_busy_says_when_to_come_back(us: Sender) -> None:
    server = us.world.server("gts")
    server.inbox = Behaviour(status=429, retry_after=300)
    await us.put(1, [server])
    await us.deliver()
    server.inbox = FINE
    us.clock.advance(seconds=299)
    assert await us.deliver() == 0
    us.clock.advance(seconds=60)
    assert await us.deliver() == 1


async def test_a_server_that_nobody_finds_is_tried_again(us: Sender) -> None:
    nobody = "http://nobody.localhost:9"
    await us.put_to(1, [f"{nobody}/inbox"])
    assert await us.deliver() == 0
    assert await us.statuses() == [(0, False)]


async def test_the_other_form_of_signature_is_tried_once_and_remembered(us: Sender) -> None:
    server = us.world.server("new")
    server.forms = frozenset({"rfc9421"})
    sent = [await us.put(number, [server]) for number in range(3)]
    await us.deliver()
    assert received(server) == sent
    assert len(server.refused) == 1
    server.forms = frozenset({"cavage"})
    sent += [await us.put(number, [server]) for number in range(3, 6)]
    await us.deliver()
    assert received(server) == sent
    assert len(server.refused) == 2
    assert (await us.destination(server))["signature"] == "cavage"


async def test_the_form_of_a_new_destination_is_draft_cavage(us: Sender) -> None:
    server = us.world.server("masto")
    await us.put(1, [server])
    await us.deliver()
    assert [delivery.form for delivery in server.received] == ["cavage"]
    rows = await us.rows(Destinations)
    assert [row["signature"] for row in rows] == ["cavage"]


async def test_a_server_that_takes_neither_form_holds_nothing_back(us: Sender) -> None:
    server = us.world.server("strict")
    server.forms = frozenset()
    await us.put(1, [server])
    assert await us.deliver() == 1
    assert len(server.refused) == 2
    assert await us.statuses() == [(401, True)]
    destination = await us.destination(server)
    assert (destination["signature"], destination["failures"]) == ("cavage", 0)


async def test_slow_servers_delay_nobody_else(us: Sender) -> None:
    slow = [us.world.server(f"slow{number}") for number in range(TURNS + 12)]
    answering = asyncio.Event()
    for server in slow:
        server.inbox = Behaviour(until=answering)
    first = await us.put(1, slow)
    us.clock.advance(seconds=1)
    quick = us.world.server("quick")
    second = await us.put(2, [quick])
    async with running(us.courier()):
        await quick.wait_for(has_id(second), seconds=SOONER)
        answering.set()
        for server in slow:
            await server.wait_for(has_id(first))


async def test_a_running_courier_hears_of_new_activities(us: Sender) -> None:
    server = us.world.server("masto")
    courier = us.courier()
    async with running(courier):
        for number in range(3):
            uri = await us.put(number, [server])
            courier.wake()
            await server.wait_for(has_id(uri))


async def test_a_courier_that_stops_ends_what_is_under_way(us: Sender) -> None:
    async with gate() as door:
        await us.put_to(1, [door.inbox])
        await us.put_to(2, [door.inbox])
        task = asyncio.create_task(us.courier().run())
        await door.arrived.wait()
        task.cancel()
        await asyncio.sleep(0)
        door.may_answer.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await us.statuses() == [(202, True), (None, False)]
    (destination,) = await us.rows(Destinations)
    assert (destination["is_waiting"], destination["leased_until"]) == (True, None)
    assert destination["failures"] == 0


async def test_what_a_killed_courier_had_claimed_goes_again(us: Sender) -> None:
    server = us.world.server("masto")
    sent = [await us.put(1, [server]), await us.put(2, [server])]
    await claim_and_die(us)
    assert await us.deliver() == 0
    us.clock.advance(seconds=LEASE.total_seconds())
    assert await us.deliver() == 2
    assert received(server) == sent


async def test_after_a_restart_on_sqlite_nothing_waits_for_a_lease(us: Sender) -> None:
    if not us.database.is_sqlite:
        pytest.skip("on PostgreSQL the lease may be another process's")
    server = us.world.server("masto")
    uri = await us.put(1, [server])
    await claim_and_die(us)
    async with running(us.courier()):
        await server.wait_for(has_id(uri))


async def test_couriers_of_several_processes_share_the_work(us: Sender) -> None:
    servers = [us.world.server(f"s{number}") for number in range(20)]
    sent = [await us.put(number, servers) for number in range(3)]
    done = await asyncio.gather(*(us.deliver() for _ in range(3)))
    assert sum(done) == 60
    assert all(received(server) == sent for server in servers)


async def test_a_server_that_fails_for_a_week_is_given_up_until_it_speaks(us: Sender) -> None:
    server = us.world.server("masto")
    server.inbox = FAILING
    await us.put(1, [server])
    await us.put(2, [server], is_ephemeral=True)
    await fail_until_dead(us, server)
    assert await us.statuses() == [(503, True), (503, True)]
    assert [row["body"] is None for row in await us.rows(Outbox)] == [False, True]
    server.inbox = FINE
    await us.put(3, [server])
    us.clock.advance(days=30)
    assert await us.deliver() == 0
    async with us.database.write() as connection:
        await revive(connection, server.host)
    fourth = await us.put(4, [server])
    assert await us.deliver() == 1
    assert received(server) == [fourth]


@pytest.mark.parametrize("status", [202, 403])
async def test_the_bytes_of_a_ballot_go_once_it_is_delivered(us: Sender, status: int) -> None:
    server, other = us.world.server("masto"), us.world.server("gts")
    server.inbox = Behaviour(status=503)
    await us.put(1, [server, other], is_ephemeral=True)
    await us.put(2, [other])
    await us.deliver()
    assert all(row["body"] for row in await us.rows(Outbox))
    server.inbox = Behaviour(status=status)
    us.clock.advance(seconds=15)
    await us.deliver()
    assert [row["body"] is None for row in await us.rows(Outbox)] == [True, False]


async def test_what_can_no_longer_be_sent_holds_nothing_back(us: Sender) -> None:
    server = us.world.server("masto")
    erased = await us.put(1, [server])
    second = await us.put(2, [server])
    async with us.database.write() as connection:
        await connection.execute(update(Outbox).where(Outbox.id == erased).values(body=None))
    assert await us.deliver() == 2
    assert received(server) == [second]
    assert await us.statuses() == [(0, True), (202, True)]


async def test_nobody_signs_for_an_actor_who_is_not_ours(us: Sender) -> None:
    server = us.world.server("masto")
    await us.put(1, [server])
    async with us.database.write() as connection:
        await connection.execute(delete(Actors))
    assert await us.deliver() == 1
    assert received(server) == []
    assert await us.statuses() == [(0, True)]


async def claim_and_die(us: Sender) -> None:
    async with us.database.write() as connection:
        claimed = await claim(connection, Room(healthy=9, failing=9), us.clock.now())
    assert len(claimed) == 1


async def fail_until_dead(us: Sender, server: SimulatedServer) -> None:
    for _ in range(20):
        destination = await us.destination(server)
        if destination["dead_at"] is not None:
            return
        us.clock.moment = max(us.clock.now(), destination["next_at"])
        await us.deliver()
    raise AssertionError("never given up")
