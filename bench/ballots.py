"""Ballots from request to judged and countable: how many a second, at what cost."""

import argparse
import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.consultations import Imported, bring_in, consultation, proposal
from bench.crowd import deliver, gather, introduce, signed
from bench.figures import at_least, at_most, note, show
from bench.processes import (
    BenchFailed,
    Home,
    Server,
    make_home,
    query,
    run,
    running,
    wait_until_idle,
    wait_until_judged,
)
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import fediverse

POLLS = 10
Standing = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Signed ballots, each with its voter's number, and how they must stand afterwards."""

    requests: list[tuple[int, bytes]]
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round cost."""

    seconds: float
    accepted_seconds: float
    cpu_seconds: float


def sign_ballots(
    voters: list[SimulatedActor], polls: tuple[str, ...], imported: Imported, ballots: int
) -> Cast:
    """Draw voters, polls and choices by lot; some voters change their minds."""
    lot = random.Random(ballots)
    last: dict[tuple[str, int], int] = {}
    requests = []
    for _ in range(ballots):
        voter, poll = lot.randrange(len(voters)), lot.choice(polls)
        choice = lot.randrange(len(imported.options))
        last[poll, voter] = choice
        vote = voters[voter].vote(poll, imported.organiser, imported.options[choice])
        requests.append((voter, signed(voters[voter], imported.inbox, vote)))
    standing = Counter((poll, str(choice)) for (poll, _), choice in last.items())
    return Cast(requests=requests, standing=dict(standing))


async def send_ballots(server: Server, cast: Cast) -> Round:
    """Send all ballots, wait until they are judged, and check how they stand."""
    began, cpu = monotonic(), server.cpu_seconds()
    await deliver(server.home, cast.requests)
    accepted = monotonic()
    judged = await wait_until_judged(server.home)
    spent = server.cpu_seconds() - cpu
    found = standing(server.home, {poll for poll, _ in cast.standing})
    if found != cast.standing:
        raise BenchFailed("the standing ballots are not those that were sent")
    return Round(seconds=judged - began, accepted_seconds=accepted - began, cpu_seconds=spent)


def standing(home: Home, polls: set[str]) -> Standing:
    """Return how many ballots stand for each choice of some polls."""
    rows = query(
        home,
        "SELECT poll, choices, count(*) FROM ballots WHERE replaced_at IS NULL GROUP BY 1, 2",
    )
    return {(poll, choices): count for poll, choices, count in rows if poll in polls}


async def measure(people: int, ballots: int, rounds: int) -> None:
    """Print the figures of some rounds against one server."""
    done: list[Round] = []
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        async with fediverse() as world, running(home) as server:
            proposals = [proposal(number) for number in range(POLLS * rounds)]
            imported = await bring_in(home, consultation(proposals))
            voters = gather(world, people)
            await introduce(home, voters, imported.inbox, imported.polls[0])
            for number in range(rounds):
                polls = imported.polls[number * POLLS : (number + 1) * POLLS]
                cast = sign_ballots(voters, polls, imported, ballots)
                await wait_until_idle(home)
                done.append(await send_ballots(server, cast))
            memory = server.resident_megabytes()
    show("ballots judged per second", [ballots / r.seconds for r in done], at_least(2_000))
    per_1000 = 1_000 / ballots
    show("CPU seconds per 1,000 ballots", [r.cpu_seconds * per_1000 for r in done], at_most(0.4))
    show("MB resident after the ballots", [memory], at_most(110))
    show("ballots accepted (202) per second", [ballots / r.accepted_seconds for r in done])
    note(f"{people} voters on 40 servers, {rounds} rounds of {ballots} ballots on {POLLS} polls")


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--ballots", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    run(measure(given.people, given.ballots, given.rounds))


if __name__ == "__main__":
    main()
