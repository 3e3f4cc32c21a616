"""Each step's form, and the part of a draft that it is: filled in from one, taken into the other.

What cannot be read yet, such as half a date, is kept as it was typed: the reader of the format
says at the end what is wrong with it, and nothing is lost before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from dosfed.accounts.handles import propose_handle
from dosfed.deliberation.exchange.format import ERASE_AFTER_DAYS
from dosfed.deliberation.exchange.polls import COUNTS_FROM
from dosfed.deliberation.meetings.rules import read_moment
from dosfed.deliberation.model import Refused
from dosfed.deliberation.proposals.reasons import RefusalReason
from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.web.forms import Form

Document = dict[str, Any]
Values = dict[str, tuple[str, ...]]
PHASE_FIELDS = ("kind", "title", "opens", "closes", "text")
DOCUMENT_FIELDS = ("title", "url")
MEETING_FIELDS = ("title", "place", "url", "starts", "ends", "summary")
MOMENTS = frozenset({"opens", "closes", "starts", "ends"})
MAX_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step: what its form shows of a draft, and what a draft becomes by it."""

    word: str
    keys: tuple[str, ...]  # of the format, which it is about
    fill: Callable[[Document, tzinfo | None], Values]
    take: Callable[[Form, Document, tzinfo | None], Document]


