"""Who may still hand something in: not where too much waits, nor where a budget is spent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import budgets
from dosfed.activitypub.budgets import Spent
from dosfed.activitypub.follows import followed_here
from dosfed.activitypub.order import IS_FRESH
from dosfed.activitypub.reading import Document, optional_text
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.tables import Inbox
from dosfed.instance import host_of
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

# Two things can be too much: what waits to be judged (9.3), and what one actor or one server wastes
# (9.1, told in `budgets`). Both are asked before anything is stored, for every request, and the
# answers lie in the database, where several processes write. To ask it each time would cost more
# than to store. So the gate looks once a second and reckons in between with what it let in itself:
# what other processes let in since is missing, so the bounds may be exceeded a little for a second.
#
# A ballot that counts is let in whatever its actor has spent: otherwise anybody who makes a server
# send nonsense, or shares one with somebody who does, could take the vote away from others. Hence
# `is_exempt`, which asks the rules themselves, of the few who come over budget alone.

# So much may wait to be judged, which takes less than a minute; then senders come again later.
BACKLOG = 50_000
BACKLOG_BYTES = 128 * 1024 * 1024
BEHIND_SECONDS = 30
LOOK_SECONDS = 1.0
IsExempt = Callable[[AsyncConnection, Document, datetime], Awaitable[bool]]


class Closed(Exception):
    """An activity is not taken now; its sender is asked to come again after some seconds."""

    def __init__(self, status: int, reason: Reason, *, retry_after: int) -> None:
        super().__init__(reason.value)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """What was there when somebody last looked."""

    waiting: int
    waiting_bytes: int
    exhausted: frozenset[tuple[str, Spent]]
    followed: frozenset[str]  # what they pass on is what we asked for


NOTHING = _Sight(waiting=0, waiting_bytes=0, exhausted=frozenset(), followed=frozenset())


class Gate:
    """Lets activities in; it looks at the database once a second at most.

    `is_exempt` says of an activity whether no budget stands against it: a ballot that counts.
    """

    def __init__(self, database: Database, clock: Clock, is_exempt: IsExempt) -> None:
        self._database = database
        self._clock = clock
        self._is_exempt = is_exempt
        self._sight = NOTHING
        self._looked: float | None = None
        self._looking = asyncio.Lock()
        self._came = 0  # since then
        self._came_bytes = 0

    async def check_backlog(self) -> None:
        """Raise `Closed` while the judge is far behind (rule 9.3)."""
        await self._look()
        sight = self._sight  # and what came in since, by this process
        is_full = sight.waiting + self._came >= BACKLOG
        if is_full or sight.waiting_bytes + self._came_bytes >= BACKLOG_BYTES:
            raise Closed(503, Reason.BEHIND, retry_after=BEHIND_SECONDS)

    def count(self, size: int) -> None:
        """Count what is let in; nobody who signs nothing could close the gate to others."""
        self._came += 1
        self._came_bytes += size

    async def check_budget(self, actor: str, document: Document) -> None:
        """Raise `Closed` where the budget of an actor, or of its server, is spent (rule 9.1)."""
        what = Spent.REPORTS if optional_text(document, "type") == "Flag" else Spent.USELESS
        exhausted = self._sight.exhausted
        if actor in self._sight.followed or exhausted.isdisjoint(
            ((actor, what), (host_of(actor), what))
        ):
            return
        now = self._clock.now()
        async with self._database.read() as connection:
            if await self._is_exempt(connection, document, now):
                return
        raise Closed(429, Reason.OVER_BUDGET, retry_after=budgets.seconds_left(now))

    async def _look(self) -> None:
        """Look again, once for all who ask at the same time."""
        if not self._is_old():
            return
        async with self._looking:
            if self._is_old():  # or somebody looked while we stood at the lock
                self._sight = await self._see()
                # What was let in while we looked may be in neither number; a second later it is.
                self._looked, self._came, self._came_bytes = monotonic(), 0, 0

    def _is_old(self) -> bool:
        return self._looked is None or monotonic() >= self._looked + LOOK_SECONDS

    async def _see(self) -> _Sight:
        async with self._database.read() as connection:
            counted = await connection.execute(
                select(func.count(), func.coalesce(func.sum(Inbox.size), 0)).where(IS_FRESH)
            )
            waiting, size = counted.one()
            return _Sight(
                waiting=waiting,
                waiting_bytes=int(size or 0),
                exhausted=await budgets.load_exhausted(connection, self._clock.now()),
                followed=await followed_here(connection),
            )
