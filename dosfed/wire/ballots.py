"""Ballots: in the one shape that we send, and in all that others do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dosfed import texts
from dosfed.activitypub import writing
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    many,
    one,
    one_id,
    optional_id,
    optional_text,
    text,
)
from dosfed.activitypub.vocabulary import (
    ACTOR_TYPES,
    POST_TYPES,
    Activity,
    Create,
    Delete,
    Other,
    Post,
    Reject,
)
from dosfed.deliberation.model import ActorId, PollId, Refusal
from dosfed.deliberation.votes.methods.model import Choice, Names, Said, Written, write_choice
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.polls import PollRecord
from dosfed.instance import Instance, host_of
from dosfed.wire import terms

# What somebody may pass on of others is asked of these closed lists (rule 1.8). A shape that
# is in none of them may be a ballot by the next release of some software, and is refused.
WRAPPING = frozenset(
    {
        *("Create", "Update", "Delete", "Undo", "Announce", "Add", "Remove", "Move"),
        *("Like", "Dislike", "EmojiReact", "Follow", "Accept", "Reject", "Join", "Leave"),
        *("Block", "Flag", "Lock", "QuoteRequest", "View", "Read", "Listen"),
    }
)
# Where another may lie in such an activity; and what gives no more than the id of a thing.
HOLDING = ("object", "instrument", "result")
NAMING = frozenset({"@context", "id", "url"})
PLAIN = POST_TYPES | ACTOR_TYPES | {"Tombstone", "Image", "Video", "Audio", "Document", "Place"}
# Some servers add a line break and a mention of the poll's author.
MAX_CONTENT = 4_000
MAX_TAGS = 50


def write_ballot(
    instance: Instance, voter: str, record: PollRecord, choice: Choice, *, at: datetime
) -> dict[str, Any]:
    """Write a ballot, to the poll's author alone, marked as complete.

    It is a named Note for each option chosen, or one with the whole choice where no Question
    carries the poll.
    """
    method, options = record.poll.method, record.poll.options
    if method.fits_a_question:
        said = [{"name": name} for name in method.names(choice, options)]
    else:
        said = [{terms.CHOICE: write_choice(choice)}]
    ballot = instance.new_ballot()
    # Of two ballots within one second this date says which is the later one (rule 1.5).
    moment = writing.rfc3339(at, milliseconds=True)
    notes = [
        {
            "id": f"{ballot}/{position}",
            "type": "Note",
            **words,
            "attributedTo": voter,
            "inReplyTo": record.poll.id,
            "to": [record.organiser],
            "cc": [],
            "published": moment,
        }
        for position, words in enumerate(said)
    ]
    return {
        "@context": instance.context,
        "id": f"{ballot}/activity",
        "type": "Create",
        "actor": voter,
        "published": moment,
        "to": [record.organiser],
        "cc": [],
        "object": notes[0] if len(notes) == 1 else notes,
        terms.COMPLETE: True,
    }


def write_withdrawal(
    instance: Instance, voter: str, organiser: str, sent: str, *, at: datetime
) -> dict[str, Any]:
    """Write that a ballot is taken back: a Delete of its Note, to the poll's author alone.

    `sent` is the activity that brought it. It is marked like the ballot, so that it is answered.
    """
    ballot = sent.removesuffix("/activity")
    return {
        "@context": instance.context,
        "id": f"{instance.new_ballot()}/activity",
        "type": "Delete",
        "actor": voter,
        "published": writing.rfc3339(at, milliseconds=True),
        "to": [organiser],
        "cc": [],
        "object": f"{ballot}/0",
        terms.COMPLETE: True,
    }


def write_answer(
    instance: Instance, organiser: str, request: Document, *, refusal: Refusal | None
) -> dict[str, Any]:
    """Write what its home says to a ballot of our kind: an Accept, or a Reject with the reason."""
    if refusal is None:
        return writing.accept(instance, organiser, request)
    return writing.reject(instance, organiser, request) | {terms.REASON: refusal.value}


def read_reason(answer: Reject) -> str | None:
    """Return why a home refused, if it says so."""
    return optional_text(answer.document, terms.REASON)


def read_ballot(create: Create) -> CastBallot | None:
    """Return the ballot that a Create carries, or None if it is something else.

    A ballot is a named Note without text, in reply to a poll; older GoToSocial sends several
    in one Create, snac adds a line break and a mention.
    """
    # What is in one `Create` is one act of one voter in one poll, or it is malformed: taken apart,
    # half of it would count.
    notes = [thing for thing in create.objects if isinstance(thing, Post) and is_ballot(thing)]
    if not notes:
        return None
    if len(notes) != len(create.objects):
        raise Malformed("object: a ballot among other things")
    polls = {note.in_reply_to for note in notes}
    poll = notes[0].in_reply_to
    if poll is None or len(polls) != 1:
        raise Malformed("object.inReplyTo: one ballot answers one poll")
    if not all(note.is_by(create.actor) for note in notes):
        raise Malformed("object.attributedTo: not the actor")
    if any(note.id and host_of(note.id) != host_of(create.actor) for note in notes):
        raise Malformed("object.id: not on the actor's host")
    return CastBallot(
        poll=PollId(poll),
        voter=ActorId(create.actor),
        said=_said(notes),
        adds=len(notes) == 1 and not is_complete(create),
        published=notes[0].published or create.published,
    )


def _said(notes: Sequence[Post]) -> Said:
    """Return what ballots say: options by name, or one of them a whole choice."""
    whole = next((note.document[terms.CHOICE] for note in notes if _is_whole(note)), None)
    if whole is None:
        return Names(names=tuple(note.name or "" for note in notes))
    if len(notes) != 1 or not isinstance(whole, str) or len(whole) > MAX_CONTENT:
        raise Malformed("object.dosfed:choice: expected one text")
    return Written(text=whole)


def _is_whole(note: Post) -> bool:
    return note.document.get(terms.CHOICE) is not None


def read_poll_vote(vote: Other) -> CastBallot | None:
    """Return the ballot that PieFed sends, or None if it is something else."""
    if vote.type != "PollVote":
        return None
    return CastBallot(
        poll=PollId(one_id(vote.document, "object")),
        voter=ActorId(vote.actor),
        said=Names(names=(text(vote.document, "choice_text"),)),
        adds=True,  # one option in each (rule 1.7)
        published=None,
    )


def is_ballot(post: Post) -> bool:
    """Whether a Note is a ballot: it has a name or a choice, answers something and says nothing."""
    return (
        post.type == "Note"
        and (bool(post.name) or _is_whole(post))
        and post.in_reply_to is not None
        and (not post.content or _is_blank(post.content))
    )


def may_be_ballot(value: Any) -> bool:
    """Whether what somebody passes on may be another's ballot, however deep it is wrapped.

    An id alone is none; what it leads to is asked the same once it is fetched.
    """
    if isinstance(value, list):
        return any(may_be_ballot(one_of_them) for one_of_them in value)
    if not isinstance(value, dict):
        return False
    kinds = many(value, "type")
    if not all(isinstance(kind, str) for kind in kinds):
        return True
    if not kinds:
        return not NAMING.issuperset(value)
    if WRAPPING.issuperset(kinds):
        return any(may_be_ballot(value.get(part)) for part in HOLDING)
    return not PLAIN.issuperset(kinds) or _answers_in_silence(value)


def _answers_in_silence(note: dict[str, Any]) -> bool:
    """Whether a Note answers something, as ballots do, with neither words nor a picture."""
    if one(note, "type") != "Note" or optional_id(note, "inReplyTo") is None:
        return False
    content = optional_text(note, "content")
    if content and not _is_blank(content):
        return False
    return bool(note.get("name")) or not (note.get("contentMap") or note.get("attachment"))


def _is_blank(content: str) -> bool:
    """Whether a content is one that a ballot may have; of a long one nobody need ask."""
    is_short = len(content) <= MAX_CONTENT and content.count("<") <= MAX_TAGS
    return is_short and texts.is_blank(content)


def wants_answer(activity: Activity, document: Document) -> bool:
    """Whether the sender of a ballot, or of its Delete, reads what its home made of it."""
    if isinstance(activity, Create):
        return is_complete(activity)
    return isinstance(activity, Delete) and document.get(terms.COMPLETE) is True


def is_complete(create: Create) -> bool:
    """Whether the Create, or a Note in it, is marked as the whole ballot, as our instances do."""
    marked = (create.document, *(one.document for one in create.objects if isinstance(one, Post)))
    return any(document.get(terms.COMPLETE) is True for document in marked)
