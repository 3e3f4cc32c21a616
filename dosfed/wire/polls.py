"""Polls: what a proposal that is voted on says of the vote, and of the counts so far."""

import re
from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    many,
    moment,
    optional_text,
    text,
    when,
)
from dosfed.deliberation.consultations.mirrors import MirroredPoll
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.rules import says_nothing
from dosfed.deliberation.votes.methods.known import CONFIDENTIAL, method_of
from dosfed.deliberation.votes.methods.model import Terms
from dosfed.deliberation.votes.model import Poll
from dosfed.wire import terms
from dosfed.wire.namespace import WIDER_CONTEXT

MAX_OPTIONS = 500
MAX_TERMS = 20
SHA256 = re.compile("[0-9a-f]{64}")
WORD = re.compile("[a-z][a-z0-9_-]{0,39}")
UNREADABLE = "?"
MAX_COUNT = 2_000_000_000  # what a column of PostgreSQL holds, more or less
MAX_OPTION = 1_000  # characters; a home may have other rules than we
ORIGINS = ("here", "listed", "fediverse")


def write_poll(record: ProposalRecord, poll: Poll) -> dict[str, Any]:
    """Write a proposal's poll, with its options in the way in which its method can be carried."""
    question: dict[str, Any] = {
        **(_question if poll.method.fits_a_question else _note)(record, poll),
        "endTime": writing.rfc3339(poll.closes),
        "votersCount": record.shown.voters if record.shown else 0,
        terms.METHOD: poll.method.word,
        terms.SECRECY: CONFIDENTIAL,
        terms.COUNTS: "hidden" if poll.hides_counts else "shown",
        terms.COUNTS_FROM: poll.counts_from,
        terms.OPENS: writing.rfc3339(poll.opens),
        terms.TALLY: _tally_state(record),
    }
    if record.shown is not None and record.moved_at is not None:
        question[terms.COUNTED] = writing.rfc3339(record.moved_at, milliseconds=True)
    if record.shown is not None and record.shown.origins is not None:
        question[terms.ORIGINS] = dict(record.shown.origins)
    if record.closed_at is not None:
        question["closed"] = writing.rfc3339(poll.closes)
    if record.shown is not None and record.ballots_sha256 is not None:
        question[terms.BALLOTS] = f"{poll.id}/ballots.jsonl"
        question[terms.BALLOTS_SHA256] = record.ballots_sha256
    return question


def _question(record: ProposalRecord, poll: Poll) -> dict[str, Any]:
    """Write the options of a Question; counts not shown are zeros, since Misskey needs integers."""
    shown = poll.method.result(record.shown.counts if record.shown else (0,) * poll.cells)
    options = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": number},
        }
        for name, number in zip(poll.options, shown.ballots, strict=True)
    ]
    return {"anyOf" if poll.method.takes_several else "oneOf": options}


def _note(record: ProposalRecord, poll: Poll) -> dict[str, Any]:
    """Write the options, the terms and the result of a poll that no Question can carry."""
    said: dict[str, Any] = {
        "@context": WIDER_CONTEXT,
        terms.OPTIONS: list(poll.options),
        terms.METHOD_TERMS: dict(poll.method.terms),
    }
    if record.shown is not None:
        said[terms.RESULT] = poll.method.result(record.shown.counts).details
    return said


def _tally_state(record: ProposalRecord) -> str:
    if record.poll is not None and record.poll.is_withdrawn:
        return "withdrawn"
    if record.shown is None:
        return "untold" if is_untold(record) else "hidden"
    return "final" if record.closed_at else "shown"


def is_untold(record: ProposalRecord) -> bool:
    """Whether a proposal's poll closed with too few ballots to give counts."""
    return record.closed_at is not None and record.shown is None


