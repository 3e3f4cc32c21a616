"""Opening the instance: its tables, its base URL, its own actor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.activitypub.instance import Instance
from dosfed.acts.submission import House
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database, open_database
from dosfed.storage.migrate import migrate
from dosfed.storage.schema import Kept
from dosfed.storage.statements import insert_ignore

BASE_URL = "base_url"


class OtherBaseUrl(ValueError):
    """The ids of this instance begin with another base URL than the one that is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An instance that is ready for use."""

    database: Database
    house: House


def house_of(settings: Settings) -> House:
    """Return what acts need to know of the instance that the settings describe."""
    return House(
        instance=Instance(base_url=settings.base_url),
        tally_interval=timedelta(seconds=settings.tally_interval),
    )


@asynccontextmanager
async def open_instance(settings: Settings, clock: Clock) -> AsyncIterator[Opened]:
    """Migrate the database, hold the base URL to the one first used, see to the instance's actor.

    Every process does this before anything else. Raises `OtherBaseUrl`.
    """
    await migrate(settings.database_url)
    database = open_database(settings.database_url)
    house = house_of(settings)
    try:
        async with database.read() as connection:
            kept = await kept_base_url(connection)
        if kept is None:
            async with database.write() as connection:
                kept = await _use_first(connection, house.instance, clock)
        _check_base_url(kept, settings)
        yield Opened(database=database, house=house)
    finally:
        await database.dispose()


async def _use_first(connection: AsyncConnection, instance: Instance, clock: Clock) -> str | None:
    """Keep the base URL, unless another process was quicker, and make the instance's actor."""
    await insert_ignore(connection, Kept, [{"name": BASE_URL, "value": instance.base_url}])
    kept = await kept_base_url(connection)
    if kept == instance.base_url:
        await ensure_instance_actor(connection, instance, await clock.stamp(connection))
    return kept


async def kept_base_url(connection: AsyncConnection) -> str | None:
    """Return the base URL that this instance was first used with, if any."""
    statement = select(Kept.value).where(Kept.name == BASE_URL)
    return (await connection.execute(statement)).scalar_one_or_none()


def _check_base_url(kept: str | None, settings: Settings) -> None:
    if kept != settings.base_url:
        raise OtherBaseUrl(
            f"DOSFED_BASE_URL: this instance was first used at {kept};"
            f" its ids cannot move to {settings.base_url}"
        )
