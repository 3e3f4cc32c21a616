"""Reads: an object's JSON, and the page of a proposal with 200 arguments."""

import argparse
import tempfile
from pathlib import Path

from bench.consultations import bring_in, consultation, proposal
from bench.figures import at_least, note, show
from bench.load import ask_for
from bench.processes import BenchFailed, Home, ask, make_home, run, running

ARGUMENTS = 200
CONNECTIONS = 32
JSON = "application/activity+json"
HTML = "text/html"
STANCES = ("for", "against", "neutral")


def debated_proposal() -> dict[str, object]:
    """Return a proposal with many arguments, every fourth of which answers another."""
    arguments = [
        {
            "ref": f"a{number}",
            "stance": STANCES[number % 3],
            "text": f"Argument {number}: the ferry landing floods in March, *every* year.",
            **({"in_reply_to": f"a{number - 1}"} if number % 4 == 3 else {}),
        }
        for number in range(ARGUMENTS)
    ]
    return {**proposal(0), "arguments": arguments}


def request_for(home: Home, path: str, accept: str) -> bytes:
    """Return a request over a connection that is kept."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {home.host}\r\nAccept: {accept}\r\n"
        "Accept-Language: en\r\n\r\n"
    ).encode("ascii")


async def measure(seconds: float, rounds: int) -> None:
    """Print how many requests a second are answered."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        async with running(home):
            imported = await bring_in(home, consultation([debated_proposal()]))
            path = imported.polls[0].removeprefix(home.base_url)
            _, page = await ask(home, path, HTML)
            shown = page.count(b"the ferry landing floods in March")
            if not shown:
                raise BenchFailed("the page shows no argument")
            rates: dict[str, list[float]] = {JSON: [], HTML: []}
            for _ in range(rounds):
                for accept, found in rates.items():
                    request = request_for(home, path, accept)
                    found.append(
                        await ask_for(home.port, request, connections=CONNECTIONS, seconds=seconds)
                    )
    show("object JSON, requests per second", rates[JSON], at_least(6_000))
    show("proposal page, 200 arguments, requests per second", rates[HTML], at_least(300))
    note(f"{rounds} rounds of {seconds:g} s over {CONNECTIONS} connections; page {len(page):,} B")
    note(f"the page shows {shown} of {ARGUMENTS} arguments, the others follow on further pages")


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    run(measure(given.seconds, given.rounds))


if __name__ == "__main__":
    main()
