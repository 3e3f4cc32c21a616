"""The consultations that are imported to be measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.processes import Home, ask_json, import_document

NAME = "bench"
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import made: the polls' ids in order, their options, where ballots go."""

    polls: tuple[str, ...]
    options: tuple[str, ...]
    organiser: str
    inbox: str


def consultation(proposals: Sequence[Document], *, language: str = "en") -> Document:
    """Return an import file with one consultation that is open for long."""
    return {
        "dosfed": 1,
        "organiser": {"name": "town", "title": "Town of Measure"},
        "consultations": [
            {
                "name": NAME,
                "title": "What the server can do in a second",
                "language": language,
                "summary": "Made up to be measured.",
                "opens": "2015-01-01T00:00:00Z",
                "closes": "2099-01-01T00:00:00Z",
                "proposals": list(proposals),
            }
        ],
    }


def proposal(number: int, *, counts_from: int = 5) -> Document:
    """Return a proposal with a poll."""
    return {
        "ref": f"p{number}",
        "title": f"Proposal {number}: the quay without cars",
        "text": "Trees instead of parked cars, benches instead of noise.\n\n" * 3,
        "poll": {"method": "agree", "counts_from": counts_from},
    }


async def bring_in(home: Home, document: Document) -> Imported:
    """Import into a running server; return what was made once it shows."""
    lines = await import_document(home, document)
    organiser = next(line["id"] for line in lines if line["kind"] == "organiser")
    polls = tuple(line["id"] for line in lines if line["kind"] == "poll")
    tallies = await ask_json(home, f"/c/{NAME}/tallies.json")
    actor = await ask_json(home, organiser.removeprefix(home.base_url), "application/activity+json")
    return Imported(
        polls=polls,
        options=tuple(option["name"] for option in tallies["proposals"][0]["options"]),
        organiser=organiser,
        inbox=actor["inbox"],
    )
