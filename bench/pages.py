"""Reads: an object's JSON, and the page of a proposal with 200 arguments."""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.consultations import bring_in, consultation, proposal
from bench.figures import Goal, at_least, note, show
from bench.load import ask_for
from bench.processes import (
    BenchFailed,
    Home,
    ask,
    ask_whole,
    make_home,
    run,
    run_verb,
    running,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Something that is asked for again and again."""

    name: str
    request: bytes
    goal: Goal | None = None


def visits(home: Home, path: str, cookie: str) -> list[Visit]:
    """Return the visits to a proposal that are measured."""
    page = "proposal page, 200 arguments, requests per second"
    signed_in = f"{page}; signed in"
    return [
        Visit(
            name="object JSON, requests per second",
            request=_request(home, path, f"Accept: {JSON}"),
            goal=at_least(6_000),
        ),
        Visit(name=page, request=_request(home, path, f"Accept: {HTML}"), goal=at_least(300)),
        # Never cached: it is somebody's own.
        Visit(name=signed_in, request=_request(home, path, f"Accept: {HTML}\r\nCookie: {cookie}")),
    ]


def _request(home: Home, path: str, headers: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {home.host}\r\n{headers}\r\nAccept-Language: en\r\n\r\n"
    ).encode("ascii")


async def sign_in(home: Home) -> str:
    """Return the cookie of somebody with an account."""
    await run_verb(home, "user", "add", "vera")
    link = (await run_verb(home, "user", "link", "vera"))[0]["sign_in"]
    header, _ = await ask_whole(home, link.removeprefix(home.base_url), HTML)
    cookies = [line for line in header.split(b"\r\n") if line.lower().startswith(b"set-cookie:")]
    if not cookies:
        raise BenchFailed(f"the sign-in link opened no session: {header[:100]!r}")
    pairs = [line.partition(b":")[2].partition(b";")[0].strip() for line in cookies]
    return b"; ".join(pairs).decode("ascii")


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
            for visit in visits(home, path, await sign_in(home)):
                rates = [
                    await ask_for(
                        home.port, visit.request, connections=CONNECTIONS, seconds=seconds
                    )
                    for _ in range(rounds)
                ]
                show(visit.name, rates, visit.goal)
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
