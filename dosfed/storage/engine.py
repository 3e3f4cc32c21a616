"""Connections to the database, on SQLite as on PostgreSQL."""

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as Busy
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as TimeoutExpired
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dosfed.storage.sqlite import connector
from dosfed.storage.troubles import Troubles

# Two engines that agree on little: SQLite has one writer, no server, and a file; PostgreSQL has
# many of each. What the code above sees of that is `write`, `read` and `is_sqlite`, in few places.
#
# On SQLite a second writer waits, for as long as `busy_timeout` lets it, inside the library. So the
# writers of a process wait in a queue of our own, which holds no thread and is fair; the library's
# wait is left for other processes, a verb of the command line say. Readers never wait (WAL), and
# have connections of their own that cannot write: whoever forgets which of the two they hold is
# told at once, where PostgreSQL would let it pass.
#
# On PostgreSQL one pool serves both. A transaction there sees what others commit while it goes on,
# so that whatever is decided by a look locks what it has looked at (`statements.take_turns`, and
# each `with_for_update`).

# So many connections are kept, the one that was used last first: what a pool opens beyond that
# it closes at once, and opening one takes longer than any page.
READERS = 6
POSTGRESQL_CONNECTIONS = 20
CONNECT_SECONDS = 5
# Listeners hear of each transaction that has written anything, once it has committed.
CHANNEL = "dosfed"
TELL = text(f"SELECT pg_notify('{CHANNEL}', '') WHERE txid_current_if_assigned() IS NOT NULL")
# Of each connection; the system keeps the file in its own cache as well.
CACHE_KIBIBYTES = 512
# A command line verb may find the server's transactions in its way; they are short.
BUSY_SECONDS = 20
WAL_ATTEMPTS, WAL_SECONDS = 20, 0.02
PASSING = frozenset({"08", "40", "53", "57"})
# busy, locked, out of memory, read-only, interrupted, a failing or full disk, not to be opened;
# not what a statement brings about by itself, which would fail again for ever.
SQLITE_PASSING = frozenset({5, 6, 7, 8, 9, 10, 13, 14, 15})
SCRUB_MILLISECONDS = 100
# What fails is logged; who voted what, and who has which address, is not.
QUIET: Mapping[str, Any] = {"hide_parameters": True}
KEPT: Mapping[str, Any] = {"max_overflow": 0, "pool_use_lifo": True}


class DatabaseAway(OSError):
    """The database cannot be connected to."""


