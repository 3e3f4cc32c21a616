"""Keys that cannot be had just now, or ever: what others may cost us."""

import asyncio
from dataclasses import replace
from typing import Literal

import pytest

from dosfed.activitypub.verification import Unverified
from tests.activitypub.door import Door, forger_of
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import Fediverse
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.simulated.signing import pool_key

LOOPBACK = "127.0.0.1"


async def test_an_address_that_hangs_is_not_asked_again_for_a_minute(
    masto: SimulatedServer, door: Door
) -> None:
    ana, bo = masto.actor("ana"), masto.actor("bo")
    masto.documents = Behaviour(is_silent=True)
    asked = [asyncio.create_task(door.refusal(ana)) for _ in range(3)]
    refusals = await asyncio.gather(*asked)

    assert {refusal.status for refusal in refusals} == {503}
    assert refusals[0].retry_after == 60
    assert refusals[0].reason == "key_unreachable"
    masto.documents = Behaviour()
    door.clock.advance(seconds=20)
    assert (await door.refusal(ana)).retry_after == 40
    assert masto.asked == ["/users/ana"]

    await door.take(bo)  # an address that hangs says nothing about the others
    door.clock.advance(seconds=41)
    await door.take(ana)


class Endless(asyncio.Event):
    """What never happens, and tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waited_for = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.is_waited_for.set()
        return await super().wait()


async def test_clients_that_had_us_wait_once_do_not_keep_others_out_again(
    masto: SimulatedServer, door: Door
) -> None:
    hostile = [f"203.0.113.{number}" for number in range(3)]

    def hang(kind: str) -> list[asyncio.Task[Unverified]]:
        actors = (masto.actor(f"{kind}{number}") for number in range(len(hostile)))
        asking = (
            door.refusal(actor, address=address)
            for actor, address in zip(actors, hostile, strict=True)
        )
        return [asyncio.create_task(one) for one in asking]

    masto.documents = Behaviour(is_silent=True)
    assert {refusal.status for refusal in await asyncio.gather(*hang("a"))} == {503}
    endless = Endless()
    masto.documents = Behaviour(until=endless)
    again = hang("b")
    await endless.is_waited_for.wait()
    masto.documents = Behaviour()

    await door.take(masto.actor("ana"))
    assert not any(task.done() for task in again)
    # Whoever still gets a turn, before it has waited long enough, is no luckier.
    masto.documents = Behaviour(is_silent=True)
    await asyncio.gather(*again)


async def test_nothing_listens_at_the_keys_host(world: Fediverse, door: Door) -> None:
    actor = SimulatedActor(origin="http://down.localhost:1", name="ana", private=pool_key(0))
    actor = replace(actor, now=world.now)
    refusal = await door.refusal(actor)
    assert (refusal.status, refusal.retry_after) == (503, 60)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 401])
async def test_a_failure_that_may_pass_holds_back_one_key_only(
    masto: SimulatedServer, door: Door, status: int
) -> None:
    ana, bo = masto.actor("ana"), masto.actor("bo")
    masto.documents = Behaviour(status=status)
    assert (await door.refusal(ana)).status == 503
    masto.documents = Behaviour()
    assert (await door.refusal(ana)).status == 503
    await door.take(bo)
    door.clock.advance(seconds=61)
    await door.take(ana)


async def test_a_known_key_is_good_while_its_server_is_down(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    masto.documents = Behaviour(status=500)
    await door.take(ana)
    await door.again().take(ana)

    # Whether the key has changed cannot be known now: the sender may try again.
    assert (await door.refusal(forger_of(ana))).status == 503


async def test_an_actor_that_is_gone_signs_its_own_farewell(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    masto.remove("ana")

    await door.take(ana)
    refusal = await door.refusal(forger_of(ana))
    assert (refusal.status, refusal.reason) == (401, "key_gone")
    await door.again().take(ana)


async def test_an_unknown_actor_that_is_gone_is_refused(masto: SimulatedServer, door: Door) -> None:
    ana = masto.actor("ana")
    masto.remove("ana")
    refusal = await door.refusal(ana)
    assert (refusal.status, refusal.reason) == (401, "key_gone")


async def fail_twenty_times(door: Door, server: SimulatedServer, address: str) -> None:
    """Let a client name twenty keys that are missing at a server."""
    for number in range(20):
        nobody = server.actor(f"nobody{number}")
        server.remove(f"nobody{number}")
        assert (await door.refusal(nobody, address=address)).status == 401


async def test_twenty_failures_a_minute_at_one_server_are_enough_for_one_client(
    world: Fediverse, masto: SimulatedServer, door: Door
) -> None:
    await fail_twenty_times(door, masto, "2001:db8::1")

    # Whoever has one address of a network has them all.
    refusal = await door.refusal(masto.actor("ana"), address="2001:db8::2")
    assert (refusal.status, refusal.reason) == (429, "too_many_fetches")
    assert refusal.retry_after is not None
    assert 0 < refusal.retry_after <= 60
    await door.take(world.server("other").actor("zoe"), address="2001:db8::2")

    door.clock.advance(seconds=61)
    await door.take(masto.actor("bo"), address="2001:db8::1")


async def test_one_client_uses_up_no_patience_but_its_own(
    masto: SimulatedServer, door: Door
) -> None:
    await fail_twenty_times(door, masto, "203.0.113.66")
    assert (await door.refusal(masto.actor("ana"), address="203.0.113.66")).status == 429

    await door.take(masto.actor("ana"), address="198.51.100.1")


async def test_a_missing_address_is_not_asked_again_for_a_minute(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    masto.remove("ana")
    for suffix in ("#main-key", "#main-key", "#other", "#and-another"):
        refusal = await door.refusal(replace(ana, key_suffix=suffix))
        assert (refusal.status, refusal.reason) == (401, "key_gone")
    assert masto.asked == ["/users/ana"]

    door.clock.advance(seconds=61)
    await door.refusal(ana)
    assert len(masto.asked) == 2


async def test_other_names_for_a_key_of_one_document_are_not_asked_for_each(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    for number in range(30):
        refusal = await door.refusal(replace(ana, key_suffix=f"#key-{number}"))
        assert (refusal.status, refusal.reason) == (401, "key_unconfirmed")
    assert masto.asked == ["/users/ana"]

    await door.take(ana)


async def test_forgeries_in_the_name_of_many_count_as_failures(
    masto: SimulatedServer, door: Door
) -> None:
    for number in range(20):
        assert (await door.refusal(forger_of(masto.actor(f"u{number}")))).status == 401
    assert (await door.refusal(forger_of(masto.actor("u20")))).status == 429


async def test_in_development_loopback_is_not_counted(masto: SimulatedServer, door: Door) -> None:
    for number in range(25):
        nobody = masto.actor(f"nobody{number}")
        masto.remove(f"nobody{number}")
        assert (await door.refusal(nobody, address=LOOPBACK)).status == 401
    await door.take(masto.actor("ana"), address=LOOPBACK)


async def test_in_production_loopback_is_counted(masto: SimulatedServer, door: Door) -> None:
    production = replace(door, settings=replace(door.settings, allow_private_network=False))
    for number in range(20):
        nobody = masto.actor(f"nobody{number}")
        masto.remove(f"nobody{number}")
        await production.refusal(nobody, address=LOOPBACK)
    assert (await production.refusal(masto.actor("ana"), address=LOOPBACK)).status == 429


async def test_a_page_instead_of_the_owner_costs_no_known_key(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    masto.documents = Behaviour(status=403)

    assert (await door.refusal(forger_of(ana))).reason == "key_unconfirmed"

    await door.take(ana)
    await door.again().take(ana)


async def test_requests_under_a_changed_key_that_arrive_together_all_pass(
    masto: SimulatedServer, door: Door
) -> None:
    await door.take(masto.actor("ana"))
    masto.documents = Behaviour(delay=0.05)
    new = masto.change_key("ana")
    await asyncio.gather(*(door.take(new) for _ in range(10)))
    assert len(masto.asked) == 2
