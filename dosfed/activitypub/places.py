"""Places for asking other servers: a few at each, and never all of them for a handful of names.

Whoever sends us something can make us ask any server for anything. So each server has a few
places, which are shared by those who made us ask. One of them is for actors that are known here,
which a crowd of invented names must not push aside; and one is all that those get together who
lately made us ask for nothing. A server that kept us waiting shares a small part of all places
with others of its kind until it answers in time: twenty names at which nothing ever answers hold
up each other, and nobody else. Nor do a thousand, each of which is asked for the first time:
servers that have never answered share a part as well.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dosfed.activitypub.remembered import Remembered

PER_HOST = 4
KEPT_PER_HOST = 1  # of these, for actors seen before
FAILED_PER_HOST = 1  # of these, for all together whose errands there led to nothing
PER_ASKER_AND_HOST = 2
PER_ASKER = 16
WAITING_PER_HOST = 200
# A server that takes so long is slow, and for so long unless it answers sooner the next time;
# one that has answered lately is not, though an address of it may hang.
SLOW_AFTER_SECONDS = 2.0
SLOW_FOR_SECONDS = 600.0
TRUSTED_FOR_SECONDS = 60.0
PROVEN_FOR_SECONDS = 86_400.0
MAX_HOSTS = 10_000


class Busy(Exception):
    """There is no place now; there may be one in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a place is wanted for: `asker` made us ask, and is not counted where it is None."""

    host: str
    asker: str | None
    is_known: bool  # it concerns an actor seen before
    has_failed: bool = False  # what the asker wanted there lately led to nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that is held, since when."""

    errand: Errand
    is_slow: bool
    is_unproven: bool
    since: float


@dataclass(slots=True, kw_only=True)
class _Host:
    held: int = 0
    held_by_strangers: int = 0
    held_by_failed: int = 0
    askers: Counter[str] = field(default_factory=Counter)
    waiting: dict[asyncio.Future[Place], Errand] = field(default_factory=dict)


class Places:
    """All places; some are for actors seen before.

    Slow servers share some of the others, and so do those that are unproven: they have never
    answered in time.
    """

    def __init__(
        self,
        *,
        total: int,
        slow: int,
        unproven: int,
        kept: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._slow = slow
        self._unproven = unproven
        self._kept = kept
        self._now = now
        self._held = 0
        self._held_by_slow = 0
        self._held_by_unproven = 0
        self._askers: Counter[str] = Counter()
        self._hosts: dict[str, _Host] = {}
        self._slow_hosts = Remembered[float](seconds=SLOW_FOR_SECONDS, max_names=MAX_HOSTS)
        self._answered = Remembered[float](seconds=TRUSTED_FOR_SECONDS, max_names=MAX_HOSTS)
        self._proven = Remembered[float](seconds=PROVEN_FOR_SECONDS, max_names=MAX_HOSTS)

    def has_room(self, errand: Errand) -> bool:
        """Whether there is a place at once."""
        host = self._hosts.get(errand.host, _Host())
        return self._is_open(errand) and _fits(host, errand)

    def take(self, errand: Errand) -> Place:
        """Take a place, of which there must be one (`has_room`)."""
        place = Place(
            errand=errand,
            is_slow=self._is_slow(errand.host),
            is_unproven=self._is_unproven(errand.host),
            since=self._now(),
        )
        self._count(place, 1)
        return place

    def give_back(self, place: Place, *, is_over: bool) -> None:
        """Give a place to the next; what is not over was cut off by us."""
        name, now = place.errand.host, self._now()
        self._count(place, -1)
        # What we cut off before it was slow says nothing: its time may have gone by in line.
        if now - place.since < SLOW_AFTER_SECONDS:
            if is_over:
                self._answered.put(name, now, now)
                self._proven.put(name, now, now)
                self._slow_hosts.forget(name)
        elif self._answered.get(name, now) is None:
            self._slow_hosts.put(name, now, now)
        self._call_next(name)

    @asynccontextmanager
    async def place(self, errand: Errand) -> AsyncIterator[None]:
        """Hold a place, after waiting in line at this server if need be, or raise `Busy`."""
        if not self._is_open(errand):
            raise Busy
        if self.has_room(errand):
            place = self.take(errand)
        else:
            place = await self._wait(errand)
        is_over = False  # or cut off, which says nothing about the server unless it took long
        try:
            yield
            is_over = True
        except Exception:
            is_over = True
            raise
        finally:
            self.give_back(place, is_over=is_over)

    async def _wait(self, errand: Errand) -> Place:
        host = self._hosts[errand.host]  # somebody holds a place there
        if len(host.waiting) >= WAITING_PER_HOST:
            raise Busy
        turn: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        host.waiting[turn] = errand
        try:
            return await turn
        except asyncio.CancelledError:
            host.waiting.pop(turn, None)
            if not turn.cancelled() and turn.exception() is None:
                # It came at the very moment of giving up.
                self.give_back(turn.result(), is_over=False)
            raise

    def _call_next(self, name: str) -> None:
        """Give free places to those who wait longest, as far as each may have one."""
        host = self._hosts[name]
        for turn, errand in list(host.waiting.items()):
            # Not `break`: the first in line may be over a bound of its own, the next may not.
            if not _fits(host, errand):
                continue
            del host.waiting[turn]
            if turn.done():
                continue  # it was given up
            if self._is_open(errand):
                turn.set_result(self.take(errand))
            else:
                turn.set_exception(Busy())
        if not host.held and not host.waiting:
            del self._hosts[name]

    def _count(self, place: Place, change: int) -> None:
        errand = place.errand
        host = self._hosts.setdefault(errand.host, _Host())
        host.held += change
        self._held += change
        if place.is_slow:
            self._held_by_slow += change
        if place.is_unproven:
            self._held_by_unproven += change
        if not errand.is_known:
            host.held_by_strangers += change
        if errand.has_failed:
            host.held_by_failed += change
        if errand.asker is not None:
            host.askers[errand.asker] += change
            self._askers[errand.asker] += change
            if not self._askers[errand.asker]:
                del self._askers[errand.asker]

    def _is_slow(self, name: str) -> bool:
        return self._slow_hosts.get(name, self._now()) is not None

    def _is_unproven(self, name: str) -> bool:
        return self._proven.get(name, self._now()) is None

    def _is_open(self, errand: Errand) -> bool:
        """Whether all places together leave one for this."""
        if errand.asker is not None and self._askers[errand.asker] >= PER_ASKER:
            return False
        if self._is_slow(errand.host) and self._held_by_slow >= self._slow:
            return False
        if errand.is_known:
            return self._held < self._total
        if self._is_unproven(errand.host) and self._held_by_unproven >= self._unproven:
            return False
        return self._held < self._total - self._kept


def _fits(host: _Host, errand: Errand) -> bool:
    """Whether a server's own places leave one for this."""
    if errand.asker is not None and host.askers[errand.asker] >= PER_ASKER_AND_HOST:
        return False
    if errand.has_failed and host.held_by_failed >= FAILED_PER_HOST:
        return False
    if host.held >= PER_HOST:
        return False
    return errand.is_known or host.held_by_strangers < PER_HOST - KEPT_PER_HOST
