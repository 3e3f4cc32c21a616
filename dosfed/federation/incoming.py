"""What one activity asks for, before anybody judged it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dosfed.activitypub.reading import Document
from dosfed.activitypub.vocabulary import Activity, FeatureRequest, Follow, QuoteRequest
from dosfed.acts.submission import Submission
from dosfed.acts.whispers import Whisper
from dosfed.instance import Instance

# Whom we believe, and about what (FEP-fe34). A signature tells who sent an activity, and nothing of
# the things inside: anybody may send a `Create` of a post that bears another's name. So every
# statement needs somebody whose word on it counts:
#
#   that an actor does something      its own signed request (`receiving`, step 9 of a verification)
#   what a post says                  its author's own request, if the post is on the author's host
#                                     (`posts.check_origin`); else the document at the address that
#                                     is its id (`need`), if its author is on that host
#   that something is gone            its own server, which answers 404 or 410: `need` gives None
#   what a key is, or an actor        the actor's own document (`remote_keys`, `remote.read_actor`)
#   what a consultation has           its organiser; what in it is hidden, its Group (rule 3.24)
#   a ballot                          its voter's own request and nothing else (rule 1.8)
#
# Hosts are compared, not actors, where a document is fetched: a server could sign for its people
# anyway. And the document must say by its type that it is ActivityStreams (`client`), since on the
# same host may lie whatever people upload there.
#
# What is passed on is therefore a hint where to look. A Group that announces a post, a server that
# forwards one, a reply that names its parent: the id is taken from it, and the words from the id.
# Reading stays pure all the same: `need` raises where a document is not at hand, and whoever judges
# has it fetched, outside any transaction, and reads once more (`judge`, `reader`).


class Ignored(Exception):
    """The activity is well formed, but this server has no use for it; the reason is kept."""


class TurnedDown(Exception):
    """The activity asks for what no rule needs to look at; the reason is kept."""


class NeedsDocument(Exception):
    """The activity can be read only beside a document that lies elsewhere."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.uri = uri


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A verified activity with what is needed to read it.

    `names` are addresses for people by actor; `followed` are the actors this instance follows;
    `fetched` are documents from their own origins, none for what is gone.
    """

    activity: Activity
    document: Document
    at: datetime
    instance: Instance
    names: Mapping[str, str]
    followed: frozenset[str]
    fetched: Mapping[str, Document | None] = field(default_factory=dict)

    def name_of(self, actor: str) -> str:
        """Return an actor's address for people, or its id where that is not known."""
        return self.names.get(actor, actor)

    def need(self, uri: str) -> Document | None:
        """Return a document from its own origin, or none if it is gone there."""
        if uri not in self.fetched:
            raise NeedsDocument(uri)
        return self.fetched[uri]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Somebody wants to follow an actor of ours."""

    follow: Follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed:
    """Somebody no longer follows: an actor of ours, or whatever they asked under an id."""

    follower: str
    followed: str | None
    follow_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Somebody grants or turns down a Follow, or tells what became of a ballot."""

    request: str | None
    pair: tuple[str, str] | None
    by: str
    is_accepted: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorChanged:
    """An actor publishes its own document anew."""

    actor: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAsked:
    """Somebody asks to quote an object of ours (FEP-044f)."""

    request: QuoteRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAsked:
    """Somebody asks to put an actor of ours into a collection of theirs (FEP-7aa9)."""

    request: FeatureRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSeen:
    """The home of a mirrored consultation publishes a proposal or a meeting, or changes one."""

    by: str
    document: Document


Asked = (
    Submission
    | Followed
    | Unfollowed
    | Answered
    | ActorChanged
    | QuoteAsked
    | FeatureAsked
    | PostSeen
    | Whisper
)
