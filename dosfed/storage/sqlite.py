"""SQLite, asked on the event loop's own thread, or beside it for what may take long."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Self

import aiosqlite

# SQLite has no server to wait for. A statement is a call of a function, which comes back after some
# hundredths of a millisecond, with the answer. The library for asyncio treats it as if it were far
# away: each connection has a thread, and each call, four for one statement, goes there and comes
# back. What that costs is not the work but the two changes of core, which take longer than the
# statement (docs/decisions/0009 has the figures: twice as many pages a second without it).
#
# So the loop's thread asks by itself. Nobody else has a turn meanwhile, as with any other line of
# Python that takes as long. That is right as long as nothing takes longer, and three things may:
#
#   a lock       another process may write just now: so whatever begins a transaction, unless it
#                only reads, which in WAL mode waits for nobody, goes to the thread
#   the disk     a commit is done when the disk says so: to the thread
#   many rows    nobody knows before; so each statement is timed, by its text, and one that was slow
#                goes to the thread until it is quick again. A search that grows slow with the
#                instance holds others up once. What is known to be slow says so (`SLOW`)
#
# A connection is then used by two threads, and must never be by both at once. The loop's is the one
# to decide, and goes by two numbers: what it sent to the thread, and what the thread has done.
# Mostly they are equal. They are not where somebody was cancelled while they waited: the thread
# goes on all the same, and until it is done whatever else is asked goes there too, and waits.

Parameters = Sequence[Any]
BEGIN = "BEGIN"
ROWS = 64  # at once, for whoever iterates; we do not
# A statement that took longer holds up others for longer than the way to a thread takes.
SLOW_SECONDS = 0.005
MOST_SLOW = 1_000  # texts of statements; lists of values make many of one
SLOW = "/* slow */"  # begins a statement that is known to take long before it is asked
# After so long, somebody who asks again and again lets others have their turn.
TURN_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a statement came to, taken out of the cursor before it was closed."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: Sequence[Any]


_NOTHING = _Answer(description=None, rowcount=-1, lastrowid=None, rows=())


class Connection(aiosqlite.Connection):
    """A connection that asks at once where the library goes to a thread and back four times.

    The thread is there for what may take long: whatever is outside of a transaction, since it
    may wait for a lock; commits, which wait for the disk; and statements that say that they are
    slow, or were so when they were asked last, by whichever connection (`slow`). A BEGIN that
    takes no lock waits for the first statement, which takes it along: writers must say
    BEGIN IMMEDIATE.
    """

    def __init__(self, path: str, slow: set[str]) -> None:
        super().__init__(partial(sqlite3.connect, path, check_same_thread=False), ROWS)
        self._thread.daemon = True  # nobody waits for it when the process ends
        self._slow = slow
        self._turn = 0.0
        self._is_to_begin = False
        self._was_asked = False  # also by whoever did not wait for the answer
        # What was sent to the thread, and what it has done: a number each is alone to write.
        self._sent = 0
        self._done = 0

    def cursor(self) -> "Cursor":  # type: ignore[override]  # a context as well, but at no cost
        """Return a cursor, which so far costs nothing."""
        return Cursor(self)

    async def answer(self, sql: str, parameters: Parameters | None) -> _Answer:
        """Execute a statement and return all of its rows."""
        if sql == BEGIN:
            self._is_to_begin = True
            return _NOTHING
        return await self._ask(sql, partial(_execute, self._conn, sql, parameters))

    async def answer_many(self, sql: str, parameters: Iterable[Parameters]) -> _Answer:
        """Execute a statement for each of several sets of parameters."""
        return await self._ask(sql, partial(_execute_many, self._conn, sql, parameters))

    async def commit(self) -> None:
        """End a transaction, if anything was asked since the last one."""
        self._is_to_begin = False
        if self._was_asked:
            await super().commit()
            self._was_asked = False

    async def rollback(self) -> None:
        """Undo a transaction, if anything was asked since the last one."""
        self._is_to_begin = False
        if not self._was_asked:
            return  # SQLAlchemy ends each transaction, also those in which nothing was asked
        if self._is_busy:
            await super().rollback()
        else:
            self._conn.rollback()
        self._was_asked = False

    @property
    def _is_busy(self) -> bool:
        """Whether the thread still has work that somebody no longer waits for."""
        return self._sent != self._done

    async def _ask(self, sql: str, work: Callable[[], _Answer]) -> _Answer:
        self._was_asked = True
        work = partial(self._time, sql, work)
        if self._is_to_begin:
            # A reader's BEGIN: it takes no lock, and in WAL mode neither does what follows.
            self._is_to_begin = False
            work = partial(_begin, self._conn, work)
            may_wait = self._is_busy
        else:
            may_wait = self._is_busy or not self.in_transaction
        if may_wait or sql in self._slow or SLOW in sql:
            answer: _Answer = await self._execute(work)
            return answer
        if perf_counter() - self._turn > TURN_SECONDS:
            await asyncio.sleep(0)
            self._turn = perf_counter()
        return work()

    def _time(self, sql: str, work: Callable[[], _Answer]) -> _Answer:
        began = perf_counter()
        answer = work()
        if perf_counter() - began < SLOW_SECONDS:
            self._slow.discard(sql)
        elif len(self._slow) < MOST_SLOW:
            self._slow.add(sql)
        return answer

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Let the thread do something, the way of the library for whatever it does."""
        self._sent += 1
        work = partial(fn, *args, **kwargs)
        return await super()._execute(self._do, work)  # type: ignore[no-untyped-call]  # the library's

    def _do(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            self._done += 1


def _begin(connection: sqlite3.Connection, work: Callable[[], _Answer]) -> _Answer:
    connection.execute(BEGIN).close()
    return work()


def _execute(connection: sqlite3.Connection, sql: str, parameters: Parameters | None) -> _Answer:
    cursor = connection.execute(sql, () if parameters is None else parameters)
    return _answer(cursor)


def _execute_many(
    connection: sqlite3.Connection, sql: str, parameters: Iterable[Parameters]
) -> _Answer:
    return _answer(connection.executemany(sql, parameters))


def _answer(cursor: sqlite3.Cursor) -> _Answer:
    # The rows first: what RETURNING gives counts as changed only once it was read.
    rows = cursor.fetchall() if cursor.description else ()
    answer = _Answer(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    cursor.close()
    return answer


class Cursor:
    """What SQLAlchemy asks of a cursor, of which only the execution asks the database."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answer = _NOTHING

    async def __aenter__(self) -> Self:
        """Begin without asking anything of the thread."""
        return self

    @property
    def description(self) -> Any:
        """The names of the columns; none for a statement without rows."""
        return self._answer.description

    @property
    def rowcount(self) -> int:
        """How many rows a statement changed."""
        return self._answer.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The id of the row that was inserted last."""
        return self._answer.lastrowid

    async def execute(self, sql: str, parameters: Parameters | None = None) -> Self:
        """Execute a statement and keep its rows."""
        self._answer = await self._connection.answer(sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Parameters]) -> Self:
        """Execute a statement for each of several sets of parameters."""
        self._answer = await self._connection.answer_many(sql, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows, which are here already."""
        return self._answer.rows

    async def close(self) -> None:
        """Do nothing: it was closed when its rows were read."""


def connector(path: str) -> Callable[[], Awaitable[Connection]]:
    """Return what opens connections to a database file."""
    slow: set[str] = set()

    async def connect() -> Connection:
        return await Connection(path, slow)  # type: ignore[return-value]  # itself, opened

    return connect
