"""From the start of the process to the first answer."""

import argparse
import tempfile
from pathlib import Path
from time import monotonic

from bench.consultations import bring_in, consultation, proposal
from bench.figures import at_most, note, show
from bench.processes import Home, make_home, run, running


async def seconds_to_start(home: Home) -> float:
    """Return how long `dosfed serve` takes until it answers."""
    began = monotonic()
    async with running(home):
        return monotonic() - began


async def measure(rounds: int) -> None:
    """Print the times with a database to be made, and with one that is there."""
    fresh, again = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            home = make_home(Path(folder))
            fresh.append(await seconds_to_start(home))
            async with running(home):
                await bring_in(home, consultation([proposal(number) for number in range(20)]))
            again.append(await seconds_to_start(home))
    show("seconds to the first answer, database made first", fresh, at_most(1.5))
    show("seconds to the first answer, 20 polls there", again, at_most(1.5))
    note(f"{rounds} starts of each kind")


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    run(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
