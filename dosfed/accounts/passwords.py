"""Passwords: kept as Argon2id alone (RFC 9106), hashed a few at once."""

import asyncio
import bisect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dosfed.accounts.rules import PASSWORD_LENGTHS

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

AT_ONCE = 2  # each takes 32 MiB and a core for as long as it lasts
# Those who wait in vain are asked to come back: whoever tried most often, or has waited so long.
MAX_WAITING = 400
MOST_SECONDS = 10.0


class Busy(Exception):
    """Too many passwords wait to be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a guess costs: passes over so many KiB of memory."""

    passes: int
    kibibytes: int


# Above the minimum of OWASP (19 MiB, 2 passes), and light enough for a machine with 512 MiB.
COST = Cost(passes=3, kibibytes=32_768)


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """A place in the line: those of a lower rank first, then those who came last.

    Where few wait that makes no difference. In a flood, whoever has waited for long is a program or
    has gone away, and a person who comes now can still be let in at once.
    """

    rank: int
    number: int
    turn: "asyncio.Future[None]" = field(compare=False)


class Turns:
    """So many at once; the others wait in a line, which is kept in the order of their ranks."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._line: list[_Place] = []
        self._numbers = itertools.count()

    async def take(self, rank: int) -> None:
        """Wait for a turn, which must be given back; or raise `Busy`."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        place = _Place(rank, -next(self._numbers), turn)
        bisect.insort(self._line, place)
        if len(self._line) > MAX_WAITING:
            self._line.pop().turn.set_exception(Busy())
        try:
            async with asyncio.timeout(MOST_SECONDS):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if place in self._line:
                self._line.remove(place)
            elif not turn.cancelled() and turn.exception() is None:
                self.give()  # it came in the moment in which it was waited for no more
            if isinstance(error, TimeoutError):
                raise Busy from error
            raise

    def give(self) -> None:
        """Let the next one have a turn."""
        while self._line:
            turn = self._line.pop(0).turn
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Passwords:
    """Hashes and checks passwords in threads, a few at once."""

    def __init__(self, cost: Cost = COST) -> None:
        self._cost = cost
        self._turns = Turns(AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return what is kept of a password, or raise `Busy`."""
        return await self._run(partial(_hash, self._cost, password), rank=0)

    async def verify(self, password: str, kept: str | None, *, rank: int = 0) -> bool:
        """Whether a password is the one that is kept, or raise `Busy`.

        Where nothing is kept this takes as long: the time tells nobody who has an account
        (rule 6.6).
        Anyone who tried less often lately has a lower rank, and goes first: however many guess all
        the time, they wait for somebody who types a password once.
        """
        compared = kept
        if compared is None:
            self._nobody = self._nobody or await self.hash("nobody's password")
            compared = self._nobody
        # One that is too long, or too short, is wrong, and costs as much time as any other.
        guess = password if len(password) in PASSWORD_LENGTHS else ""
        is_right = await self._run(partial(_verify, self._cost, compared, guess), rank=rank)
        return is_right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether a password was kept at another cost than today's."""
        return _hasher(self._cost).check_needs_rehash(kept)

    async def _run(self, work: Callable[[], T], *, rank: int) -> T:
        await self._turns.take(rank)
        try:
            return await asyncio.to_thread(work)
        finally:
            self._turns.give()


def _hash(cost: Cost, password: str) -> str:
    return _hasher(cost).hash(password)


def _verify(cost: Cost, kept: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - as below

    try:
        return _hasher(cost).verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _hasher(cost: Cost) -> "PasswordHasher":
    # Most processes never see a password; they do without the library.
    from argon2 import PasswordHasher  # noqa: PLC0415 - see above

    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.kibibytes, parallelism=1)
