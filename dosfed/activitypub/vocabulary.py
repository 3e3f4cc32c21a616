"""The ActivityStreams types this server reads, as frozen dataclasses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dosfed import texts
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    id_of,
    ids,
    language_named,
    many,
    one,
    one_id,
    optional_id,
    optional_text,
    text,
    when,
    words_of,
)
from dosfed.instance import PUBLIC, host_of

ACTOR_TYPES = frozenset({"Application", "Group", "Organization", "Person", "Service"})
POST_TYPES = frozenset({"Note", "Question", "Article", "Page", "Event"})
# Elsewhere a `summary` of these is a short form of the text; of others it warns of what it says.
SUMMARISED = frozenset({"Article", "Page", "Event"})
_HTML = frozenset({"", "text/html", "application/xhtml+xml"})
_MARKDOWN = frozenset({"text/markdown", "text/x-markdown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A Note, Question or other text; `document` is the whole of it, for extensions."""

    id: str
    type: str
    authors: tuple[str, ...]  # none: whoever sends it
    in_reply_to: str | None
    name: str | None
    content: str | None  # HTML, whatever it came as
    summary: str | None  # plain text
    summary_language: str | None
    is_sensitive: bool
    language: str | None
    published: datetime | None
    updated: datetime | None
    audience: tuple[str, ...]  # to, cc and audience together
    mentions: tuple[str, ...]
    hashtags: tuple[str, ...]  # as written, without the leading sign
    url: str | None  # of a page on the same host
    document: Document

    @property
    def attributed_to(self) -> str | None:
        """The author: of several, the first that lies on the host of the post."""
        here = (author for author in self.authors if host_of(author) == host_of(self.id))
        return next(here, next(iter(self.authors), None))

    def is_by(self, actor: str) -> bool:
        """Whether somebody who sends it wrote it, or else nobody is named."""
        return not self.authors or actor in self.authors

    @property
    def warning(self) -> str | None:
        """What its author warns of before one reads it, in plain words."""
        return None if self.type in SUMMARISED and not self.is_sensitive else self.summary

    @property
    def is_public(self) -> bool:
        """Whether it is addressed to everybody, loudly or quietly."""
        return PUBLIC in self.audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An actor's own document, still to be checked against where it came from."""

    id: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An object given by its id only, or of a type we do not read."""

    id: str
    type: str | None


Thing = Post | Profile | Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """An actor publishes objects; more than one only in ballots of older servers.

    Any activity may do without an id (ActivityPub, 3.1); it is empty then.
    """

    id: str
    actor: str
    objects: tuple[Thing, ...]
    published: datetime | None
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An actor changes an object, or itself."""

    id: str
    actor: str
    object: Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """An actor withdraws an object, or itself."""

    id: str
    actor: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """An actor asks to receive what another actor publishes."""

    id: str
    actor: str
    object: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """An actor grants a request; `about` is the request, whole if it was embedded."""

    id: str
    actor: str
    object: str | None
    about: "Activity | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """An actor turns a request down; `about` is the request, whole if it was embedded."""

    id: str
    actor: str
    object: str | None
    about: "Activity | None"
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """An actor takes back an earlier activity; `about` is that activity if it was embedded."""

    id: str
    actor: str
    object: str | None
    about: "Activity | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """An actor likes an object; emoji reactions are likes too (FEP-c0e0)."""

    id: str
    actor: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dislike:
    """An actor dislikes an object."""

    id: str
    actor: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """An actor passes on an object by its id, or an activity whole (FEP-1b12)."""

    id: str
    actor: str
    object: str | None
    about: "Activity | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An actor no longer wants to deal with another."""

    id: str
    actor: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """An actor reports objects to the moderators."""

    id: str
    actor: str
    objects: tuple[str, ...]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """An actor asks to quote an object in another of its own (FEP-044f)."""

    id: str
    actor: str
    object: str
    instrument: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest:
    """Somebody asks to put an actor into a collection of theirs (FEP-7aa9)."""

    id: str
    actor: str
    object: str
    instrument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """An activity of a type of its own; what it says is for others to read."""

    id: str
    actor: str
    type: str
    document: Document


