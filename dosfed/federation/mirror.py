"""Consultations from elsewhere, read from the documents of their home."""

import re
from typing import Any

from dosfed import texts
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    many,
    moment,
    one_id,
    optional_id,
    optional_text,
    text,
    when,
)
from dosfed.activitypub.vocabulary import Post, read_post
from dosfed.deliberation.consultations.mirrors import (
    MirroredPoll,
    MirroredProposal,
)
from dosfed.deliberation.proposals.clauses import ANCHOR
from dosfed.deliberation.rules import TEXT_LENGTH, says_nothing
from dosfed.deliberation.votes.methods.known import CONFIDENTIAL, method_of
from dosfed.deliberation.votes.methods.model import Terms
from dosfed.wire import groups, terms
from dosfed.wire.words import (
    LONGEST_TITLE,
    language_or_english,
    line_of,
    markdown_of,
    read_tags,
    split_title,
)

MAX_OPTIONS = 500
MAX_TERMS = 20
WORD = re.compile("[a-z][a-z0-9_-]{0,39}")
UNREADABLE = "?"
MAX_COUNT = 2_000_000_000  # what a column of PostgreSQL holds, more or less
MAX_TAGS = 50  # a home may have other rules than we
# A home may have other rules; what is much longer than here is not taken, or cut.
LENGTHS = {
    "credit": 200,
    "content": 4 * TEXT_LENGTH,
    "markdown": 2 * TEXT_LENGTH,
    "option": 1_000,
}
ORIGINS = ("here", "listed", "fediverse")


def read_proposal(document: Document) -> MirroredProposal:
    """Return the proposal that a home publishes, or raise `Malformed`."""
    post = read_post(document)
    _check_lengths(post)
    first, body = split_title(post)
    title = line_of(document, terms.TITLE, LONGEST_TITLE) or first
    if says_nothing(title):
        raise Malformed("dosfed:title: says nothing")
    markdown = markdown_of(document)
    credit = line_of(document, terms.CREDIT, LENGTHS["credit"])
    mention = post.mentions[0] if credit and post.mentions else None
    return MirroredProposal(
        id=post.id,
        consultation=one_id(document, terms.CONSULTATION),
        title=title,
        text=markdown if markdown is not None else body,
        html=texts.render_markdown(markdown) if markdown is not None else post.content or "",
        language=language_or_english(post.language),
        author=mention,
        author_name=credit or None,
        published=moment(document, "published"),
        edited=post.updated,
        source=optional_id(document, terms.PROPOSED_IN),
        version=_number(document.get(terms.VERSION)) or 1,
        clauses=_clauses(document),
        group=groups.read_group(document),
        tags=read_tags(document)[:MAX_TAGS],
        poll=_poll(document),
    )


def _check_lengths(post: Post) -> None:
    """Raise `Malformed` for words that take too long to read."""
    if len(post.content or "") > LENGTHS["content"]:
        raise Malformed("content: too long")
    if len(markdown_of(post.document) or "") > LENGTHS["markdown"]:
        raise Malformed("source: too long")


def _clauses(document: Document) -> tuple[str, ...] | None:
    """Return the anchors that the home gives its clauses, if all of them can be anchors."""
    said = many(document, terms.CLAUSES)
    anchors = tuple(one for one in said if isinstance(one, str) and ANCHOR.fullmatch(one))
    return anchors if anchors and len(anchors) == len(said) else None


def _poll(document: Document) -> MirroredPoll | None:
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
    if method.is_known and method.fits_a_question is not is_question:
        return None
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
        counts_from=_number(document.get(terms.COUNTS_FROM)),
        is_closed="closed" in document,
        counted_at=when(document, terms.COUNTED),
        counts=method.count_of(totals, details, len(options)) if is_told else None,
        voters=_number(document.get("votersCount")),
        origins=_origins(document.get(terms.ORIGINS)),
    )


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
    return len(name) <= LENGTHS["option"] and not says_nothing(name)


def _origins(value: Any) -> dict[str, int] | None:
    """Return how many voters came from where; none unless all three are told."""
    if not isinstance(value, dict) or not all(isinstance(value.get(o), int) for o in ORIGINS):
        return None
    return {origin: _number(value[origin]) for origin in ORIGINS}


def _total(option: Document) -> int:
    replies = option.get("replies")
    return _number(replies.get("totalItems")) if isinstance(replies, dict) else 0


def _number(value: Any) -> int:
    # `true` is an int to Python, and would be one voter.
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, MAX_COUNT) if is_count else 0
