"""Consultations from elsewhere, read from the documents of their home."""

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
from dosfed.deliberation.votes.model import Method
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
        poll=_poll(document) if post.type == "Question" else None,
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


def _poll(document: Document) -> MirroredPoll:
    is_multiple = "anyOf" in document
    given = many(document, "anyOf" if is_multiple else "oneOf")
    options = [option for option in given if isinstance(option, dict)]
    if not 0 < len(options) <= MAX_OPTIONS:
        raise Malformed("a poll has between 1 and 500 options")
    state = optional_text(document, terms.TALLY)
    counts_from = document.get(terms.COUNTS_FROM)
    closes = moment(document, "endTime")
    return MirroredPoll(
        method=_method(optional_text(document, terms.METHOD), is_multiple=is_multiple),
        options=tuple(_option(option) for option in options),
        opens=when(document, terms.OPENS) or moment(document, "published"),
        closes=closes,
        hides_counts=document.get(terms.COUNTS) == "hidden",
        counts_from=_number(counts_from),
        is_closed="closed" in document,
        counted_at=when(document, terms.COUNTED),
        counts=tuple(_total(option) for option in options) if state in {"shown", "final"} else None,
        voters=_number(document.get("votersCount")),
        origins=_origins(document.get(terms.ORIGINS)),
    )


def _option(option: Document) -> str:
    """Return the name of an option, just as ballots must say it, or raise `Malformed`."""
    name = text(option, "name")
    if says_nothing(name) or len(name) > LENGTHS["option"]:
        raise Malformed("the name of an option says nothing, or too much")
    return name


def _origins(value: Any) -> dict[str, int] | None:
    """Return how many voters came from where; none unless all three are told."""
    if not isinstance(value, dict) or not all(isinstance(value.get(o), int) for o in ORIGINS):
        return None
    return {origin: _number(value[origin]) for origin in ORIGINS}


def _method(said: str | None, *, is_multiple: bool) -> Method:
    if is_multiple:
        return Method.MULTIPLE
    return Method(said) if said in {"agree", "single", "support"} else Method.SINGLE


def _total(option: Document) -> int:
    replies = option.get("replies")
    return _number(replies.get("totalItems")) if isinstance(replies, dict) else 0


def _number(value: Any) -> int:
    # `true` is an int to Python, and would be one voter.
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, MAX_COUNT) if is_count else 0
