"""Counting: pure functions from ballots to a tally."""

from collections.abc import Collection, Iterable

from dosfed.deliberation.votes.methods.model import Method, read_choice
from dosfed.deliberation.votes.model import Tally

ORIGINS = ("here", "listed", "fediverse")
Count = tuple[int, ...]  # the cells of the method, then voters per origin


def origin_of(host: str, *, listed: Collection[str], here: str) -> str:
    """Return where a voter of a host comes from: here, a listed server, or the fediverse."""
    if host == here:
        return "here"
    return "listed" if host in listed else "fediverse"


def count(method: Method, options: int, groups: Iterable[tuple[str, str, int]]) -> Count:
    """Count groups of equal ballots: (choice as it is kept, origin, how many)."""
    cells = [0] * method.cells(options)
    voters = dict.fromkeys(ORIGINS, 0)
    for kept, origin, number in groups:
        for cell in method.marks(read_choice(kept)):
            cells[cell] += number
        voters[origin] += number
    return (*cells, *voters.values())


def read_count(counted: Count, *, counts_from: int) -> Tally:
    """Read a count as it may be published.

    An origin with between 1 and `counts_from` - 1 voters takes all origins away (rule 2.4).
    """
    *cells, here, listed, fediverse = counted
    origins = dict(zip(ORIGINS, (here, listed, fediverse), strict=True))
    tells_too_much = any(0 < number < counts_from for number in origins.values())
    return Tally(
        counts=tuple(cells),
        voters=here + listed + fediverse,
        origins=None if tells_too_much else origins,
    )
