"""An instance opens at the base URL that it was first used with."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from dosfed.activitypub.tables import Actors
from dosfed.acts.opening import AlreadyBegun, DatabaseLost, OtherBaseUrl, open_instance
from dosfed.settings import Settings
from dosfed.storage.engine import open_database
from dosfed.storage.schema import Kept
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


async def empty(settings: Settings) -> None:
    """Leave tables in which nothing says that an instance was begun."""
    database = open_database(settings.database_url)
    async with database.write() as connection:
        await connection.execute(delete(Actors))
        await connection.execute(delete(Kept))
    await database.dispose()


async def open_once(settings: Settings, clock: GivenClock, *, is_new: bool = False) -> str:
    """Open the instance; return its key."""
    async with (
        open_instance(settings, clock, is_new=is_new) as opened,
        opened.database.read() as connection,
    ):
        return (await connection.execute(select(Actors.private_key))).scalar_one()


async def test_an_emptied_database_beside_a_used_folder_is_not_begun_anew(
    settings: Settings, clock: GivenClock
) -> None:
    first = await open_once(settings, clock)
    await empty(settings)

    with pytest.raises(DatabaseLost, match="serve --new"):
        await open_once(settings, clock)

    assert await open_once(settings, clock, is_new=True) != first


async def test_another_empty_database_beside_a_used_folder_is_not_begun_either(
    settings: Settings, empty_database_url: str, clock: GivenClock, tmp_path: Path
) -> None:
    await open_once(settings, clock)
    other = replace(settings, database_url=empty_database_url)

    with pytest.raises(DatabaseLost):
        await open_once(other, clock)

    assert not (tmp_path / "empty.sqlite3").exists()  # nothing is half done
    assert await open_once(other, clock, is_new=True)


@pytest.mark.parametrize("trace", ["secret.key", "worker.lock", "media"])
async def test_a_folder_of_an_earlier_version_is_known_by_what_is_in_it(
    settings: Settings, clock: GivenClock, tmp_path: Path, trace: str
) -> None:
    (tmp_path / trace).touch()

    with pytest.raises(DatabaseLost):
        await open_once(settings, clock)


async def test_what_an_operator_puts_into_a_new_folder_is_no_trace(
    settings: Settings, clock: GivenClock, tmp_path: Path
) -> None:
    (tmp_path / "dosfed.toml").write_text("")

    assert await open_once(settings, clock)


async def test_an_instance_that_is_there_is_not_begun_anew(
    settings: Settings, clock: GivenClock
) -> None:
    first = await open_once(settings, clock)

    with pytest.raises(AlreadyBegun, match=settings.base_url):
        await open_once(settings, clock, is_new=True)

    assert await open_once(settings, clock) == first
