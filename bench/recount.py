"""The ballot file of a large closed poll: written, and counted again."""

import argparse
import resource
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

from bench.figures import at_least, at_most, note, show
from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.deliberation.votes.recount import Ballots, recount, write_ballots


def poll(ballots: int) -> Ballots:
    """Return a closed poll with so many ballots."""
    return Ballots(
        poll="https://bench.example/p/abcdefghijklmnop",
        method=METHODS["agree"],
        options=("Agree", "Abstain", "Disagree"),
        closed=datetime(2026, 7, 1, tzinfo=UTC),
        seed=bytes(32),
        groups=[
            ("0", ballots // 2),
            ("1", ballots // 5),
            ("2", ballots - ballots // 2 - ballots // 5),
        ],
    )


def rate(ballots: int, work: Callable[[], object]) -> float:
    """Return how many ballots a second of the processor does."""
    began = process_time()
    work()
    return ballots / (process_time() - began)


def most_memory() -> float:
    """Return the most that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    closed, before = poll(asked.ballots), most_memory()
    written = [
        rate(asked.ballots, lambda: sum(map(len, write_ballots(closed))))
        for _ in range(asked.rounds)
    ]
    more = most_memory() - before
    lines = b"".join(write_ballots(closed)).splitlines(keepends=True)
    counted = [rate(asked.ballots, lambda: recount(lines)) for _ in range(asked.rounds)]
    show("ballots written per CPU second", written, at_least(50_000))
    show("ballots counted again per CPU second", counted)
    show("MB that writing them took", [more], at_most(60))
    note(f"{asked.ballots:,} ballots, {asked.rounds} times each")


if __name__ == "__main__":
    main()
