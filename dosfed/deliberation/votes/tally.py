"""Counting: pure functions from ballots to a tally."""

from collections.abc import Collection, Iterable

from dosfed.deliberation.votes.model import Tally

ORIGINS = ("here", "listed", "fediverse")
Count = tuple[int, ...]  # ballots per option, then voters per origin


def origin_of(host: str, *, listed: Collection[str], here: str) -> str:
    """Return where a voter of a host comes from: here, a listed server, or the fediverse."""
    if host == here:
        return "here"
    return "listed" if host in listed else "fediverse"


def count(options: int, ballots: Iterable[tuple[str, str, int]]) -> Count:
    """Count groups of (choices, origin, how many)."""
    counts = [0] * options
    voters = dict.fromkeys(ORIGINS, 0)
    for choices, origin, number in ballots:
        for position in read_choices(choices):
            counts[position] += number
        voters[origin] += number
    return (*counts, *voters.values())


def read_count(counted: Count, *, counts_from: int) -> Tally:
    """Read a count as it may be published.

    An origin with between 1 and `counts_from` - 1 voters takes all origins away (rule 2.4).
    """
    *counts, here, listed, fediverse = counted
    origins = dict(zip(ORIGINS, (here, listed, fediverse), strict=True))
    tells_too_much = any(0 < number < counts_from for number in origins.values())
    return Tally(
        counts=tuple(counts),
        voters=here + listed + fediverse,
        origins=None if tells_too_much else origins,
    )


def write_choices(positions: Iterable[int]) -> str:
    """Write positions of options as they are kept: "0", "1,3"."""
    return ",".join(str(position) for position in sorted(positions))


def read_choices(choices: str) -> tuple[int, ...]:
    """Read positions of options as they are kept."""
    return tuple(int(position) for position in choices.split(",") if position)
