"""What was kept long enough goes, and nothing of it stays in the files."""

import random
from datetime import UTC, datetime, timedelta

from dosfed.accounts.mails import purge_mails
from dosfed.activitypub import outbox
from dosfed.acts import strangers
from dosfed.acts.clockwork import sweep
from dosfed.acts.erasing import erase_some
from dosfed.acts.submission import House
from dosfed.deliberation.search.merging import has_words_to_forget, merge_some
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.storage.scrubbing import Scrubber

SWEEP_SECONDS = 300.0
SCRUB_SECONDS = 2.0
REST_SECONDS = 15.0  # while there is nothing to scrub
MERGED_AT_ONCE = 16  # steps, of a quarter of a megabyte each
LOOK_FOR_STRANGERS = timedelta(days=1)  # and after each poll whose ballots were erased
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Cleaner:
    """Erases what is due, a little at a time, so that others write in between."""

    def __init__(self, database: Database, house: House, clock: Clock) -> None:
        self._database, self._house, self._clock = database, house, clock
        self.has_erased = False  # also by whoever else erases something
        self._looked_at = NEVER
        self._swept_at: datetime | None = None
        self._scrubber = Scrubber(database, clock)

    async def sweep(self) -> None:
        """Erase and drop what was kept long enough."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await sweep(connection, now=now, since=self._swept_at)
            await purge_mails(connection, now)
            if now - self._looked_at >= LOOK_FOR_STRANGERS:
                await strangers.look_for_them(connection, erased=0)
                self._looked_at = now
        self._swept_at = now
        for work in (self._purge_some, self._erase_some, self._forget_some):
            while await work():
                continue  # a transaction each, so that others write in between
        self.has_erased = True

    async def _purge_some(self) -> bool:
        async with self._database.write() as connection:
            return bool(await outbox.purge(connection, self._clock.now()))

    async def _erase_some(self) -> bool:
        async with self._database.write() as connection:
            return await erase_some(
                connection, self._house, now=self._clock.now(), shuffle=random.SystemRandom()
            )

    async def _forget_some(self) -> bool:
        async with self._database.write() as connection:
            return await strangers.forget_some(connection, now=self._clock.now())

    async def _merge_some(self) -> None:
        """Let the index of words forget some of what is gone; of a large one not all at once."""
        for _ in range(MERGED_AT_ONCE):
            async with self._database.read() as connection:
                if not await has_words_to_forget(connection):
                    return
            async with self._database.write() as connection:
                await merge_some(connection)
            self.has_erased = True

    async def scrub(self) -> None:
        """Leave nothing of what was erased in the files of the database."""
        await self._merge_some()
        if self.has_erased:
            self.has_erased = not await self._database.scrub()
        await self._scrubber.scrub()

    def rest(self) -> float:
        """Return how long nothing of it needs a look, in seconds."""
        return REST_SECONDS if self._scrubber.is_done else SCRUB_SECONDS
