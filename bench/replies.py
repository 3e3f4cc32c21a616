"""Replies that become arguments: what they cost from request to judged."""

import argparse
import random
import tempfile
from pathlib import Path
from time import monotonic

from bench.consultations import Imported, bring_in, consultation, proposal
from bench.crowd import deliver, gather, introduce, signed
from bench.figures import at_most, note, show
from bench.processes import (
    BenchFailed,
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

PROPOSALS = 10
TEXT = "The ferry landing floods in March, and nobody has said who would pay for a higher one. "
Requests = list[tuple[int, bytes]]


def sign_replies(people: list[SimulatedActor], imported: Imported, replies: int) -> Requests:
    """Draw authors, proposals and stances by lot."""
    lot = random.Random(replies)
    requests = []
    for _ in range(replies):
        number = lot.randrange(len(people))
        author, words = people[number], [lot.choice(("for", "against"))]
        html = TEXT * lot.randrange(1, 5)
        reply = author.reply(lot.choice(imported.polls), imported.organiser, html, words)
        requests.append((number, signed(author, imported.inbox, reply)))
    return requests


async def send_replies(server: Server, requests: Requests) -> tuple[float, float]:
    """Send all replies, wait until they are judged; return the seconds, then those of CPU."""
    before = _arguments(server)
    began, cpu = monotonic(), server.cpu_seconds()
    await deliver(server.home, requests)
    judged = await wait_until_judged(server.home)
    spent = server.cpu_seconds() - cpu
    if _arguments(server) - before != len(requests):
        raise BenchFailed("not every reply has become an argument")
    return judged - began, spent


def _arguments(server: Server) -> int:
    count: int = query(server.home, "SELECT count(*) FROM posts WHERE kind = 'argument'")[0][0]
    return count


async def measure(people: int, replies: int, rounds: int) -> None:
    """Print the figures of some rounds against one server."""
    seconds, spent = [], []
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        async with fediverse() as world, running(home) as server:
            proposals = [proposal(number) for number in range(PROPOSALS)]
            imported = await bring_in(home, consultation(proposals))
            authors = gather(world, people)
            await introduce(home, authors, imported.inbox, imported.polls[0])
            for _ in range(rounds):
                requests = sign_replies(authors, imported, replies)
                await wait_until_idle(home)
                wall, cpu = await send_replies(server, requests)
                seconds.append(wall)
                spent.append(cpu)
    show("CPU seconds per 1,000 replies", [cpu * 1_000 / replies for cpu in spent], at_most(0.7))
    show("replies judged per second", [replies / wall for wall in seconds])
    note(f"{people} authors on 40 servers, {rounds} rounds of {replies} replies")


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--replies", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    run(measure(given.people, given.replies, given.rounds))


if __name__ == "__main__":
    main()
