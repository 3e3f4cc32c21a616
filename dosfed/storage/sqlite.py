"""SQLite behind one thread per connection, asked once for each statement."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import aiosqlite

Parameters = Sequence[Any]
BEGIN = "BEGIN"
ROWS = 64  # at once, for whoever iterates; we do not


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a statement came to, taken out of the cursor before it was closed."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: Sequence[Any]


_NOTHING = _Answer(description=None, rowcount=-1, lastrowid=None, rows=())


class Connection(aiosqlite.Connection):
    """A connection whose cursors go to its thread once: to execute, read all rows and close.

    The library goes four times for each statement, and on a page of ten statements the ways
    took longer than the statements. A BEGIN that takes no lock waits for the first statement,
    which takes it along, and there is no way for the end of what has not begun.
    """

    def __init__(self, path: str) -> None:
        super().__init__(partial(sqlite3.connect, path, check_same_thread=False), ROWS)
        self._thread.daemon = True  # nobody waits for it when the process ends
        self._is_to_begin = False
        self._was_asked = False  # also by whoever did not wait for the answer

    def cursor(self) -> "Cursor":  # type: ignore[override]  # a context as well, but at no cost
        """Return a cursor, which so far costs nothing."""
        return Cursor(self)

    async def answer(self, sql: str, parameters: Parameters | None) -> _Answer:
        """Execute a statement and return all of its rows."""
        if sql == BEGIN:
            self._is_to_begin = True
            return _NOTHING
        return await self._ask(partial(_execute, self._conn, sql, parameters))

    async def answer_many(self, sql: str, parameters: Iterable[Parameters]) -> _Answer:
        """Execute a statement for each of several sets of parameters."""
        return await self._ask(partial(_execute_many, self._conn, sql, parameters))

    async def commit(self) -> None:
        """End a transaction, if anything was asked since the last one."""
        self._is_to_begin = False
        if self._was_asked:
            await super().commit()
            self._was_asked = False

    async def rollback(self) -> None:
        """Undo a transaction, if anything was asked since the last one."""
        self._is_to_begin = False
        if self._was_asked:
            await super().rollback()
            self._was_asked = False

    async def _ask(self, work: Callable[[], _Answer]) -> _Answer:
        self._was_asked = True
        if self._is_to_begin:
            self._is_to_begin = False
            work = partial(_begin, self._conn, work)
        answer: _Answer = await self._execute(work)  # type: ignore[no-untyped-call]  # the library's way to its thread
        return answer


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
    """What SQLAlchemy asks of a cursor, of which only the execution leaves the event loop."""

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

    async def connect() -> Connection:
        return await Connection(path)  # type: ignore[return-value]  # itself, opened

    return connect
