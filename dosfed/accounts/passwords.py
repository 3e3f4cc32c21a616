"""Passwords: kept as Argon2id alone (RFC 9106), hashed a few at once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dosfed.accounts.rules import PASSWORD_LENGTHS

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

AT_ONCE = 2
MAX_WAITING = 40  # some seconds of work; who comes after them is asked to come back


class Busy(Exception):
    """Too many passwords wait to be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a guess costs: passes over so many KiB of memory."""

    passes: int
    kibibytes: int


# Above the minimum of OWASP (19 MiB, 2 passes), and light enough for a machine with 512 MiB.
COST = Cost(passes=3, kibibytes=32_768)


class Passwords:
    """Hashes and checks passwords in threads, a few at once."""

    def __init__(self, cost: Cost = COST) -> None:
        self._cost = cost
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return what is kept of a password, or raise `Busy`."""
        return await self._run(partial(_hash, self._cost, password))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that is kept, or raise `Busy`.

        Where nothing is kept this takes as long: the time tells nobody who has an account.
        """
        compared = kept
        if compared is None:
            self._nobody = self._nobody or await self.hash("nobody's password")
            compared = self._nobody
        guess = password if len(password) in PASSWORD_LENGTHS else ""
        is_right = await self._run(partial(_verify, self._cost, compared, guess))
        return is_right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether a password was kept at another cost than today's."""
        return _hasher(self._cost).check_needs_rehash(kept)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


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
