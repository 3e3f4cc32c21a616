"""Taking turns at other servers: a few requests at once to each, a bounded number to all.

What finds no place waits in memory for one, as long as its lease leaves time to be fetched in.
After that it is left out: the lease runs out, and whoever judges it then asks again.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from dosfed.waits import end

log = structlog.get_logger(__name__)

PER_HOST = 4
AT_ONCE = 64
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
        self._hosts: Counter[str] = Counter()
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
        return self._hosts[host] < PER_HOST and len(self.tasks) < AT_ONCE

    def _begin(self, host: str, work: Work) -> None:
        self._hosts[host] += 1
        task = asyncio.create_task(work())
        self.tasks.add(task)
        task.add_done_callback(lambda ended: self._end(ended, host))

    def _end(self, ended: asyncio.Task[None], host: str) -> None:
        self.tasks.discard(ended)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]
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
