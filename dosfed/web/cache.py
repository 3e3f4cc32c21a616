"""Answers that are the same for everybody, kept in memory for a moment."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

SECONDS = 1.0
MAX_BYTES = 8_000_000
MAX_VALUES = 100
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Kept:
    """A rendered answer, never of somebody who is signed in."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    changed_at: datetime | None = None


class Cache:
    """Keeps answers for a second at most, so that what another process wrote soon shows.

    One asker renders while the others wait; the oldest answers make room.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, max_bytes: int = MAX_BYTES
    ) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, tuple[float, Kept]] = OrderedDict()
        self._size = 0
        self._making: dict[Hashable, asyncio.Task[Kept]] = {}
        self.clearings = 0

    def get(self, key: Hashable) -> Kept | None:
        """Return an answer that is still fresh."""
        entry = self._kept.get(key)
        if entry is None or entry[0] <= self._clock():
            return None
        return entry[1]

    async def get_or_make(self, key: Hashable, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """Return a fresh answer, made once for all who ask meanwhile."""
        kept = self.get(key)
        if kept is not None:
            return kept
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make))
            self._making[key] = task
        # One asker who leaves must not take the others' answer along.
        return await asyncio.shield(task)

    def clear(self) -> None:
        """Forget everything, also what is being made: it may have read what was before."""
        self._kept.clear()
        self._making.clear()
        self._size = 0
        self.clearings += 1

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Kept]]) -> Kept:
        task = asyncio.current_task()
        began = self._clock()
        try:
            kept = await make()
        finally:
            # Cleared meanwhile, or made anew by somebody who came after that: then it is only for
            # those who asked before.
            is_wanted = self._making.get(key) is task
            if is_wanted:
                del self._making[key]
        if is_wanted:
            # From when it was begun: what it has read may be as old as that.
            self._put(key, kept, until=began + SECONDS)
        return kept

    def _put(self, key: Hashable, kept: Kept, *, until: float) -> None:
        self._drop(key)
        self._kept[key] = (until, kept)
        self._size += _size(key, kept)
        while self._size > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        entry = self._kept.pop(key, None)
        if entry is not None:
            self._size -= _size(key, entry[1])


def _size(key: Hashable, kept: Kept) -> int:
    """Return what an answer takes: a long question may have a short one."""
    return len(kept.body) + len(repr(key))


class Recent(Generic[Value]):
    """Keeps what pages of different people share as long as a cache keeps its answers.

    What was loaded while the cache was cleared is not given to anybody else.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        clock: Callable[[], float] = time.monotonic,
        max_values: int = MAX_VALUES,
    ) -> None:
        self._cache = cache
        self._clock = clock
        self._max_values = max_values
        self._kept: OrderedDict[Hashable, tuple[int, float, Value]] = OrderedDict()

    async def get_or_load(self, key: Hashable, load: Callable[[], Awaitable[Value]]) -> Value:
        """Return a fresh value, loaded by whoever finds none."""
        clearings, now = self._cache.clearings, self._clock()
        kept = self._kept.get(key)
        if kept is not None and kept[0] == clearings and now < kept[1]:
            return kept[2]
        value = await load()
        self._kept[key] = (clearings, now + SECONDS, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._max_values:
            self._kept.popitem(last=False)
        return value