Activity = (
    Create
    | Update
    | Delete
    | Follow
    | Accept
    | Reject
    | Undo
    | Like
    | Dislike
    | Announce
    | Block
    | Flag
    | QuoteRequest
    | FeatureRequest
    | Other
)


def read_activity(document: Document) -> Activity:
    """Parse an activity, or raise `Malformed`; its id must lie on its actor's host."""
    activity_id, actor = id_if_any(document), one_id(document, "actor")
    if not host_of(actor) or (activity_id and host_of(activity_id) != host_of(actor)):
        raise Malformed("id: not on the actor's host")
    return _read(document, activity_id, actor, depth=0)


def id_if_any(document: Document) -> str:
    """Return the id of a thing, empty for one that does without; or raise `Malformed`."""
    return one_id(document, "id") if document.get("id") not in (None, "") else ""


def is_unnamed(document: Document) -> bool:
    """Whether an activity is of the one type that names no actor: whoever signs it asks."""
    return document.get("type") == "FeatureRequest" and "actor" not in document


def signed_by(document: Document, signer: str) -> Document:
    """Return an activity with its actor, who is the signer where it names none."""
    return {**document, "actor": signer} if is_unnamed(document) else document


def _read(document: Document, activity_id: str, actor: str, *, depth: int) -> Activity:
    kind = text(document, "type")
    who = {"id": activity_id, "actor": actor}
    if kind not in _READERS:
        return Other(**who, type=kind[:100], document=document)
    return _READERS[kind](who, document, depth)


def _embedded(document: Document, *, depth: int, actor: str | None = None) -> Activity | None:
    """Read an activity inside another one; deeper ones and plain objects are None.

    `actor` is whose it is where it does not say so itself.
    """
    value = one(document, "object")
    if depth or not isinstance(value, dict):
        return None
    actor = optional_id(value, "actor") or (actor if one(value, "actor") is None else None)
    activity_id = optional_id(value, "id")
    if actor is None:
        return None
    try:
        return _read(value, activity_id or "", actor, depth=depth + 1)
    except Malformed:
        return None


def _objects(document: Document) -> tuple[Thing, ...]:
    values = many(document, "object")
    if not values:
        raise Malformed("object: missing")
    return tuple(read_object(value) for value in values)


def read_object(value: object) -> Thing:
    """Parse what an activity carries: a post, a profile, or a reference."""
    uri = id_of(value)
    if not isinstance(value, dict):
        if uri is None:
            raise Malformed("object: expected an id or an object")
        return Reference(id=uri, type=None)
    kind = _kind_of(value)
    if kind in POST_TYPES:
        return read_post(value)
    if uri is None:
        raise Malformed("object.id: expected an id")
    if kind in ACTOR_TYPES:
        return Profile(id=uri, document=value)
    return Reference(id=uri, type=kind)


def _kind_of(document: Document) -> str | None:
    """Return the type of an object: of several, the first that we read."""
    kinds = [kind for kind in many(document, "type") if isinstance(kind, str)]
    known = (kind for kind in kinds if kind in POST_TYPES or kind in ACTOR_TYPES)
    return next(known, next(iter(kinds), None))


