"""A poll in which very many have voted: what a page, a ballot, a move and the end take."""

import argparse
import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from time import monotonic, time

from bench.consultations import Imported, bring_in, consultation, proposal
from bench.crowd import deliver, gather, introduce, signed
from bench.figures import at_most, note, show
from bench.processes import (
    BenchFailed,
    Home,
    Server,
    ask,
    make_home,
    query,
    run,
    running,
    wait_until_idle,
    wait_until_judged,
)
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import fediverse

LOT = 13
PEOPLE = 3 * LOT
PAGES = 200
BALLOTS = 20
INTERVAL = 1
GRACE = 2.0  # after its end a poll waits so long for ballots on their way
PATIENCE = 120.0
HTML = "text/html"
BEFORE = """
INSERT INTO ballots (poll, voter, host, choices, was_added, cast_at, lot)
VALUES (?, ?, ?, ?, 0, ?, ?)
"""
COUNTED = """
UPDATE tallies SET lot = ?, lot_voters = ?, running = ?, held = ?, counts = ?, voters = ?,
    moved_at = 0 WHERE poll = ?
"""


@dataclass(slots=True, kw_only=True)
class Beside:
    """What somebody else waited for a page meanwhile."""

    waits: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The longest wait, in milliseconds."""
        return max(self.waits) * 1_000


def fill(home: Home, poll: str, ballots: int) -> None:
    """Let so many have voted before, as if the server had taken it."""
    counts = [sum(1 for _ in range(choice, ballots, 3)) for choice in range(3)]
    path = home.folder / "dosfed.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        rows = _standing(poll, ballots)
        while some := list(islice(rows, 50_000)):
            connection.executemany(BEFORE, some)
        kept = f"[{','.join(map(str, counts))},0,0,{ballots}]"
        lots, rest = divmod(ballots, LOT)
        shown = f"[{','.join(map(str, counts))}]"
        connection.execute(COUNTED, (lots + 1, rest, kept, kept, shown, ballots, poll))
        connection.execute("ANALYZE")


def _standing(poll: str, ballots: int) -> Iterator[tuple[str, str, str, str, int, int]]:
    now = int(time() * 1_000_000)
    for number in range(ballots):
        host = f"s{number % 400}.example"
        voter = f"https://{host}/users/p{number}"
        yield poll, voter, host, str(number % 3), now, number // LOT + 1


@asynccontextmanager
async def beside(home: Home) -> AsyncIterator[Beside]:
    """Ask for another page again and again until the block ends."""
    seen = Beside()

    async def look() -> None:
        for number in count():  # never the same words, so that no answer is kept
            began = monotonic()
            status, _ = await ask(home, f"/search?q=quay{number}", HTML)
            seen.waits.append(monotonic() - began)
            if status != 200:
                raise BenchFailed(f"the page beside answered {status}")
            await asyncio.sleep(0.002)

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def timed(home: Home, name: str, acts: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Print how long some acts took one after another, and the longest wait beside them."""
    took = []
    async with beside(home) as seen:
        for act in acts:
            began = monotonic()
            await act()
            took.append(monotonic() - began)
    show(f"{name}, ms", [1_000 * seconds for seconds in took])
    show(f"{name}: longest wait of another page, ms", [seen.longest], at_most(100))


async def until(is_done: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until something is so."""
    end = monotonic() + PATIENCE
    while not await is_done():
        if monotonic() > end:
            raise BenchFailed("it never came")
        await asyncio.sleep(0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The server, its poll, and people who have not voted yet."""

    server: Server
    imported: Imported
    people: Sequence[SimulatedActor]

    @property
    def home(self) -> Home:
        """The instance."""
        return self.server.home

    @property
    def poll(self) -> str:
        """The large poll."""
        return self.imported.polls[0]

    async def page(self) -> None:
        """Read the proposal as a stranger; its cache lasts a second."""
        status, body = await ask(self.home, self.poll.removeprefix(self.home.base_url), HTML)
        if status != 200 or b'class="tally"' not in body:
            raise BenchFailed(f"the page answered {status}, or shows no tally")

    async def vote(self, numbers: Sequence[int]) -> None:
        """Let people vote, and wait until they are judged."""
        option, organiser = self.imported.options[0], self.imported.organiser
        await deliver(
            self.home,
            [
                (n, signed(self.people[n], self.imported.inbox, self._ballot(n, organiser, option)))
                for n in numbers
            ],
        )
        await wait_until_judged(self.home)

    def _ballot(self, number: int, organiser: str, option: str) -> dict[str, object]:
        return self.people[number].vote(self.poll, organiser, option)

    def voters(self) -> int:
        """Return how many voters the published tally has."""
        rows = query(self.home, "SELECT voters FROM tallies WHERE poll = ?", self.poll)
        return int(rows[0][0])

    async def move(self) -> None:
        """Fill a lot, and wait until the tally shows the one before."""
        before = self.voters()
        await self.vote(range(BALLOTS, PEOPLE))

        async def has_moved() -> bool:
            return self.voters() > before

        await until(has_moved)

    async def close(self) -> None:
        """Wait until the final tally stands."""

        async def is_closed() -> bool:
            rows = query(self.home, "SELECT closed_at FROM polls WHERE id = ?", self.poll)
            return rows[0][0] is not None

        await until(is_closed)


def end_now(home: Home, poll: str) -> None:
    """Let a poll have ended just so long ago that it may close."""
    moment = int((time() - GRACE) * 1_000_000)
    path = home.folder / "dosfed.sqlite3"
    with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        connection.execute("UPDATE polls SET closes = ? WHERE id = ?", (moment, poll))


async def measure(ballots: int) -> None:
    """Print the figures of one large poll."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder), tally_interval=str(INTERVAL))
        async with running(home):
            imported = await bring_in(home, consultation([proposal(0)]))
        fill(home, imported.polls[0], ballots)
        async with fediverse() as world, running(home) as server:
            people = gather(world, PEOPLE)
            await introduce(home, people, imported.inbox, imported.polls[0])
            town = Town(server=server, imported=imported, people=people)
            await town.page()  # the first makes the template
            await timed(home, "page of the proposal", [town.page] * PAGES)
            votes = [lambda number=number: town.vote([number]) for number in range(BALLOTS)]
            await timed(home, "ballot until it is judged", votes)
            await wait_until_idle(home)
            await timed(home, "move of the tally", [town.move])
            await wait_until_idle(home)
            end_now(home, town.poll)
            await timed(home, "closing", [town.close])
            if town.voters() != ballots + PEOPLE:
                raise BenchFailed("the final tally is not that of all ballots")
            memory = server.resident_megabytes()
    show("MB resident after the closing", [memory])
    note(
        f"{ballots:,} ballots stand in one poll; a move is waited for after {PEOPLE - BALLOTS} more"
    )


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=1_000_000)
    run(measure(parser.parse_args().ballots))


if __name__ == "__main__":
    main()
