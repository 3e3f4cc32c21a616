"""An instance opens at the base URL that it was first used with."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from dosfed.activitypub.tables import Actors
from dosfed.acts.opening import OtherBaseUrl, open_instance
from dosfed.settings import Settings
from tests.conftest import GivenClock


async def test_a_new_instance_has_an_actor_whose_key_stays(
    settings: Settings, clock: GivenClock
) -> None:
    keys = []
    for _ in range(2):
        async with open_instance(settings, clock) as opened, opened.database.read() as connection:
            row = (await connection.execute(select(Actors.id, Actors.private_key))).one()
            assert row.id == f"{settings.base_url}/actor"
            keys.append(row.private_key)

    assert keys[0] == keys[1]


async def test_another_base_url_later_is_refused(settings: Settings, clock: GivenClock) -> None:
    async with open_instance(settings, clock):
        pass

    with pytest.raises(OtherBaseUrl, match=settings.base_url):
        async with open_instance(replace(settings, base_url="https://other.example"), clock):
            pass


async def test_two_processes_that_start_at_once_agree(
    settings: Settings, empty_database_url: str, clock: GivenClock
) -> None:
    fresh = replace(settings, database_url=empty_database_url)

    async def open_once() -> str:
        async with open_instance(fresh, clock) as opened, opened.database.read() as connection:
            return (await connection.execute(select(Actors.private_key))).scalar_one()

    first, second = await asyncio.gather(open_once(), open_once())

    assert first == second
