"""The order in which a debate is read."""

import enum
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import NamedTuple

from dosfed.deliberation.debate.model import Stance

# Two-sided 95 % of the normal distribution.
_Z = 1.959963984540054
# While few have read a debate, whoever came first would stay first.
SHUFFLED = timedelta(days=1)


class Sort(enum.StrEnum):
    """In which order the arguments of a side stand."""

    BEST = "best"
    NEWEST = "newest"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How somebody wants to read a debate; with `at`, the page on which that place is."""

    sort: Sort | None = None  # none: shuffled on the debate's first day, the best first later
    clause: str | None = None  # only what is about this clause
    at: str | None = None
    page: int = 1


class Outline(NamedTuple):
    """An argument without its words: what the order of a debate goes by."""

    id: str
    in_reply_to: str
    author_name: str
    stance: Stance
    published_at: datetime
    is_deleted: bool
    is_hidden: bool
    clause: str | None
    length: int  # of what is shown in a debate
    strong: int  # who find it so
    weak: int

    @property
    def is_there(self) -> bool:
        """Whether its words can be read."""
        return not (self.is_deleted or self.is_hidden)


def lower_bound(strong: int, total: int) -> float:
    """Return the least share of people who find it strong that so few answers prove.

    It is the lower end of Wilson's interval at 95 %: 1 of 1 is worth 0.21, 60 of 100 0.50.
    """
    if strong == 0:
        return 0.0
    share = strong / total
    spread = _Z * sqrt((share * (1 - share) + _Z**2 / (4 * total)) / total)
    return (share + _Z**2 / (2 * total) - spread) / (1 + _Z**2 / total)


def usual_sort(began: datetime | None, *, now: datetime) -> Sort:
    """Return the order of a debate for readers who ask for none (rule 3.19)."""
    is_young = began is None or now < began + SHUFFLED
    return Sort.RANDOM if is_young else Sort.BEST


def key_of(sort: Sort, *, now: datetime) -> Callable[[Outline], tuple[float | str, ...]]:
    """Return what a side is sorted by; the random order is the same for everybody all day."""
    match sort:
        case Sort.BEST:
            return _merit
        case Sort.NEWEST:
            return lambda one: (-one.published_at.timestamp(), one.id)
        case Sort.RANDOM:
            seed = now.astimezone(UTC).date().isoformat()
            return lambda one: (hashlib.sha256(f"{seed} {one.id}".encode()).hexdigest(),)


def _merit(one: Outline) -> tuple[float | str, ...]:
    bound = lower_bound(one.strong, one.strong + one.weak)
    return (-bound, one.weak, one.published_at.timestamp(), one.id)
