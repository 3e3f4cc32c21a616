"""How long a key is believed: learnt, confirmed, doubted, replaced, gone, in every process."""

import asyncio

import pytest

from dosfed.activitypub.remote import forget, read_actor, renew
from tests.activitypub.door import Door, shows
from tests.simulated.servers import Behaviour, SimulatedServer

SILENT = [
    Behaviour(status=503),
    Behaviour(status=403),
    Behaviour(status=429),
]


async def test_a_key_is_believed_for_a_day_without_asking(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    door.clock.advance(hours=23)
    await door.take(ana)
    assert len(masto.asked) == 1


async def test_a_key_older_than_a_day_is_confirmed_once_and_good_for_another_day(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    for _ in range(3):
        door.clock.advance(hours=25)
        await door.take(ana)
        await door.again().take(ana)
    assert len(masto.asked) == 4


async def test_a_key_that_was_replaced_in_silence_is_over_within_a_day(
    masto: SimulatedServer, door: Door
) -> None:
    old = masto.actor("ana")
    await door.take(old)
    new = masto.change_key("ana")
    door.clock.advance(hours=25)

    refusal = await door.refusal(old)
    assert (refusal.status, refusal.reason) == (401, "key_replaced")
    assert await door.keys() == {}
    await door.take(new)
    assert (await door.refusal(old)).status == 401


async def test_a_key_that_its_owner_lists_no_more_is_over_within_a_day(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    shows(ana, monkeypatch, publicKey=None)
    door.clock.advance(hours=25)

    assert (await door.refusal(ana)).status == 401
    assert await door.keys() == {}


@pytest.mark.parametrize("silence", SILENT, ids=lambda silence: str(silence.status))
async def test_while_its_server_does_not_answer_a_key_counts_for_seven_more_days(
    masto: SimulatedServer, door: Door, silence: Behaviour
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    masto.documents = silence
    for _ in range(7):
        door.clock.advance(hours=25)
        await door.take(ana)

    door.clock.advance(hours=24)
    assert (await door.refusal(ana)).status in {401, 503}

    masto.documents = Behaviour()
    door.clock.advance(seconds=61)
    await door.take(ana)


async def test_a_server_that_hangs_holds_up_a_key_that_is_known_for_three_seconds_a_minute(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    masto.documents = Behaviour(is_silent=True)
    door.clock.advance(hours=25)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await door.take(ana)
    between = loop.time()
    await door.take(ana)

    assert between - began < 5
    assert loop.time() - between < 1
    assert len(masto.asked) == 2


async def test_an_actor_that_is_gone_has_no_key_after_a_day_but_may_say_farewell(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    masto.remove("ana")
    door.clock.advance(hours=25)

    refusal = await door.refusal(ana)
    assert (refusal.status, refusal.reason) == (401, "key_gone")
    await door.take(ana, is_farewell=True)


async def test_nobody_says_farewell_with_a_key_that_was_replaced(
    masto: SimulatedServer, door: Door
) -> None:
    old = masto.actor("ana")
    await door.take(old)
    masto.change_key("ana")
    door.clock.advance(hours=25)
    assert (await door.refusal(old, is_farewell=True)).status == 401


async def test_what_an_update_leaves_out_is_dropped_in_every_process_at_once(
    masto: SimulatedServer, door: Door
) -> None:
    old, other = masto.actor("ana"), door.again()
    await door.take(old)
    await other.take(old)
    new = masto.change_key("ana")
    async with door.database.write() as connection:
        await renew(connection, read_actor(new.document(), new.id), door.clock.now())

    for process in (door, other):
        assert (await process.refusal(old)).status == 401
        await process.take(new)


async def test_a_key_that_an_update_brings_is_not_believed_by_that_alone(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    forged = masto.change_key("ana")
    masto.actors["ana"] = ana  # what its own server says is another thing
    async with door.database.write() as connection:
        await renew(connection, read_actor(forged.document(), ana.id), door.clock.now())

    assert (await door.refusal(forged)).status == 401
    await door.take(ana)


async def test_an_update_that_lists_the_key_as_before_costs_no_question(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    async with door.database.write() as connection:
        await renew(connection, read_actor(ana.document(), ana.id), door.clock.now())
    await door.take(ana)
    assert len(masto.asked) == 1


async def test_a_deleted_actors_key_is_over_in_every_process_at_once(
    masto: SimulatedServer, door: Door
) -> None:
    ana, other = masto.actor("ana"), door.again()
    await door.take(ana)
    await other.take(ana)
    masto.remove("ana")
    async with door.database.write() as connection:
        await forget(connection, ana.id, door.clock.now())

    for process in (door, other):
        assert (await process.refusal(ana)).reason == "key_gone"


async def test_a_key_that_is_doubted_is_confirmed_before_it_decides_again(
    masto: SimulatedServer, door: Door
) -> None:
    ana, other = masto.actor("ana"), door.again()
    await door.take(ana)
    await door.verifier.doubt(ana.id)
    await other.take(ana)
    assert len(masto.asked) == 2

    await door.verifier.doubt(ana.id)
    masto.documents = Behaviour(status=503)
    await door.take(ana)  # an outage loses no ballot

    masto.documents = Behaviour()
    masto.change_key("ana")
    door.clock.advance(seconds=61)
    assert (await other.refusal(ana)).reason == "key_replaced"
