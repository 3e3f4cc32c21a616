"""Polls in the import file, with the options that their methods bring along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dosfed.deliberation.exchange import json_fields as read
from dosfed.deliberation.exchange.given import GivenPoll, GivenResult
from dosfed.deliberation.exchange.json_fields import BadDocument, Fields
from dosfed.deliberation.votes.model import Method
from dosfed.deliberation.votes.rules import fold_option
from dosfed.deliberation.votes.tally import ORIGINS

OPTION_LENGTH = 200
OPTIONS = 500  # more are not shown by any server
COUNTS_FROM = 5
BALLOTS = 10**9

POLL_KEYS = frozenset(
    {"method", "options", "opens", "closes", "counts", "secrecy", "counts_from", "result"}
)
RESULT_KEYS = frozenset({"from", "closed", "ballots", "voters", "origins"})

# Always in this order, so that charts of different consultations look alike.
_OWN_OPTIONS: Mapping[Method, Mapping[str, tuple[str, ...]]] = {
    Method.AGREE: {
        "fr": ("D'accord", "Abstention", "Pas d'accord"),
        "es": ("De acuerdo", "Abstención", "En desacuerdo"),
        "en": ("Agree", "Abstain", "Disagree"),
    },
    Method.SUPPORT: {"fr": ("Je soutiens",), "es": ("Apoyo",), "en": ("I support this",)},
}


class Counts(StrEnum):
    """Whether counts are shown while a poll is open."""

    SHOWN = "shown"
    HIDDEN = "hidden"


class Secrecy(StrEnum):
    """Who may know what a voter chose: the voter's server with ours, nobody else."""

    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a proposal takes from its consultation when it says nothing itself."""

    opens: datetime
    closes: datetime
    language: str
    now: datetime


def default_options(method: Method, language: str) -> tuple[str, ...]:
    """Return the options that a method brings along; other languages get English."""
    names: Mapping[str, tuple[str, ...]] = _OWN_OPTIONS.get(method, {})
    return names.get(language.partition("-")[0].lower(), names.get("en", ()))


def read_span(fields: Fields, around: Frame | None = None) -> tuple[datetime, datetime]:
    """Read when something opens and closes; `around` says it where the file does not."""
    opens = read.moment(fields, "opens", default=around.opens if around else None)
    closes = read.moment(fields, "closes", default=around.closes if around else None)
    if closes <= opens:
        raise fields.bad("closes", "is not after opens")
    return opens, closes


def read_poll(fields: Fields, around: Frame, language: str) -> GivenPoll:
    """Read a poll; where it gives no dates of its own it takes those around it."""
    method = read.word(fields, "method", Method)
    read.word(fields, "secrecy", Secrecy, default=Secrecy.CONFIDENTIAL)
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
        result=_result(fields, len(options), closes=closes, now=around.now),
    )


def _options(fields: Fields, method: Method, language: str) -> tuple[str, ...]:
    given = read.read_list(fields, "options", _option, most=OPTIONS)
    own = default_options(method, language)
    if own:
        if len(given) not in (0, len(own)):
            raise fields.bad("options", f"{method} has {len(own)} of its own; leave them out")
        given = given or own
    elif len(given) < 2:  # noqa: PLR2004 - a choice is between two
        raise fields.bad("options", f"{method} needs at least two")
    folded = [fold_option(option) for option in given]
    for place, option in enumerate(folded):
        if option in folded[:place]:
            raise BadDocument(f"{fields.at('options')}[{place}]", "is the same as another")
    return given


def _option(value: object, path: str) -> str:
    return read.read_line(value, path, most=OPTION_LENGTH)


def _result(fields: Fields, options: int, *, closes: datetime, now: datetime) -> GivenResult | None:
    given = read.read_object(fields, "result", known=RESULT_KEYS)
    if given is None:
        return None
    if closes > now:
        raise fields.bad("result", "the poll is still open")
    counts: tuple[int, ...] | None = None
    if given.has("ballots"):
        counts = read.read_list(given, "ballots", _ballots, most=OPTIONS)
        if len(counts) != options:
            raise given.bad("ballots", f"expected {options} numbers, found {len(counts)}")
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
