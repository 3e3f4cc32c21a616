"""What a draft begins with: a shipped blueprint, another consultation, or a file."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from dosfed.deliberation.consultations.licences import LICENCES
from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.json_fields import BadDocument

Document = dict[str, Any]
BEGINS = time(9)
FIRST_DAY = timedelta(days=7)  # from today until a consultation opens, if nobody says otherwise
LICENCE = "licence-ouverte-2.0"
MOST_PROPOSALS = 500  # of a draft, whose pages show all of them; more are imported by the verb
OF_PEOPLE = ("arguments", "versions", "published", "group", "ref")


class Blueprint(StrEnum):
    """The shipped ones."""

    BLANK = "blank"
    FOUR_STEPS = "four-steps"
    CLAUSES = "clauses"
    PETITION = "petition"
    IDEAS = "ideas"
    ASSEMBLY = "assembly"


class BadFile(Exception):
    """A file from which no draft can begin; the message names the path and what is wrong."""


def from_blueprint(
    folder: Path, chosen: Blueprint, language: str, *, now: datetime, zone: tzinfo | None
) -> Document:
    """Return what a draft begins with, its dates counted from a week from now on."""
    given: Document = {"days": 28}
    if chosen is not Blueprint.BLANK:
        given = orjson.loads((folder / f"{language}.json").read_bytes())[chosen.value]
    first = (now + FIRST_DAY).astimezone(zone).date()

    def day(number: int) -> str:
        return _moment(first + timedelta(days=number), zone)

    dates = {"opens": day(0), "closes": day(given["days"])}
    document = {
        "language": language,
        "summary": given.get("summary", ""),
        **dates,
        "phases": [
            {
                "kind": phase["kind"],
                "opens": day(phase["from"]),
                "closes": day(phase["to"]),
                "title": phase["title"],
                "text": phase["text"],
            }
            for phase in given.get("phases", ())
        ],
        "proposals": [_proposal(one, day) for one in given.get("proposals", ())],
        "licence": LICENCE if LICENCE in LICENCES else None,
    }
    if "eligible" in given:
        document["eligible"] = given["eligible"]
    return document


def _proposal(given: Document, day: Callable[[int], str]) -> Document:
    poll = dict(given["poll"])
    if "from" in poll:
        poll["opens"] = day(poll.pop("from"))
    return {**given, "poll": poll}


def _moment(day: date, zone: tzinfo | None) -> str:
    local = datetime.combine(day, BEGINS).replace(tzinfo=zone)
    return local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_another(document: Document, *, now: datetime) -> Document:
    """Return another consultation as a draft: what its organiser wrote, all dates moved on.

    What people proposed and argued stays theirs, and is left out.
    """
    by = (now + FIRST_DAY) - datetime.fromisoformat(document["opens"])
    whole_days = timedelta(days=by.days + 1)
    moved: Document = _moved(document, whole_days)
    moved["proposals"] = [
        {name: value for name, value in proposal.items() if name not in OF_PEOPLE}
        for proposal in moved.get("proposals", ())
        if not proposal.get("by")
    ]
    for proposal in moved["proposals"]:
        proposal.get("poll", {}).pop("result", None)
    return {name: value for name, value in moved.items() if name not in {"name", "meetings"}}


def _moved(value: Any, by: timedelta) -> Any:
    """Return a value of the format with every date moved."""
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if not isinstance(value, dict):
        return value
    return dict(_moved_keys(value, by))


def _moved_keys(value: Document, by: timedelta) -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        if name in {"opens", "closes"} and isinstance(one, str):
            later = datetime.fromisoformat(one) + by
            yield name, later.astimezone(UTC).isoformat().replace("+00:00", "Z")
        else:
            yield name, _moved(one, by)


def from_file(raw: bytes, *, now: datetime) -> Document:
    """Return the consultation of an uploaded import file, or raise `BadFile`."""
    try:
        document = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise BadFile(f"JSON: {error}") from error
    try:
        given = read_import(document, now=now)
    except BadDocument as error:
        raise BadFile(str(error)) from error
    if len(given.consultations) != 1:
        raise BadFile(f"consultations: expected one, found {len(given.consultations)}")
    consultation = dict(document["consultations"][0])
    if len(consultation.get("proposals") or ()) > MOST_PROPOSALS:
        raise BadFile(f"consultations[0].proposals: at most {MOST_PROPOSALS} in a draft")
    if "organiser" in document:
        consultation.setdefault("organiser", document["organiser"])
    return consultation
