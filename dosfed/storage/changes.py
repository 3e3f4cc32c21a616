"""Hearing that a database was changed, by whichever process.

Whoever waits for work would otherwise have to ask for it several times a second, each of them.
SQLite counts in each connection what others have committed (`PRAGMA data_version`): to read that
number takes microseconds. PostgreSQL tells those who listen, once a transaction that has written
anything commits (`Database.write`).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage.engine import CHANNEL, Database
from dosfed.waits import end

# With the next, the half a second within which a commit is heard of (docs/architecture.md).
LOOK_SECONDS = 0.25
# Many commits at once are one change to whoever looks again.
GATHER_SECONDS = 0.1
AGAIN_SECONDS = 1.0
END_SECONDS = 1.0


class Changes:
    """Calls whoever wants to know, soon after something was committed."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def call(self, callback: Callable[[], None]) -> None:
        """Call this from now on after each change, and when one may have been missed."""
        self._callbacks.append(callback)

    def note(self) -> None:
        """Tell everybody in a moment, once for all that changes until then."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        self._timer = None
        for callback in self._callbacks:
            callback()


@asynccontextmanager
async def watched(database: Database) -> AsyncIterator[Changes]:
    """Watch a database until the end of the block."""
    changes = Changes()
    watch = _look if database.is_sqlite else _listen
    watching = asyncio.create_task(watch(database, changes))
    try:
        yield changes
    finally:
        await end([watching], seconds=END_SECONDS)


async def _look(database: Database, changes: Changes) -> None:
    """Look at the number of commits again and again."""
    path = database.reader.url.database or ":memory:"
    while True:
        try:
            # On the loop, and not by a pool: the number counts what *other* connections commit, so
            # it needs one of its own that stays, and asking takes microseconds.
            with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
                await _compare(connection, changes)
        except sqlite3.Error as error:
            database.troubles.note(error, where="changes")
        changes.note()  # perhaps: nobody has looked
        await asyncio.sleep(AGAIN_SECONDS)


async def _compare(connection: sqlite3.Connection, changes: Changes) -> None:
    connection.execute("PRAGMA query_only=ON")
    known = None
    while True:
        (number,) = connection.execute("PRAGMA data_version").fetchone()
        if number != known:
            known = number
            changes.note()
        await asyncio.sleep(LOOK_SECONDS)


async def _listen(database: Database, changes: Changes) -> None:
    """Listen on a connection of its own; where it is lost, on another one."""
    while True:
        try:
            async with database.read() as connection:
                try:
                    await _hear(connection, changes)
                finally:
                    await connection.invalidate()  # nobody else should get one that listens
        except Exception as error:  # noqa: BLE001 - whatever the driver says: it is tried again
            database.troubles.note(error, where="changes")
        await asyncio.sleep(AGAIN_SECONDS)


async def _hear(connection: AsyncConnection, changes: Changes) -> None:
    """Listen on a connection until it is lost."""
    pooled = await connection.get_raw_connection()
    raw: Any = pooled.driver_connection
    is_lost = asyncio.Event()
    raw.add_termination_listener(lambda *_: is_lost.set())
    await raw.add_listener(CHANNEL, lambda *_: changes.note())
    changes.note()  # what was committed before we listened
    await is_lost.wait()
