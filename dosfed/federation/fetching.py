"""Taking turns at other servers: a few requests at once to each, a bounded number to all.

Servers that keep us waiting share a small part of these, so that a few names at which nothing
ever answers hold up each other alone (`activitypub.places`).

What finds no place waits in memory for one, as long as its lease leaves time to be fetched in.
After that it is left out: the lease runs out, and whoever judges it then asks again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from dosfed.activitypub.places import Errand, Place, Places
from dosfed.waits import end

log = structlog.get_logger(__name__)

# Nobody waits for these documents but the act itself, unlike for keys. So no place is kept for
# anybody: what is left out is asked for again, for an hour (`reader.PATIENCE`).
AT_ONCE = 128
AT_ONCE_SLOW = 32
QUEUED = 2_000
STOP_SECONDS = 1.0
# A lease of 60 s less the 45 s that fetching may take: nobody else has begun with it by then.
QUEUED_SECONDS = 15.0
Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Queued:
    host: str
    work: Work
    until: float


class Fetching:
    """What is being fetched, and what waits for its turn; `on_end` is called after each."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self._on_end = on_end
        self._places = Places(total=AT_ONCE, slow=AT_ONCE_SLOW, unproven=AT_ONCE, kept=0)
        self._queue: deque[_Queued] = deque()

    def start(self, host: str, work: Work) -> None:
        """Start a piece of work that asks a host, or let it wait for its turn."""
        if self._has_room(host):
            self._begin(host, work)
        elif len(self._queue) < QUEUED:
            until = asyncio.get_running_loop().time() + QUEUED_SECONDS
            self._queue.append(_Queued(host=host, work=work, until=until))

    async def stop(self) -> None:
        """Break off everything."""
        self._queue.clear()
        await end(self.tasks, seconds=STOP_SECONDS)

    def _has_room(self, host: str) -> bool:
        return self._places.has_room(_errand(host))

    def _begin(self, host: str, work: Work) -> None:
        place = self._places.take(_errand(host))
        task = asyncio.create_task(work())
        self.tasks.add(task)
        task.add_done_callback(lambda ended: self._end(ended, place))

    def _end(self, ended: asyncio.Task[None], place: Place) -> None:
        self.tasks.discard(ended)
        self._places.give_back(place, is_over=not ended.cancelled())
        if not ended.cancelled() and (error := ended.exception()) is not None:
            log.error("fetch failed", error=type(error).__name__)
        self._next()
        self._on_end()

    def _next(self) -> None:
        """Start what waits and has room now; drop what waited too long."""
        now = asyncio.get_running_loop().time()
        waiting, self._queue = self._queue, deque()
        for queued in waiting:
            if queued.until < now:
                continue
            if self._has_room(queued.host):
                self._begin(queued.host, queued.work)
            else:
                self._queue.append(queued)


# Whoever sent the act has signed it, and pays by budget (rule 9.1), not by places.
def _errand(host: str) -> Errand:
    return Errand(host=host, asker=None, is_known=True)
