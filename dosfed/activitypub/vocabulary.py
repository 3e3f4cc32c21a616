"""The ActivityStreams types this server reads, as frozen dataclasses."""

from dataclasses import dataclass
from datetime import datetime

from dosfed.activitypub.reading import Document
from dosfed.instance import PUBLIC, host_of

ACTOR_TYPES = frozenset({"Application", "Group", "Organization", "Person", "Service"})
POST_TYPES = frozenset(
    {
        *("Note", "Question", "Article", "Page", "Event"),
        *("Document", "Image", "Video", "Audio", "ChatMessage"),
    }
)
# Elsewhere a `summary` of these is a short form of the text; of others it warns of what it says.
SUMMARISED = frozenset({"Article", "Page", "Event"})


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