class Database:
    """One database; only the edges ask it for a transaction.

    On SQLite all writes of the process wait in one queue, since a second writer would
    only wait inside the library, holding a thread.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self.writer = writer
        self.reader = reader
        self.is_sqlite = writer.dialect.name == "sqlite"
        self.troubles = Troubles()
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end, or rolls back on an exception."""
        if not self.is_sqlite:
            async with _connected(self.writer) as connection, connection.begin() as transaction:
                yield connection
                if transaction.is_active:  # it was not undone
                    # Heard once this commits, never before: those who look then see it all.
                    await connection.execute(TELL)
            return
        async with self._queue, _connected(self.writer) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that sees one state of the database and changes nothing."""
        async with _connected(self.reader) as connection:
            yield connection

    async def scrub(self) -> bool:
        """Empty the log of SQLite, where bytes that were erased from the file stay for a while.

        A reader in the way is not waited for long; False means that it must be tried again.
        """
        if not self.is_sqlite:
            return True
        async with self._outside() as raw:
            # No transaction: inside of one there is no checkpoint.
            await _ask(raw, f"PRAGMA busy_timeout={SCRUB_MILLISECONDS}")
            [(is_busy, _, _)] = await _ask(raw, "PRAGMA wal_checkpoint(TRUNCATE)")
            await _ask(raw, f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        return not is_busy

    def size(self) -> int:
        """Return how many bytes the file of SQLite has."""
        return Path(self.writer.url.database or "").stat().st_size

    async def vacuum(self) -> None:
        """Write the file of SQLite anew, and have all writers wait meanwhile.

        `secure_delete` wipes what is deleted, but not the copies that stay behind within a page
        when rows move from one to another.
        """
        async with self._outside() as raw:
            await _ask(raw, "VACUUM")

    @asynccontextmanager
    async def _outside(self) -> AsyncIterator[Any]:
        """Hold the queue of SQLite and its connection, outside of any transaction."""
        async with self._queue, self.writer.connect() as connection:
            pooled = await connection.get_raw_connection()
            yield pooled.driver_connection

    async def dispose(self) -> None:
        """Close all connections."""
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()


async def _ask(raw: Any, statement: str) -> list[Any]:
    """Return all rows, so that no statement is left open."""
    async with raw.execute(statement) as cursor:
        rows: list[Any] = await cursor.fetchall()
    return rows


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except (OSError, TimeoutExpired) as error:
            raise DatabaseAway(f"the database cannot be reached: {error}") from error
        yield connection


def keeps_from_answering(error: BaseException) -> bool:
    """Whether a failure is the database's, or the disk's, and may be over when asked again."""
    if isinstance(error, OSError) and not isinstance(error, DatabaseAway | ConnectionError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
    return is_passing(error)


def is_passing(error: BaseException) -> bool:
    """Whether a failure of the database may be over at the next attempt.

    On PostgreSQL by class of SQLSTATE: lost connections (08), deadlocks and failed
    serialisation (40), lack of resources (53), the operator at work (57). What has none is the
    driver's, whose connection broke off in the middle of something.
    """
    if isinstance(error, OSError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)  # asyncpg's; sqlite3 has a number of its own
    if error.connection_invalidated or (state is None and isinstance(error, InternalError)):
        return True
    if state is None:
        code = getattr(error.orig, "sqlite_errorcode", min(SQLITE_PASSING))
        return isinstance(error, OperationalError) and code & 0xFF in SQLITE_PASSING
    return str(state)[:2] in PASSING


def open_database(url: str) -> Database:
    """Return the database at a SQLAlchemy URL; the folder of a SQLite file is made."""
    if not url.startswith("sqlite"):
        engine = create_async_engine(
            url,
            pool_size=POSTGRESQL_CONNECTIONS,
            connect_args={"timeout": CONNECT_SECONDS},
            **KEPT,
            **QUIET,
        )
        event.listen(engine.sync_engine, "handle_error", _leave_out_values)
        return Database(engine, engine)
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Addresses and ballots are in it: made for its owner alone, as SQLite then makes the
        # files beside it. Where it cannot be made, opening it says why.
        with suppress(OSError):
            Path(path).touch(mode=0o600)
    connect = connector(path or ":memory:")
    writer = create_async_engine(url, async_creator=connect, pool_size=1, **KEPT, **QUIET)
    reader = create_async_engine(url, async_creator=connect, pool_size=READERS, **KEPT, **QUIET)
    # IMMEDIATE takes the lock of a writer at the start. A transaction that reads first and then
    # writes would find that another process wrote in between, and be told so (SQLITE_BUSY_SNAPSHOT)
    # without any wait: what it has read is old, and it could only begin anew.
    _prepare(writer, begin="BEGIN IMMEDIATE", query_only=False)
    _prepare(reader, begin="BEGIN", query_only=True)
    return Database(writer, reader)


def _leave_out_values(context: ExceptionContext) -> None:
    """Let an error say which rule a row broke, not the row: it would be read in the log.

    PostgreSQL gives the values in a detail, which the driver and SQLAlchemy repeat each.
    """
    error, cause = context.original_exception, context.original_exception.__cause__
    if getattr(cause, "detail", None) is None:
        return
    cause.detail = None  # type: ignore[union-attr]  # asyncpg's own
    for one in (error, context.sqlalchemy_exception):
        if one is not None:
            one.args = tuple(str(part).partition("\nDETAIL:")[0] for part in one.args)


def _prepare(engine: AsyncEngine, *, begin: str, query_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # the "begin" event below says when a transaction starts
        raw: SqliteConnection = dbapi.cursor()
        # First: already the next one waits for other processes.
        raw.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        _keep_a_log(raw)
        for pragma in (
            # NORMAL would be several times as fast, and lose the last commits when the power fails:
            # what an inbox has answered with 202 its sender will not send again.
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # zeros in place of what is deleted (rule 4.4)
            f"cache_size=-{CACHE_KIBIBYTES}",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            raw.execute(f"PRAGMA {pragma}")
        raw.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _keep_a_log(raw: SqliteConnection) -> None:
    """Let the file be written by way of a log (WAL), so that readers never wait.

    Two connections that change a new file at once would wait for each other without end: one of
    them is told at once that the file is locked, whatever it has set to wait.
    """
    for _ in range(WAL_ATTEMPTS):
        with suppress(Busy):
            raw.execute("PRAGMA journal_mode=WAL")
            return
        time.sleep(WAL_SECONDS)
    raw.execute("PRAGMA journal_mode=WAL")
