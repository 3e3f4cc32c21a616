"""Replay a consultation held on Polis, vote by vote, and compare the tallies with its matrix."""

import argparse
import asyncio
import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.consultations import NAME, Document, Imported, bring_in, consultation
from bench.crowd import ACCEPTED, HOSTS, gather, in_lanes, signed
from bench.figures import note, show
from bench.load import UNAVAILABLE, send
from bench.processes import (
    BenchFailed,
    Home,
    Server,
    ask_json,
    make_home,
    run,
    running,
    wait_until_judged,
)
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import fediverse

DEFAULT = Path(__file__).parent.parent.parent / "shared/data/polis-open-data/vtaiwan.uberx"
# 1 is agreement in these files, -1 disagreement, 0 a pass; our options stand in this order.
CHOICES = {"1": 0, "0": 1, "-1": 2}
TITLE_LENGTH = 120
# Long enough that tallies on their way to 40 servers are not what is measured.
TALLY_SECONDS = 60
SHOWN_SECONDS = 120.0

Counts = tuple[int, int, int]
Requests = list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What Polis published: statements, vote events in order, and the final matrix's counts."""

    statements: Mapping[str, str]
    events: Sequence[tuple[str, str, int]]  # participant, statement, choice
    participants: Sequence[str]
    counts: Mapping[str, Counts]


def read_conversation(folder: Path) -> Conversation:
    """Read a folder of the Polis open data."""
    matrix = _rows(folder / "participants-votes.csv")
    statements = {
        row["comment-id"]: row["comment-body"]
        for row in _rows(folder / "comments.csv")
        if row["comment-id"] in matrix[0]
    }
    return Conversation(
        statements=statements,
        events=[
            (row["voter-id"], row["comment-id"], CHOICES[row["vote"]])
            for row in _rows(folder / "votes.csv")
        ],
        participants=[row["participant"] for row in matrix],
        counts={statement: _counts(matrix, statement) for statement in statements},
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _counts(matrix: Sequence[Mapping[str, str]], statement: str) -> Counts:
    votes = Counter(row[statement] for row in matrix)
    return votes["1"], votes["0"], votes["-1"]


def import_file(conversation: Conversation) -> Document:
    """Return the import file: every statement a proposal with a poll."""
    return consultation(
        [
            {
                "ref": statement,
                "title": _title(text, statement),
                "text": text,
                "language": "zh",
                "poll": {"method": "agree", "counts_from": 1},
            }
            for statement, text in conversation.statements.items()
        ],
        language="zh",
    )


def _title(text: str, statement: str) -> str:
    words = " ".join(text.split())
    return words[:TITLE_LENGTH] or f"#{statement}"


def sign_events(
    conversation: Conversation, people: Sequence[SimulatedActor], imported: Imported
) -> Requests:
    """Return every vote event as a signed ballot, with the number of the participant."""
    numbers = {name: number for number, name in enumerate(conversation.participants)}
    polls = dict(zip(conversation.statements, imported.polls, strict=True))
    requests = []
    for participant, statement, choice in conversation.events:
        actor = people[numbers[participant]]
        option = imported.options[choice]
        vote = actor.vote(polls[statement], imported.organiser, option)
        requests.append((numbers[participant], signed(actor, imported.inbox, vote)))
    return requests


async def send_events(server: Server, requests: Requests) -> tuple[float, float]:
    """Send every ballot, participants in their order; return the seconds, then those of CPU."""
    began, cpu = monotonic(), server.cpu_seconds()
    statuses = await send(server.home.port, in_lanes(requests))
    if statuses[ACCEPTED] != len(requests):
        raise BenchFailed(f"answered with {dict(statuses)}")
    if statuses[UNAVAILABLE]:
        note(f"{statuses[UNAVAILABLE]} requests were sent again after a 503")
    judged = await wait_until_judged(server.home)
    return judged - began, server.cpu_seconds() - cpu


async def count_agreeing(home: Home, conversation: Conversation, imported: Imported) -> int:
    """Return for how many statements the published tally equals the matrix, once it is out."""
    expected = dict(zip(imported.polls, conversation.counts.values(), strict=True))
    until = monotonic() + SHOWN_SECONDS
    while True:
        tallies = await ask_json(home, f"/c/{NAME}/tallies.json")
        found = {
            shown["poll"]: tuple(option["ballots"] for option in shown["options"])
            for shown in tallies["proposals"]
        }
        agreeing = sum(found.get(poll) == counts for poll, counts in expected.items())
        if agreeing == len(expected) or monotonic() > until:
            return agreeing
        await asyncio.sleep(0.2)


async def replay(folder: Path) -> bool:
    """Replay a conversation; return whether every tally agrees."""
    conversation = read_conversation(folder)
    with tempfile.TemporaryDirectory() as data:
        home = make_home(Path(data), tally_interval=str(TALLY_SECONDS))
        async with fediverse() as world, running(home) as server:
            imported = await bring_in(home, import_file(conversation))
            people = gather(world, len(conversation.participants), HOSTS)
            requests = sign_events(conversation, people, imported)
            seconds, spent = await send_events(server, requests)
            agreeing = await count_agreeing(home, conversation, imported)
    ballots, statements = len(requests), len(conversation.statements)
    show("replayed ballots judged per second", [ballots / seconds])
    show("CPU seconds per 1,000 replayed ballots", [spent * 1_000 / ballots])
    note(f"{ballots} vote events of {len(people)} participants on {HOSTS} servers, none met before")
    print(f"{agreeing} of {statements} tallies equal the vote matrix", flush=True)
    return agreeing == statements


def main() -> None:
    """Replay the folder that the command line names; fail unless all tallies agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    folder = parser.parse_args().folder
    if not (folder / "votes.csv").is_file():
        print(f"replay skipped: no votes.csv in {folder}")
        return
    sys.exit(0 if run(replay(folder)) else 1)


if __name__ == "__main__":
    main()
