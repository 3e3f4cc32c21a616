"""Bringing the tables up to what this version of dosfed expects."""

from time import monotonic

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage.engine import Database, open_database

HEAD = "0028"
# Any number will do, so long as every process asks PostgreSQL for the same one.
LOCK = 7_306_364
LOCKED = "database is locked"
LONGEST_SECONDS = 3_600.0  # that a process waits while another one migrates


class NewerDatabase(Exception):
    """The tables were made by a later version of dosfed."""


async def migrate(url: str) -> str | None:
    """Bring the database at a SQLAlchemy URL up to date.

    Return the version it had before, or none if it was empty. Processes that start at once
    wait for each other; when nothing is to be done, nothing is locked.
    """
    database = open_database(url)
    try:
        return await _migrate(database)
    finally:
        await database.dispose()


async def read_version(connection: AsyncConnection) -> str | None:
    """Return the version of the tables, or none if there are none."""
    if not await connection.run_sync(_has_version):
        return None
    version: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


async def _migrate(database: Database) -> str | None:
    async with database.read() as connection:
        version = await read_version(connection)
    until = monotonic() + LONGEST_SECONDS
    while not await _is_up_to_date(database):
        try:
            await _upgrade_alone(database)
        except OperationalError as error:
            # Another process of ours may well be migrating, for longer than SQLite waits by itself.
            if LOCKED not in str(error.orig) or monotonic() > until:
                raise
    return version


async def _is_up_to_date(database: Database) -> bool:
    async with database.read() as connection:
        return await read_version(connection) == HEAD


async def _upgrade_alone(database: Database) -> None:
    # Whether there is something to do was asked without a lock; Alembic asks again under it.
    async with database.write() as connection:
        if not database.is_sqlite:  # there, the transaction itself is the lock
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(_upgrade)


def _has_version(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")


def _upgrade(connection: Connection) -> None:
    # Only a process that has something to migrate pays for these imports.
    from alembic import command, config, util  # noqa: PLC0415

    alembic = config.Config()
    alembic.set_main_option("script_location", "dosfed.storage:migrations")
    alembic.attributes["connection"] = connection
    try:
        command.upgrade(alembic, HEAD)
    except util.CommandError as error:
        raise NewerDatabase(f"the database cannot be migrated: {error}") from error