def read_poll(document: Document) -> MirroredPoll | None:
    """Read a Question, or a text whose way to vote no Question can carry; none in any other.

    Where we do not know that way, its options are only shown, as far as there are any.
    """
    is_question = text(document, "type") == "Question"
    if not is_question and terms.METHOD not in document:
        return None
    is_multiple = "anyOf" in document
    word = _word(document.get(terms.METHOD), default="multiple" if is_multiple else "single")
    secrecy = _word(document.get(terms.SECRECY), default=CONFIDENTIAL)
    method_terms = _terms(document.get(terms.METHOD_TERMS))
    method = method_of(word, method_terms, secrecy)
    if method.fits_a_question and method.takes_several is not is_multiple:
        method = method_of("multiple" if is_multiple else "single", {}, secrecy)
        word = method.word
    if method.fits_a_question and not is_question:
        return None
    if method.is_known and not method.fits_a_question and is_question:
        word = UNREADABLE  # the options of a Question are not what its method asks for
        method = method_of(word, {}, secrecy)
    options, totals = _options(document, is_strict=method.is_known)
    is_told = optional_text(document, terms.TALLY) in {"shown", "final"}
    result = document.get(terms.RESULT)
    details = result if isinstance(result, dict) else {}
    return MirroredPoll(
        method=word,
        terms=method_terms,
        secrecy=secrecy,
        options=options,
        opens=when(document, terms.OPENS) or moment(document, "published"),
        closes=moment(document, "endTime"),
        hides_counts=document.get(terms.COUNTS) == "hidden",
        counts_from=number_of(document.get(terms.COUNTS_FROM)),
        is_closed="closed" in document,
        is_withdrawn=optional_text(document, terms.TALLY) == "withdrawn",
        counted_at=when(document, terms.COUNTED),
        counts=method.count_of(totals, details, len(options)) if is_told else None,
        voters=number_of(document.get("votersCount")),
        origins=_origins(document.get(terms.ORIGINS)),
        ballots_sha256=_digest(document.get(terms.BALLOTS_SHA256)),
    )


def _digest(said: Any) -> str | None:
    """Return the digest of a ballot file, where it can be one."""
    return said if isinstance(said, str) and SHA256.fullmatch(said) else None


def _word(said: Any, *, default: str) -> str:
    """Return a word of the home's; one that cannot be any is like one that nobody knows."""
    if said is None:
        return default
    return said if isinstance(said, str) and WORD.fullmatch(said) else UNREADABLE


def _terms(said: Any) -> Terms:
    """Return the terms of a method: whole numbers by name."""
    if said is None:
        return {}
    is_plain = isinstance(said, dict) and all(
        WORD.fullmatch(name) and type(number) is int and abs(number) <= MAX_COUNT
        for name, number in said.items()
    )
    return said if is_plain and len(said) <= MAX_TERMS else {UNREADABLE: 0}


def _options(document: Document, *, is_strict: bool) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the names of options, just as ballots must say them, and the ballots of each.

    Raises `Malformed` for options that nobody can vote on, if it `is_strict`.
    """
    given = [*many(document, "anyOf"), *many(document, "oneOf")]
    options = [option for option in given if isinstance(option, dict)]
    totals = tuple(_total(option) for option in options)
    named = [option.get("name") for option in options] or many(document, terms.OPTIONS)
    names = tuple(name for name in named if isinstance(name, str) and _is_option(name))
    if not is_strict:
        return names[:MAX_OPTIONS], ()
    if len(names) != len(named) or not 0 < len(names) <= MAX_OPTIONS:
        raise Malformed("a poll has between 1 and 500 options, whose names say something")
    return names, totals


def _is_option(name: str) -> bool:
    """Whether a name says something, and not too much."""
    return len(name) <= MAX_OPTION and not says_nothing(name)


def _origins(value: Any) -> dict[str, int] | None:
    """Return how many voters came from where; none unless all three are told."""
    if not isinstance(value, dict) or not all(isinstance(value.get(o), int) for o in ORIGINS):
        return None
    return {origin: number_of(value[origin]) for origin in ORIGINS}


def _total(option: Document) -> int:
    replies = option.get("replies")
    return number_of(replies.get("totalItems")) if isinstance(replies, dict) else 0


def number_of(value: Any) -> int:
    """Return a whole number that can be kept; none where it is no number."""
    # `true` is an int to Python, and would be one voter.
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, MAX_COUNT) if is_count else 0
