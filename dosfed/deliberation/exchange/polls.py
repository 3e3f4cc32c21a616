"""Polls in the import file, with the options that their methods bring along."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dosfed.deliberation.exchange import json_fields as read
from dosfed.deliberation.exchange.given import GivenPoll, GivenResult
from dosfed.deliberation.exchange.json_fields import BadDocument, Fields
from dosfed.deliberation.votes.methods.by_name import fold_option
from dosfed.deliberation.votes.methods.known import METHODS, SECRECIES
from dosfed.deliberation.votes.methods.model import BadTerms, Method
from dosfed.deliberation.votes.tally import ORIGINS

OPTION_LENGTH = 200
OPTIONS = 500  # more are not shown by any server
COUNTS_FROM = 5
BALLOTS = 10**9

TERMS = frozenset(name for method in METHODS.values() for name in method.terms)
POLL_KEYS = TERMS | {
    *("method", "options", "opens", "closes", "counts", "secrecy", "counts_from", "result")
}
RESULT_KEYS = frozenset({"from", "closed", "ballots", "details", "voters", "origins"})


class Counts(StrEnum):
    """Whether counts are shown while a poll is open."""

    SHOWN = "shown"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a proposal takes from its consultation when it says nothing itself."""

    opens: datetime
    closes: datetime
    language: str
    now: datetime


def read_span(fields: Fields, around: Frame | None = None) -> tuple[datetime, datetime]:
    """Read when something opens and closes; `around` says it where the file does not."""
    opens = read.moment(fields, "opens", default=around.opens if around else None)
    closes = read.moment(fields, "closes", default=around.closes if around else None)
    if closes <= opens:
        raise fields.bad("closes", "is not after opens")
    return opens, closes


def read_poll(fields: Fields, around: Frame, language: str) -> GivenPoll:
    """Read a poll; where it gives no dates of its own it takes those around it."""
    method = _method(fields)
    if fields.has("secrecy"):
        read.one_of(fields, "secrecy", tuple(SECRECIES))
    counts = read.word(fields, "counts", Counts, default=Counts.SHOWN)
    options = _options(fields, method, language)
    opens, closes = read_span(fields, around)
    return GivenPoll(
        method=method,
        options=options,
        opens=opens,
        closes=closes,
        hides_counts=counts is Counts.HIDDEN,
        counts_from=read.number(fields, "counts_from", most=1_000, default=COUNTS_FROM),
        result=_result(fields, method, len(options), closes=closes, now=around.now),
    )


def _method(fields: Fields) -> Method:
    """Read a method with its terms; what the file does not say is as usual."""
    method = METHODS[read.one_of(fields, "method", tuple(METHODS))]
    given = {name: fields.values[name] for name in TERMS if fields.has(name)}
    try:
        return method.with_terms({**method.terms, **given})
    except BadTerms as error:
        raise fields.bad("method", str(error)) from error


def _options(fields: Fields, method: Method, language: str) -> tuple[str, ...]:
    given = read.read_list(fields, "options", _option, most=OPTIONS)
    own = method.own_options(language)
    if own:
        if len(given) not in (0, len(own)):
            raise fields.bad("options", f"{method.word} has {len(own)} of its own; leave them out")
        given = given or own
    elif len(given) < 2:  # noqa: PLR2004 - a choice is between two
        raise fields.bad("options", f"{method.word} needs at least two")
    folded = [fold_option(option) for option in given]
    for place, option in enumerate(folded):
        if option in folded[:place]:
            raise BadDocument(f"{fields.at('options')}[{place}]", "is the same as another")
    return given


def _option(value: object, path: str) -> str:
    return read.read_line(value, path, most=OPTION_LENGTH)


def _result(
    fields: Fields, method: Method, options: int, *, closes: datetime, now: datetime
) -> GivenResult | None:
    given = read.read_object(fields, "result", known=RESULT_KEYS)
    if given is None:
        return None
    if closes > now:
        raise fields.bad("result", "the poll is still open")
    counts: tuple[int, ...] | None = None
    if given.has("ballots"):
        ballots = read.read_list(given, "ballots", _ballots, most=OPTIONS)
        if len(ballots) != options:
            raise given.bad("ballots", f"expected {options} numbers, found {len(ballots)}")
        details = given.values.get("details")
        counts = method.count_of(ballots, details if isinstance(details, dict) else {}, options)
        if counts is None:
            raise given.bad("details", f"expected what {method.word} counts")
    shows = counts is not None
    return GivenResult(
        source=read.line(given, "from", most=2_000),
        closed_at=read.moment(given, "closed", default=closes),
        counts=counts,
        voters=read.number(given, "voters", most=BALLOTS) if shows else None,
        origins=_origins(given) if shows else None,
    )


def _origins(fields: Fields) -> dict[str, int] | None:
    given = read.read_object(fields, "origins", known=ORIGINS)
    if given is None:
        return None
    return {origin: read.number(given, origin, most=BALLOTS) for origin in ORIGINS}


def _ballots(value: object, path: str) -> int:
    return read.number(Fields(path="", values={path: value}), path, most=BALLOTS)
