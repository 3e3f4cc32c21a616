"""What keeps a draft of a consultation from being published, each of its parts by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.actors import RESERVED
from dosfed.activitypub.tables import Actors
from dosfed.deliberation.consultations.drafts import Document
from dosfed.deliberation.consultations.rules import crossing_dates
from dosfed.deliberation.exchange.format import FORMAT, read_import
from dosfed.deliberation.exchange.given import GivenConsultation
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.model import Refusal

NAME_TAKEN = "name-taken"
LISTED = ("phases", "documents", "meetings", "proposals")
DATES = ("opens", "closes")
# What stands for the rest of a consultation while one part of it is read.
REST: Mapping[str, Any] = {
    "name": "a",
    "title": "a",
    "language": "en",
    "organiser": {"name": "b", "title": "b"},
    "opens": "2000-01-01T00:00:00Z",
    "closes": "2099-12-31T00:00:00Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What keeps a draft from being published: where it lies in the document, and what it is.

    `path` is that of the format, below the consultation: `opens`, `phases[1].closes`; `refusal`
    says what the format itself does not.
    """

    path: str
    said: str
    refusal: Refusal | None = None


def as_file(document: Document) -> dict[str, Any]:
    """Return the import file that has a draft's consultation alone."""
    return {"dosfed": FORMAT, "consultations": [dict(document)]}


def problems(document: Document, *, now: datetime) -> list[Problem]:
    """Return what keeps a draft from being published, at most one for each of its parts."""
    whole = _problems_of(document, now)
    # Most lack nothing and are read once; in the others no part that is wrong hides another.
    return [*_of_parts(document, now)] or whole if whole else []


def _of_parts(document: Document, now: datetime) -> Iterator[Problem]:
    for name in dict.fromkeys((*REST, *document)):
        if name not in (*DATES, *LISTED):
            alone = {key: value for key, value in REST.items() if key != name}
            given = {name: document[name]} if name in document else {}
            yield from _problems_of({**alone, **given}, now)
    dates = {name: document[name] for name in DATES if name in document}
    frame = {**{key: value for key, value in REST.items() if key not in DATES}, **dates}
    wrong = _problems_of(frame, now)
    yield from wrong
    # Where its own dates cannot be read yet, nothing lies outside a consultation.
    around = REST if any(one.refusal is None for one in wrong) else frame
    for part in LISTED:
        yield from _of_rows(part, document.get(part), around, now)


def _of_rows(
    part: str, rows: object, around: Mapping[str, Any], now: datetime
) -> Iterator[Problem]:
    if not isinstance(rows, list):
        if rows:
            yield from _problems_of({**around, part: rows}, now)
        return
    for number, row in enumerate(rows):
        for problem in _problems_of({**around, part: [row]}, now):
            if problem.path.startswith(part):
                path = problem.path.replace(f"{part}[0]", f"{part}[{number}]", 1)
                yield Problem(path=path, said=problem.said, refusal=problem.refusal)


def _problems_of(document: Document, now: datetime) -> list[Problem]:
    """Return the first thing that the format says is wrong, or all dates that cross."""
    try:
        given = read_import(as_file(document), now=now).consultations[0]
    except BadDocument as error:
        path, _, reason = str(error).partition(": ")
        inner = path.removeprefix("consultations[0]").removeprefix(".")
        return [Problem(path=inner, said=reason)]
    crossing = crossing_dates(given.opens, given.closes, _spans(given), now=now)
    return [Problem(path=path, said="", refusal=refusal) for path, refusal in crossing]


def _spans(given: GivenConsultation) -> Mapping[str, tuple[datetime, datetime]]:
    """Return what must lie within a consultation, by its path."""
    phases = {
        f"phases[{number}]": (phase.opens, phase.closes)
        for number, phase in enumerate(given.phases)
    }
    polls = {
        f"proposals[{number}].poll": (proposal.poll.opens, proposal.poll.closes)
        for number, proposal in enumerate(given.proposals)
        if proposal.poll is not None and proposal.poll.result is None
    }
    return {**phases, **polls}


async def problems_of_names(connection: AsyncConnection, document: Document) -> list[Problem]:
    """Return what else would keep a draft from being published: names that are somebody's."""
    name, organiser = str(document.get("name") or ""), organiser_name(document)
    rows = await connection.execute(
        select(Actors.handle, Actors.kind).where(Actors.handle.in_([name, organiser]))
    )
    kinds = {row.handle: row.kind for row in rows}
    found = []
    if name and (name in RESERVED or name in kinds or name == organiser):
        found.append(Problem(path="name", said=NAME_TAKEN))
    if organiser in RESERVED or kinds.get(organiser, "organiser") != "organiser":
        found.append(Problem(path="organiser.name", said=NAME_TAKEN))
    return found


def organiser_name(document: Document) -> str:
    """Return the handle of a draft's organiser, or nothing where it has none yet."""
    organiser = document.get("organiser")
    return str(organiser.get("name") or "") if isinstance(organiser, dict) else ""
