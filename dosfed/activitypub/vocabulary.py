"""The ActivityStreams types this server reads, as frozen dataclasses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dosfed.activitypub.reading import (
    Document,
    Malformed,
    id_of,
    ids,
    language_of,
    many,
    one,
    one_id,
    optional_id,
    optional_text,
    text,
    when,
)
from dosfed.instance import PUBLIC, host_of

ACTOR_TYPES = frozenset({"Application", "Group", "Organization", "Person", "Service"})
POST_TYPES = frozenset({"Note", "Question", "Article", "Page", "Event"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A Note, Question or other text; `document` is the whole of it, for extensions."""

    id: str
    type: str
    attributed_to: str | None
    in_reply_to: str | None
    name: str | None
    content: str | None
    language: str | None
    published: datetime | None
    updated: datetime | None
    audience: tuple[str, ...]  # to, cc and audience together
    mentions: tuple[str, ...]
    hashtags: tuple[str, ...]  # as written, without the leading sign
    url: str | None
    document: Document

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
    """An actor publishes objects; more than one only in ballots of older servers."""

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
    | Other
)


def read_activity(document: Document) -> Activity:
    """Parse an activity, or raise `Malformed`; its id must lie on its actor's host."""
    activity_id, actor = one_id(document, "id"), one_id(document, "actor")
    if not host_of(actor) or host_of(activity_id) != host_of(actor):
        raise Malformed("id: not on the actor's host")
    return _read(document, activity_id, actor, depth=0)


def _read(document: Document, activity_id: str, actor: str, *, depth: int) -> Activity:
    kind = text(document, "type")
    who = {"id": activity_id, "actor": actor}
    if kind not in _READERS:
        return Other(**who, type=kind[:100], document=document)
    return _READERS[kind](who, document, depth)


def _embedded(document: Document, *, depth: int) -> Activity | None:
    """Read an activity inside another one; deeper ones and plain objects are None."""
    value = one(document, "object")
    if depth or not isinstance(value, dict) or "actor" not in value:
        return None
    actor = optional_id(value, "actor")
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
    kind = optional_text(value, "type")
    if kind in POST_TYPES:
        return read_post(value)
    if uri is None:
        raise Malformed("object.id: expected an id")
    if kind in ACTOR_TYPES:
        return Profile(id=uri, document=value)
    return Reference(id=uri, type=kind)


def read_post(document: Document) -> Post:
    """Parse a Note or another text; an id is required."""
    tags = [tag for tag in many(document, "tag") if isinstance(tag, dict)]
    language = language_of(document, "contentMap")
    content = optional_text(document, "content")
    if content is None and language is not None:
        content = optional_text(document["contentMap"], language)
    return Post(
        id=one_id(document, "id"),
        type=text(document, "type"),
        attributed_to=optional_id(document, "attributedTo"),
        in_reply_to=optional_id(document, "inReplyTo"),
        name=optional_text(document, "name"),
        content=content,
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
        url=optional_id({"url": _link(one(document, "url"))}, "url"),
        document=document,
    )


def _link(value: object) -> object:
    return value.get("href") if isinstance(value, dict) else value


def _audience(document: Document) -> tuple[str, ...]:
    return ids(document, "to") + ids(document, "cc") + ids(document, "audience")


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
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth)
    ),
    "Announce": lambda who, said, depth: Announce(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth)
    ),
    "Flag": lambda who, said, _: Flag(
        **who, content=optional_text(said, "content") or "", objects=ids(said, "object")
    ),
    "QuoteRequest": lambda who, said, _: QuoteRequest(
        **who,
        object=one_id(said, "object"),
        instrument=one_id(said, "instrument"),
        document=said,
    ),
}
