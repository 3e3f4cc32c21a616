"""Notes as arguments, or as proposals."""

from dataclasses import replace

from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.reading import Document, Malformed, ids, many, optional_text
from dosfed.activitypub.vocabulary import Post, Update
from dosfed.deliberation.debate.model import EditArgument, PostArgument
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH
from dosfed.federation.incoming import Ignored, Incoming, TurnedDown
from dosfed.instance import PUBLIC, host_of
from dosfed.wire import arguments
from dosfed.wire.contributions import read_submission
from dosfed.wire.letters import is_letter
from dosfed.wire.words import markdown_of


def addressed(post: Post, activity: Document) -> Post:
    """Return a post with the addresses of the activity that brought it as well.

    Whether everybody may read it the post alone says, unless it has no addresses of its own.
    """
    named = tuple(uri for name in ("to", "cc", "audience") for uri in ids(activity, name))
    if any(many(post.document, name) for name in ("to", "cc")):
        named = tuple(uri for uri in named if uri != PUBLIC)
    return replace(post, audience=post.audience + named)


def addressed_here(post: Post, incoming: Incoming) -> tuple[str, ...]:
    """Return whom of ours a post names."""
    return tuple(uri for uri in (*post.mentions, *post.audience) if incoming.instance.is_ours(uri))


def letter_of(post: Post, incoming: Incoming) -> str | None:
    """Return the letter of ours that a post answers, to everybody or not."""
    answered = post.in_reply_to
    is_one = answered is not None and incoming.instance.is_ours(answered) and is_letter(answered)
    return answered if is_one else None


def read_contribution(post: Post, author: str, incoming: Incoming) -> PostArgument | SubmitProposal:
    """Return what a public Note asks for: an argument if it answers something, else a proposal."""
    check_origin(post, author)
    if not post.is_public:
        raise TurnedDown(Refusal.NOT_PUBLIC.value)
    check_length(post)
    if post.in_reply_to is not None:
        return arguments.read_argument(post, author, incoming.name_of(author))
    addressed = addressed_here(post, incoming)
    if not addressed:
        raise Ignored("not addressed to anybody here")
    return read_submission(post, author, incoming.name_of(author), addressed=addressed)


def read_edit(post: Post, author: str) -> EditArgument:
    """Return what an author changes of an argument, or of what a proposal came from."""
    check_origin(post, author)
    check_length(post)
    return arguments.read_edit(post, author)


def read_as_new(edit: EditArgument, incoming: Incoming) -> PostArgument | SubmitProposal:
    """Return what an `Update` brings whose `Create` never came; the later words stand."""
    activity = incoming.activity
    if not isinstance(activity, Update):
        raise Ignored("a change of what is not here")
    fetched = incoming.fetched.get(edit.id)
    post = activity.object if fetched is None else read_post(fetched)
    if not isinstance(post, Post):
        raise Ignored("a change of what is not here")
    made = read_contribution(addressed(post, incoming.document), edit.author, incoming)
    return replace(made, updated=post.updated)


def is_gone(document: Document | None) -> bool:
    """Whether its own server says that something is there no more, or never was."""
    return document is None or optional_text(document, "type") == "Tombstone"


def check_origin(post: Post, author: str) -> None:
    """Raise `Malformed` unless a post is its author's own, on the author's host (FEP-fe34)."""
    if not post.is_by(author):
        raise Malformed("object.attributedTo: not the actor")
    if host_of(post.id) != host_of(author):
        raise Malformed("object.id: not on the actor's host")


def check_length(post: Post) -> None:
    """Raise `TurnedDown` for words that no rule would admit, before anything is made of them.

    The door asks rules 3.2 and 3.3 of all that passes it; this is the same length, asked early.
    """
    if len(post.content or "") > 2 * TEXT_LENGTH:
        raise TurnedDown(Refusal.TOO_LONG.value)
    if len(markdown_of(post.document) or "") > TEXT_LENGTH + TITLE_LENGTH:
        raise TurnedDown(Refusal.TOO_LONG.value)
