"""Actors that change or leave: what stays of their keys once that is judged."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dosfed.activitypub.remote import known, read_actor, remember
from dosfed.activitypub.tables import RemoteKeys
from dosfed.activitypub.verification import Verified
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.federation.town import Town, found_town
from tests.simulated.actors import SimulatedActor
from tests.simulated.signing import pool_key

OLD = SimulatedActor(origin="https://masto.example", name="ana", private=pool_key(0))
NEW = SimulatedActor(origin="https://masto.example", name="ana", private=pool_key(1))


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town that knows Ana and her key."""
    founded = await found_town(database, clock)
    async with database.write() as connection:
        await remember(connection, read_actor(OLD.document(), OLD.id), START)
    return founded


async def judge(town: Town, activity: dict[str, Any]) -> None:
    """Store what Ana signed, and judge it."""
    verified = Verified(actor=OLD.id, key_id=OLD.key.id)
    await town.receiver.receive(verified, orjson.dumps(activity), activity)
    await town.judge_all()
    assert (await town.last()).outcome == "admitted"


async def keys(town: Town) -> list[str]:
    async with town.database.read() as connection:
        return list((await connection.execute(select(RemoteKeys.id))).scalars())


async def test_an_update_with_another_key_drops_the_one_that_was_known(town: Town) -> None:
    await judge(town, NEW.update_self())
    assert await keys(town) == []


async def test_an_update_of_the_name_alone_keeps_the_key(town: Town) -> None:
    update = OLD.update_self()
    update["object"]["name"] = "Ana B."
    await judge(town, update)

    assert await keys(town) == [OLD.key.id]
    async with town.database.read() as connection:
        assert (await known(connection, [OLD.id]))[OLD.id].name == "Ana B."


async def test_an_update_that_says_nothing_of_keys_drops_them(town: Town) -> None:
    update = OLD.update_self()
    del update["object"]["publicKey"]
    await judge(town, update)
    assert await keys(town) == []


async def test_whoever_leaves_has_no_key_any_more(town: Town) -> None:
    await judge(town, OLD.delete_self())
    assert await keys(town) == []
