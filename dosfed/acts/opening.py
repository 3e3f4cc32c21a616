"""Opening the instance: its tables, its base URL, its own actor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.acts.submission import House
from dosfed.instance import Instance
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database, open_database
from dosfed.storage.migrate import migrate, read_version
from dosfed.storage.schema import Kept
from dosfed.storage.statements import insert_ignore
from dosfed.storage.used import is_there, mark, was_used
from dosfed.wire.namespace import CONTEXT

BASE_URL = "base_url"


class OtherBaseUrl(ValueError):
    """The ids of this instance begin with another base URL than the one that is set."""


class DatabaseLost(RuntimeError):
    """The database holds no instance, though one lived in this data folder."""


class AlreadyBegun(ValueError):
    """The database holds an instance, where a new one was to be begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An instance that is ready for use."""

    database: Database
    house: House


def house_of(settings: Settings) -> House:
    """Return what acts need to know of the instance that the settings describe."""
    return House(
        instance=Instance(base_url=settings.base_url, context=CONTEXT),
        tally_interval=timedelta(seconds=settings.tally_interval),
    )


async def prepare(settings: Settings, *, is_new: bool = False) -> str | None:
    """Bring the tables up to date; return the version that they had before.

    An instance that is begun anew has other keys, and everybody who knew the one before drops
    in silence whatever it signs. So where one lived before it is begun only if `is_new` says so:
    raises `DatabaseLost`, or `AlreadyBegun` where nothing is lost.
    """
    # Asked first: whoever begins an instance leaves traces only once it is in the database.
    is_used = was_used(settings.data_dir)
    kept = await _find_base_url(settings)
    if kept is not None and is_new:
        raise AlreadyBegun(f"--new: there is an instance in this database, first used at {kept}")
    if kept is None and not is_new and is_used:
        raise DatabaseLost(
            f"the database is empty or missing, but {settings.data_dir} was used before:"
            " restore a backup, or begin a new instance with `dosfed serve --new`"
        )
    return await migrate(settings.database_url)


async def _find_base_url(settings: Settings) -> str | None:
    """Return the base URL in a database, which may have no tables or not be there."""
    if not is_there(settings.database_url):
        return None
    database = open_database(settings.database_url)
    try:
        async with database.read() as connection:
            has_tables = await read_version(connection) is not None
            return await kept_base_url(connection) if has_tables else None
    finally:
        await database.dispose()


@asynccontextmanager
async def open_instance(
    settings: Settings, clock: Clock, *, is_new: bool = False
) -> AsyncIterator[Opened]:
    """Migrate the database, hold the base URL to the one first used, see to the instance's actor.

    Every process does this before anything else. Raises `OtherBaseUrl`, and what `prepare` does.
    """
    await prepare(settings, is_new=is_new)
    database = open_database(settings.database_url)
    house = house_of(settings)
    try:
        async with database.read() as connection:
            kept = await kept_base_url(connection)
        if kept is None:
            async with database.write() as connection:
                kept = await _use_first(connection, house.instance, clock)
        _check_base_url(kept, settings)
        mark(settings.data_dir, settings.base_url)
        yield Opened(database=database, house=house)
    finally:
        await database.dispose()


async def _use_first(connection: AsyncConnection, instance: Instance, clock: Clock) -> str | None:
    """Keep the base URL, unless another process was quicker, and make the instance's actor."""
    # Of several processes that start at once the first says what it is, and the others compare.
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
