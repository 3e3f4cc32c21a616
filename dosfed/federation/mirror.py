"""Consultations from elsewhere, read from the documents of their home."""

from datetime import datetime
from typing import Any

from dosfed import texts
from dosfed.activitypub.actors import NAME
from dosfed.activitypub.handles import HOST
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    many,
    one_id,
    optional_id,
    optional_text,
    text,
    when,
)
from dosfed.activitypub.vocabulary import Post, read_post
from dosfed.deliberation.consultations.mirrors import (
    MirroredConsultation,
    MirroredPoll,
    MirroredProposal,
)
from dosfed.deliberation.consultations.model import Phase, PhaseKind
from dosfed.deliberation.proposals.clauses import ANCHOR
from dosfed.deliberation.rules import TEXT_LENGTH, says_nothing
from dosfed.deliberation.votes.model import Method
from dosfed.federation.posts import markdown_of, read_tags, split_title
from dosfed.instance import host_of
from dosfed.wire import groups, terms

MAX_OPTIONS = 500
MAX_COUNT = 2_000_000_000  # what a column of PostgreSQL holds, more or less
MAX_TAGS = 50  # a home may have other rules than we
MAX_LANGUAGE = len("zh-Hant-TW")
# A home may have other rules; what is much longer than here is not taken, or cut.
LENGTHS = {
    "title": 500,
    "summary": 20_000,
    "credit": 200,
    "content": 4 * TEXT_LENGTH,
    "markdown": 2 * TEXT_LENGTH,
    "option": 1_000,
}
ORIGINS = ("here", "listed", "fediverse")


def read_consultation(group: Document, organiser: Document) -> MirroredConsultation:
    """Return the consultation that a Group of another dosfed instance is, or raise `Malformed`.

    Both documents were fetched from their own ids, which share a host.
    """
    uri = one_id(group, "id")
    if text(group, "type") != "Group" or optional_text(group, terms.KIND) != "consultation":
        raise Malformed("not a consultation of a dosfed instance")
    if one_id(organiser, "id") != one_id(group, terms.ORGANISER):
        raise Malformed("dosfed:organiser: not this actor")
    home = host_of(uri)
    if host_of(one_id(organiser, "id")) != home:
        raise Malformed("dosfed:organiser: not on the consultation's host")
    name = _actor_name(group)
    if not uri.endswith(f"//{home}/c/{name}"):  # our page for it has the name, and no two share one
        raise Malformed("id: not the place of a consultation of that name")
    source = group.get("source")
    summary = optional_text(source, "content") if isinstance(source, dict) else None
    return MirroredConsultation(
        id=uri,
        address=f"{name}@{home}",
        home=home,
        organiser=one_id(organiser, "id"),
        organiser_name=_actor_name(organiser),
        organiser_title=_line(organiser, "name", "title") or home,
        title=_line(group, "name", "title") or uri,
        summary=(summary or "")[: LENGTHS["summary"]],
        language=_language(optional_text(group, terms.LANGUAGE)),
        opens=_moment(group, terms.OPENS),
        closes=_moment(group, terms.CLOSES),
        phases=tuple(_phase(phase) for phase in many(group, terms.PHASES)),
        eligible=_eligible(group.get(terms.ELIGIBLE)),
        instances=_hosts(many(group, terms.INSTANCES)),
    )


def _language(said: str | None) -> str:
    is_plain = said is not None and said.replace("-", "").isalnum() and said.isascii()
    return said if said is not None and is_plain and len(said) <= MAX_LANGUAGE else "en"


def _actor_name(actor: Document) -> str:
    """Return the name in an actor's address, which is also in that of our page."""
    name = text(actor, "preferredUsername")
    if NAME.fullmatch(name) is None:
        raise Malformed("preferredUsername: not a name of dosfed")
    return name


def _line(document: Document, name: str, kind: str) -> str:
    """Return a line that can be shown; an empty one where there is nothing to see in it."""
    line = texts.one_line(optional_text(document, name) or "", LENGTHS[kind])
    return "" if says_nothing(line) else line


def _hosts(values: list[Any]) -> list[str]:
    return [host for host in values if isinstance(host, str) and HOST.fullmatch(host)]


def _moment(document: Document, name: str) -> datetime:
    moment = when(document, name)
    if moment is None:
        raise Malformed(f"{name}: expected a date and time")
    return moment


def _phase(value: Any) -> Phase:
    kind = optional_text(value, terms.KIND) if isinstance(value, dict) else None
    if kind is None or kind not in set(PhaseKind):
        raise Malformed("dosfed:phases: not a phase we know")
    return Phase(
        kind=PhaseKind(kind),
        opens=_moment(value, terms.OPENS),
        closes=_moment(value, terms.CLOSES),
    )


def _eligible(value: Any) -> Any:
    if isinstance(value, list):
        return _hosts(value)
    return value if isinstance(value, str) and value in {"anyone", "here"} else "anyone"


def read_proposal(document: Document) -> MirroredProposal:
    """Return the proposal that a home publishes, or raise `Malformed`."""
    post = read_post(document)
    _check_lengths(post)
    first, body = split_title(post)
    title = _line(document, terms.TITLE, "title") or first
    if says_nothing(title):
        raise Malformed("dosfed:title: says nothing")
    markdown = markdown_of(document)
    credit = _line(document, terms.CREDIT, "credit")
    mention = post.mentions[0] if credit and post.mentions else None
    return MirroredProposal(
        id=post.id,
        consultation=one_id(document, terms.CONSULTATION),
        title=title,
        text=markdown if markdown is not None else body,
        html=texts.render_markdown(markdown) if markdown is not None else post.content or "",
        language=_language(post.language),
        author=mention,
        author_name=credit or None,
        published=_moment(document, "published"),
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
    closes = _moment(document, "endTime")
    return MirroredPoll(
        method=_method(optional_text(document, terms.METHOD), is_multiple=is_multiple),
        options=tuple(_option(option) for option in options),
        opens=when(document, terms.OPENS) or _moment(document, "published"),
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
