"""Leaving nothing of what was erased in any file of the running database (rule 4.4).

Whoever erases something says so in the same transaction (`must_scrub`). The worker then sees to
the files: on SQLite the database is written anew and its log emptied; on PostgreSQL the tables
are written anew, and what the log still holds is overwritten. Erasing never waits for that, and
it goes on after whatever interrupts it.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime

import orjson
import structlog
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage import rewriting, wal
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.storage.rewriting import Busy
from dosfed.storage.schema import Erasures, Kept, Table
from dosfed.storage.statements import upsert
from dosfed.storage.wal import Overwriting

log = structlog.get_logger(__name__)

# What is to be reached, and in which order (docs/decisions/0013 has the measurements):
#
#   SQLite       1. the log, at once: it is small, and holds whole pages as they were before
#                2. the file, by VACUUM: `secure_delete` has wiped the rows, not the copies that
#                   stay behind when rows move from one page to another
#                3. the log again, through which VACUUM has written everything
#   PostgreSQL   1. each table with its indexes and TOAST (`rewriting`)
#                2. the planner's samples of values, which are copies of rows
#                3. the log (`wal`), through which 1 and 2 have gone as well; hence last
#
# An erasure is a row, written by the transaction that erases: no crash can part the two. Those that
# are known when the work begins are struck off when it has ended; whatever is erased meanwhile may
# lie in a part that was done before, and has a round of its own.

# Files are written anew for at most this part of the time, however much is erased.
SHARE = 1 / 50
# Nobody can write while SQLite does it. Beyond this size that takes a second, and is done at night.
AT_ONCE_BYTES = 128 * 1024 * 1024
NIGHT = range(2, 5)  # by the machine's own clock
OVERWRITING = "overwriting"  # the name under which it is kept how far that is


async def must_scrub(connection: AsyncConnection, at: datetime) -> None:
    """Have the files cleaned of what this transaction erases, soon after its end."""
    await connection.execute(insert(Erasures).values(at=at))


class Scrubber:
    """Cleans the files of one database of what was erased."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._not_before: datetime | None = None
        self._emptied: set[int] = set()  # erasures that are in the log of SQLite no more
        self.is_done = False

    async def scrub(self) -> None:
        """Do what there is to do now; the rest is done at a later call."""
        async with self._database.read() as connection:
            erasures = set((await connection.execute(select(Erasures.id))).scalars())
            kept = await connection.scalar(select(Kept.value).where(Kept.name == OVERWRITING))
        self.is_done = not erasures and kept is None
        if erasures:
            if self._database.is_sqlite:
                await self._scrub_sqlite(erasures)
            elif self._may_begin():
                await self._write_tables_anew(erasures)
        if kept is not None:
            await self._overwrite(Overwriting(**orjson.loads(kept)))

    def _may_begin(self) -> bool:
        return self._not_before is None or self._clock.now() >= self._not_before

    def _rest(self, since: datetime) -> None:
        now = self._clock.now()
        self._not_before = now + (now - since) / SHARE

    async def _scrub_sqlite(self, erasures: Collection[int]) -> None:
        """Empty the log at once, and write the file anew when that holds up nobody for long."""
        if not self._emptied.issuperset(erasures):
            if not await self._database.scrub():
                return
            self._emptied.update(erasures)
        began = self._clock.now()
        is_long = self._database.size() > AT_ONCE_BYTES
        if not self._may_begin() or (is_long and began.astimezone().hour not in NIGHT):
            return
        await self._database.vacuum()
        self._rest(began)
        if await self._database.scrub():
            await self._done(erasures)

    async def _write_tables_anew(self, erasures: Collection[int]) -> None:
        began = self._clock.now()
        async with self._alone() as is_alone:
            if not is_alone:
                return
            try:
                for table in Table.metadata.sorted_tables:
                    await rewriting.rewrite(self._database.writer, table.name)
                await rewriting.forget_samples(self._database.writer)
            except Busy as busy:
                log.warning("tables not written anew", reason=str(busy))
                return
            finally:
                self._rest(began)  # also after an attempt in vain, which cost as much
        await self._done(erasures)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[bool]:
        """Hold the lock of PostgreSQL under which one process writes tables anew."""
        async with self._database.writer.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            lock = {"lock": rewriting.LOCK}
            is_ours = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), lock)
            try:
                yield bool(is_ours)
            finally:
                if is_ours:
                    await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), lock)

    async def _done(self, erasures: Collection[int]) -> None:
        """Forget what was seen to; on PostgreSQL the log up to here remains to be overwritten."""
        async with self._database.write() as connection:
            await connection.execute(delete(Erasures).where(Erasures.id.in_(erasures)))
            # All that may hold old bytes was written before this position. An earlier round that is
            # not through yet is left for this one, which goes further.
            if not self._database.is_sqlite:
                await _keep(connection, Overwriting(after=await wal.position(connection)))
        self._emptied.difference_update(erasures)

    async def _overwrite(self, state: Overwriting) -> None:
        further = await wal.overwrite(self._database.writer, state)
        if further == state:
            return
        async with self._database.write() as connection:
            # Another process may have begun anew meanwhile.
            stands = Kept.name == OVERWRITING, Kept.value == _written(state)
            if further is None:
                await connection.execute(delete(Kept).where(*stands))
            else:
                await connection.execute(
                    update(Kept).where(*stands).values(value=_written(further))
                )


async def _keep(connection: AsyncConnection, state: Overwriting) -> None:
    row = {"name": OVERWRITING, "value": _written(state)}
    await upsert(connection, Kept, [row], key=("name",), update=("value",))


def _written(state: Overwriting) -> str:
    return orjson.dumps(asdict(state)).decode()
