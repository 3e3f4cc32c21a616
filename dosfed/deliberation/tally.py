"""Counting: pure functions from ballots to a tally."""

from collections.abc import Iterable, Mapping

from dosfed.deliberation.model import Tally

ORIGINS = ("here", "listed", "fediverse")


def count(
    options: int,
    ballots: Iterable[tuple[str, str, int]],
    *,
    origins: Mapping[str, str],
    counts_from: int,
) -> Tally:
    """Count groups of (choices, host, how many) into a tally.

    `origins` says of a host whether it is "here" or "listed"; any other is of the fediverse.
    An origin with between 1 and `counts_from` - 1 voters takes all origins away (rule 2.4).
    """
    counts = [0] * options
    voters = dict.fromkeys(ORIGINS, 0)
    for choices, host, number in ballots:
        for position in read_choices(choices):
            counts[position] += number
        voters[origins.get(host, "fediverse")] += number
    tells_too_much = any(0 < number < counts_from for number in voters.values())
    return Tally(
        counts=tuple(counts),
        voters=sum(voters.values()),
        origins=None if tells_too_much else voters,
    )


def write_choices(positions: Iterable[int]) -> str:
    """Write positions of options as they are kept: "0", "1,3"."""
    return ",".join(str(position) for position in sorted(positions))


def read_choices(choices: str) -> tuple[int, ...]:
    """Read positions of options as they are kept."""
    return tuple(int(position) for position in choices.split(","))