def typed_moment(kept: object, zone: tzinfo | None) -> str:
    """Return a moment of the format as a browser's calendar shows it; anything else as it is."""
    text = str(kept or "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def kept_moment(typed: str, zone: tzinfo | None, *, before: object = None) -> str:
    """Return what was typed as a moment of the format, or as it was typed.

    What stands as it was shown is the moment from `before`, to the second, whatever the clocks
    did that night.
    """
    if before and typed_moment(before, zone) == typed:
        return str(before)
    try:
        return read_moment(typed, zone).isoformat().replace("+00:00", "Z")
    except Refused:
        return typed.strip()


def lines(text: str) -> list[str]:
    """Return the lines that say something."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def number(text: str) -> int | str:
    """Return a whole number, or what was typed instead."""
    typed = text.strip()
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= MAX_DIGITS
    return int(typed) if is_number else typed


def _fill_basics(document: Document, _zone: tzinfo | None) -> Values:
    organiser = document.get("organiser") or {}
    return {
        **{name: (str(document.get(name) or ""),) for name in ("title", "name", "summary")},
        "language": (str(document.get("language") or ""),),
        "organiser": (str(organiser.get("name") or ""),),
        "organiser_title": (str(organiser.get("title") or ""),),
        **_fill_rows(document.get("documents"), "document", DOCUMENT_FIELDS, None),
    }


def _take_basics(form: Form, document: Document, _zone: tzinfo | None) -> Document:
    organiser = form.value("organiser").strip()
    return {
        **document,
        "title": form.value("title").strip(),
        "name": form.value("name").strip().lower(),
        "summary": form.value("summary"),
        "language": form.value("language"),
        "organiser": {"name": organiser, "title": form.value("organiser_title").strip()},
        "documents": [*_take_rows(form, "document", DOCUMENT_FIELDS, (), None)],
    }


def _fill_calendar(document: Document, zone: tzinfo | None) -> Values:
    return {
        "opens": (typed_moment(document.get("opens"), zone),),
        "closes": (typed_moment(document.get("closes"), zone),),
        **_fill_rows(document.get("phases"), "phase", PHASE_FIELDS, zone),
    }


def _take_calendar(form: Form, document: Document, zone: tzinfo | None) -> Document:
    known = _known(document.get("phases"))
    rows = [*_rows(form, "phase", PHASE_FIELDS, known, zone)]
    had_kind = [bool(row.get("kind")) for row in known] + [False] * len(rows)
    # A phase that had a kind and has none any more is to go; a new one without kind says so later.
    phases = [
        row
        for row, had_one in zip(rows, had_kind, strict=False)
        if row.get("kind") or (row and not had_one)
    ]
    return {
        **document,
        **{
            name: kept_moment(form.value(name), zone, before=document.get(name))
            for name in ("opens", "closes")
        },
        "phases": sorted(phases, key=lambda row: row.get("opens", "")),
    }


def _fill_participation(document: Document, _zone: tzinfo | None) -> Values:
    eligible = document.get("eligible") or "anyone"
    listed = eligible if isinstance(eligible, list) else []
    return {
        "eligible": ("hosts" if isinstance(eligible, list) else str(eligible),),
        "hosts": ("\n".join(map(str, listed)),),
        "instances": ("\n".join(map(str, document.get("instances") or ())),),
        "needs_facilitator": () if document.get("needs_facilitator") is False else ("yes",),
        "licence": (str(document.get("licence") or ""),),
        "erase_after_days": (str(document.get("erase_after_days", ERASE_AFTER_DAYS)),),
        "reasons": ("\n".join(one["title"] for one in _titled(document.get("reasons"))),),
    }


def _titled(reasons: object) -> list[Document]:
    return [one for one in _known(reasons) if isinstance(one.get("title"), str)]


def _take_participation(form: Form, document: Document, _zone: tzinfo | None) -> Document:
    chosen = form.value("eligible")
    return {
        **document,
        "eligible": lines(form.value("hosts")) if chosen == "hosts" else chosen,
        "instances": lines(form.value("instances")),
        "needs_facilitator": bool(form.value("needs_facilitator")),
        "licence": form.value("licence") or None,
        "erase_after_days": number(form.value("erase_after_days")),
        "reasons": [*_take_reasons(lines(form.value("reasons")), document.get("reasons"))],
    }


def _take_reasons(titles: Sequence[str], before: object) -> Iterator[Document]:
    """Yield reasons of a consultation's own; one that it had keeps its code."""
    codes = {one["title"]: str(one.get("code")) for one in _titled(before)}
    taken = {*map(str, RefusalReason), *codes.values()}
    for title in dict.fromkeys(titles):
        code = codes.get(title) or propose_handle(title, taken).replace("_", "-")
        taken |= {code, code.replace("-", "_")}
        yield {"code": code, "title": title}


def _fill_meetings(document: Document, zone: tzinfo | None) -> Values:
    return _fill_rows(document.get("meetings"), "meeting", MEETING_FIELDS, zone)


def _take_meetings(form: Form, document: Document, zone: tzinfo | None) -> Document:
    known = _known(document.get("meetings"))
    return {**document, "meetings": [*_take_rows(form, "meeting", MEETING_FIELDS, known, zone)]}


def _known(rows: object) -> list[Document]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _fill_rows(rows: object, name: str, fields: Sequence[str], zone: tzinfo | None) -> Values:
    """Return the fields of rows, one value of each field for each row."""
    known = _known(rows)
    return {
        f"{name}_{field}": tuple(
            typed_moment(row.get(field), zone) if field in MOMENTS else str(row.get(field) or "")
            for row in known
        )
        for field in fields
    }


def _take_rows(
    form: Form, name: str, fields: Sequence[str], known: Sequence[Document], zone: tzinfo | None
) -> Iterator[Document]:
    """Yield the rows in which something was typed."""
    return (row for row in _rows(form, name, fields, known, zone) if row)


def _rows(
    form: Form, name: str, fields: Sequence[str], known: Sequence[Document], zone: tzinfo | None
) -> Iterator[Document]:
    """Yield all rows, empty ones too; `known` are those that the form was filled in from."""
    columns = {field: form.all(f"{name}_{field}") for field in fields}
    for place in range(max((len(column) for column in columns.values()), default=0)):
        before = known[place] if place < len(known) else {}
        typed = {
            field: column[place].strip() if place < len(column) else ""
            for field, column in columns.items()
        }
        yield {
            field: kept_moment(value, zone, before=before.get(field)) if field in MOMENTS else value
            for field, value in typed.items()
            if value
        }


STEPS = (
    Step(
        word="basics",
        keys=("title", "name", "summary", "language", "organiser", "documents"),
        fill=_fill_basics,
        take=_take_basics,
    ),
    Step(
        word="calendar",
        keys=("opens", "closes", "phases"),
        fill=_fill_calendar,
        take=_take_calendar,
    ),
    Step(
        word="participation",
        keys=(
            *("eligible", "instances", "needs_facilitator", "licence", "erase_after_days"),
            "reasons",
        ),
        fill=_fill_participation,
        take=_take_participation,
    ),
    Step(word="meetings", keys=("meetings",), fill=_fill_meetings, take=_take_meetings),
)


def fill_proposal(proposal: Document, zone: tzinfo | None) -> Values:
    """Return the form of a proposal of the organiser's, with its vote."""
    poll = proposal.get("poll") or {}
    return {
        "title": (str(proposal.get("title") or ""),),
        "text": (str(proposal.get("text") or ""),),
        "tags": (", ".join(map(str, proposal.get("tags") or ())),),
        "method": (str(poll.get("method") or ""),),
        "options": ("\n".join(map(str, poll.get("options") or ())),),
        "opens": (typed_moment(poll.get("opens"), zone),),
        "closes": (typed_moment(poll.get("closes"), zone),),
        "counts": (str(poll.get("counts") or "shown"),),
        "counts_from": (str(poll.get("counts_from", COUNTS_FROM)),),
        "scale": (str(poll.get("scale") or ""),),
    }


def take_proposal(form: Form, proposal: Document, zone: tzinfo | None) -> Document:
    """Return a proposal as its form says it."""
    changed = {
        **proposal,
        "title": form.value("title").strip(),
        "text": form.value("text"),
        "tags": [tag.strip() for tag in form.value("tags").split(",") if tag.strip()],
    }
    method = form.value("method")
    if not method:
        return {name: value for name, value in changed.items() if name != "poll"}
    return {**changed, "poll": _take_poll(form, proposal.get("poll") or {}, method, zone)}


def _take_poll(form: Form, poll: Document, method: str, zone: tzinfo | None) -> Document:
    changed = {
        "method": method,
        "options": lines(form.value("options")),
        **{
            name: kept_moment(form.value(name), zone, before=poll.get(name))
            for name in ("opens", "closes")
            if form.value(name).strip()
        },
        "counts": form.value("counts") or "shown",
        "counts_from": number(form.value("counts_from")),
    }
    known = METHODS.get(method)
    if known is not None and known.own_options("en"):
        # These methods bring their own words, in the language of the proposal.
        changed.pop("options")
    if known is not None and "scale" in known.terms and form.value("scale").strip():
        changed["scale"] = number(form.value("scale"))
    return {**{name: poll[name] for name in ("secrecy",) if name in poll}, **changed}
