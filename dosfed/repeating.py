"""Doing something again and again: when there is news, and now and then without any."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from dosfed.storage.changes import Changes
from dosfed.storage.engine import Database, is_passing
from dosfed.waits import first

PAUSE_SECONDS = 1.0  # after the database failed

log = structlog.get_logger(__name__)
Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeater:
    """Repeats what concerns one database; what fails is tried again, and stops nothing else."""

    database: Database
    changes: Changes

    async def every(self, seconds: float, work: Work) -> None:
        """Do something every so often."""
        while True:
            await self._try(work)
            await asyncio.sleep(seconds)

    async def on_change(self, work: Work, *, pause: float, latest: Callable[[], float]) -> None:
        """Do something once the database was changed, not twice within a pause.

        `latest` says, each time it was done, after how long it is done again without any change:
        what is due by the clock changes nothing.
        """
        news = asyncio.Event()
        self.changes.call(news.set)
        while True:
            news.clear()  # before it is done: what changes meanwhile may have come too late
            if not await self._try(work):
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            await asyncio.sleep(pause)
            await first(news, latest())

    async def _try(self, work: Work) -> bool:
        try:
            await work()
        except Exception as error:  # the edge: judging and delivering go on
            if is_passing(error):
                self.database.troubles.note(error, where="work behind the pages")
                return False
            log.exception("clock: failed")
        return True