def read_post(document: Document) -> Post:
    """Parse a Note or another text; the id is empty where there is none, as in some ballots."""
    tags = [tag for tag in many(document, "tag") if isinstance(tag, dict)]
    content, language = words_of(document, "content")
    name, language_of_name = words_of(document, "name")
    summary, language_of_summary = words_of(document, "summary")
    language = language or language_named(document) or language_of_name
    post_id = id_if_any(document)
    kind = _kind_of(document)
    if kind is None:
        raise Malformed("type: expected a string")
    return Post(
        id=post_id,
        type=kind,
        authors=tuple(dict.fromkeys(ids(document, "attributedTo") + ids(document, "actor"))),
        in_reply_to=optional_id(document, "inReplyTo"),
        name=name,
        content=None if content is None else _as_html(content, one(document, "mediaType")),
        summary=(texts.plain_text(summary) or None) if summary else None,
        summary_language=language_of_summary or language,
        is_sensitive=one(document, "sensitive") is True,
        language=language,
        published=when(document, "published"),
        updated=when(document, "updated"),
        audience=_audience(document),
        mentions=tuple(
            uri for tag in tags if tag.get("type") == "Mention" and (uri := id_of(tag.get("href")))
        ),
        hashtags=tuple(
            word.removeprefix("#")
            for tag in tags
            if tag.get("type") == "Hashtag" and (word := optional_text(tag, "name"))
        ),
        url=_page_of(document, host_of(post_id)),
        document=document,
    )


def _as_html(content: str, media_type: object) -> str:
    """Return a content as HTML, which it is unless its media type says otherwise."""
    said = media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""
    if said in _MARKDOWN:
        return texts.render_markdown(content)
    if said in _HTML or not said.startswith("text/"):
        return content
    return texts.render_plain(content)


def _page_of(document: Document, host: str) -> str | None:
    """Return the page for people: nobody is led to another host in a post's own name."""
    links = many(document, "url")
    pages = [link for link in links if not isinstance(link, dict) or _is_page(link)]
    found = (id_of(_link(link)) for link in pages)
    return next((uri for uri in found if uri is not None and host_of(uri) == host), None)


def _is_page(link: Document) -> bool:
    return link.get("mediaType") in {None, "text/html"}


def _link(value: object) -> object:
    return value.get("href") if isinstance(value, dict) else value


def _audience(document: Document) -> tuple[str, ...]:
    return ids(document, "to") + ids(document, "cc") + ids(document, "audience")


def _reason_of(flag: Document) -> str:
    """Return why something is reported: Mastodon writes it in `content`, PieFed in `summary`."""
    said = (words_of(flag, name)[0] for name in ("content", "summary"))
    return next((words for words in said if words and words.strip()), "")


# How each type is read: who did it, its document, and how deep it lies in another one.
_READERS: Mapping[str, Callable[[dict[str, str], Document, int], Activity]] = {
    "Create": lambda who, said, _: Create(
        **who, objects=_objects(said), published=when(said, "published"), document=said
    ),
    # Bonfire: the poll is the activity.
    "Question": lambda who, said, _: Create(
        **who, objects=(read_object(said),), published=when(said, "published"), document=said
    ),
    "Update": lambda who, said, _: Update(**who, object=_objects(said)[0]),
    "Delete": lambda who, said, _: Delete(**who, object=one_id(said, "object")),
    "Follow": lambda who, said, _: Follow(**who, object=one_id(said, "object"), document=said),
    "Like": lambda who, said, _: Like(**who, object=one_id(said, "object")),
    "EmojiReact": lambda who, said, _: Like(**who, object=one_id(said, "object")),
    "Dislike": lambda who, said, _: Dislike(**who, object=one_id(said, "object")),
    "Block": lambda who, said, _: Block(**who, object=one_id(said, "object")),
    "Accept": lambda who, said, depth: Accept(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth)
    ),
    "Reject": lambda who, said, depth: Reject(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth), document=said
    ),
    "Undo": lambda who, said, depth: Undo(
        **who,
        object=optional_id(said, "object"),
        about=_embedded(said, depth=depth, actor=who["actor"]),
    ),
    "Announce": lambda who, said, depth: Announce(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth)
    ),
    "Flag": lambda who, said, _: Flag(
        **who,
        content=_reason_of(said),
        objects=ids(said, "object"),
    ),
    "FeatureRequest": lambda who, said, _: FeatureRequest(
        **who, object=one_id(said, "object"), instrument=one_id(said, "instrument")
    ),
    "QuoteRequest": lambda who, said, _: QuoteRequest(
        **who,
        object=one_id(said, "object"),
        instrument=one_id(said, "instrument"),
        document=said,
    ),
}
