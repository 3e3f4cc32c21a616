"""Reads: an object's JSON, the pages that people read most, a search in very many proposals."""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.consultations import NAME, bring_in, consultation, proposal
from bench.figures import Goal, at_least, at_most, note, show
from bench.load import ask_for, time_each
from bench.processes import (
    BenchFailed,
    Home,
    ask,
    ask_whole,
    make_home,
    query,
    run,
    run_verb,
    running,
    wait_until_none,
)
from bench.texts import LONGEST, proposal_texts, telling_words

ARGUMENTS = 500
PROPOSALS = 30  # of the consultation whose page is measured
TEXTS = 20_000
QUERIES = 300
CONNECTIONS = 32
PAGE_BYTES = 60_000
JSON = "application/activity+json"
HTML = "text/html"
STANCES = ("for", "against", "neutral")


def debated_proposal() -> dict[str, Any]:
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


def document(texts: Sequence[str]) -> dict[str, Any]:
    """Return an import file: a consultation with a debate, and one with very many proposals."""
    few = consultation([debated_proposal(), *(proposal(n) for n in range(1, PROPOSALS))])
    many = {
        **few["consultations"][0],
        "name": "many",
        "title": "Very many proposals",
        "language": "fr",
        "proposals": [
            {"ref": f"t{number}", "title": text[:LONGEST], "text": text}
            for number, text in enumerate(texts)
        ],
    }
    return {**few, "consultations": [*few["consultations"], many]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Something that is asked for again and again, at one address or at several in turn."""

    name: str
    paths: tuple[str, ...]
    cookie: str = ""
    accept: str = HTML
    goal: Goal | None = None
    median: Goal | None = None

    def requests(self, home: Home) -> list[bytes]:
        """Return what is sent."""
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        return [
            (
                f"GET {path} HTTP/1.1\r\nHost: {home.host}\r\nAccept: {self.accept}\r\n{cookie}"
                "Accept-Language: en\r\n\r\n"
            ).encode("ascii")
            for path in self.paths
        ]


def visits(path: str, words: Sequence[str], cookie: str) -> list[Visit]:
    """Return what is measured; what somebody gets who is signed in is never kept for others."""
    pages = {
        "home": ("/",),
        f"consultation, {PROPOSALS} proposals": (f"/c/{NAME}",),
        f"consultation, {TEXTS:,} proposals": ("/c/many",),
        f"proposal, {ARGUMENTS} arguments": (path,),
        f"search in {TEXTS:,} proposals": tuple(f"/search?q={quote(word)}" for word in words),
    }
    measured = [Visit(name="object JSON", paths=(path,), accept=JSON, goal=at_least(6_000))]
    for name, paths in pages.items():
        for who, sent in (("", ""), ("; signed in", cookie)):
            measured.append(
                Visit(
                    name=f"{name}{who}",
                    paths=paths,
                    cookie=sent,
                    goal=at_least(200),
                    median=at_most(15),
                )
            )
    return measured


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
    """Print how many requests a second are answered, and how long one takes alone."""
    texts, source = proposal_texts(TEXTS)
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        async with running(home) as server:
            imported = await bring_in(home, document(texts))
            await wait_until_none(home, "SELECT count(*) FROM search_pending")
            path = imported.polls[0].removeprefix(home.base_url)
            words = telling_words(texts, QUERIES)
            measured = visits(path, words, await sign_in(home))
            await check(home, path, words)
            for visit in measured:
                await time_visit(home, visit, seconds, rounds)
            note(f"the server occupies {server.resident_megabytes():.0f} MB at the end")
    note(
        f"{rounds} rounds of {seconds:g} s over {CONNECTIONS} connections, then {seconds:g} s alone"
    )
    note(f"texts: {source}; {len(words)} words are searched in turn")


async def check(home: Home, path: str, words: Sequence[str]) -> None:
    """Fail unless the pages hold what they should, and no more bytes than they may."""
    expected = {
        "/": b"Very many proposals",
        f"/c/{NAME}": b"the quay without cars",
        "/c/many": b"Page 1 of",
        path: b"the ferry landing floods in March",
        f"/search?q={quote(words[0])}": b"<mark>",
    }
    for asked, text in expected.items():
        _, page = await ask(home, asked, HTML)
        if text not in page:
            raise BenchFailed(f"{asked} does not say {text.decode()}")
        name = "proposal" if asked == path else asked.partition("?")[0]
        show(f"{name}: bytes of HTML", [len(page)], at_most(PAGE_BYTES))
    if query(home, "SELECT count(*) FROM search_entries")[0][0] < TEXTS:
        raise BenchFailed("not every proposal can be found")


async def time_visit(home: Home, visit: Visit, seconds: float, rounds: int) -> None:
    """Print the two figures of a visit."""
    requests = visit.requests(home)
    rates = [
        await ask_for(home.port, requests, connections=CONNECTIONS, seconds=seconds)
        for _ in range(rounds)
    ]
    show(f"{visit.name}, requests per second", rates, visit.goal)
    took = await time_each(home.port, requests, seconds=seconds)
    show(f"{visit.name}, ms alone", [statistics.median(took) * 1_000], visit.median)


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    run(measure(given.seconds, given.rounds))


if __name__ == "__main__":
    main()
