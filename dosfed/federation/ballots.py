"""Ballots in the shapes that other servers send."""

from dosfed import texts
from dosfed.activitypub.instance import host_of
from dosfed.activitypub.reading import Malformed
from dosfed.activitypub.vocabulary import Create, PollVote, Post
from dosfed.acts import terms
from dosfed.deliberation.model import ActorId, CastBallot, PollId


def read_ballot(create: Create) -> CastBallot | None:
    """Return the ballot that a Create carries, or None if it is something else.

    A ballot is a named Note without text, in reply to a poll; older GoToSocial sends several
    in one Create, snac adds a line break and a mention.
    """
    notes = [thing for thing in create.objects if isinstance(thing, Post) and is_ballot(thing)]
    if not notes:
        return None
    if len(notes) != len(create.objects):
        raise Malformed("object: a ballot among other things")
    polls = {note.in_reply_to for note in notes}
    poll = notes[0].in_reply_to
    if poll is None or len(polls) != 1:
        raise Malformed("object.inReplyTo: one ballot answers one poll")
    if any(note.attributed_to not in {None, create.actor} for note in notes):
        raise Malformed("object.attributedTo: not the actor")
    if any(host_of(note.id) != host_of(create.actor) for note in notes):
        raise Malformed("object.id: not on the actor's host")
    return CastBallot(
        poll=PollId(poll),
        voter=ActorId(create.actor),
        choices=tuple(note.name or "" for note in notes),
        adds=len(notes) == 1 and not is_complete(create),
        published=notes[0].published or create.published,
    )


def read_poll_vote(vote: PollVote) -> CastBallot:
    """Return the ballot that PieFed sends."""
    return CastBallot(
        poll=PollId(vote.object),
        voter=ActorId(vote.actor),
        choices=(vote.choice,),
        adds=True,
        published=None,
    )


def is_ballot(post: Post) -> bool:
    """Whether a Note is a ballot: it has a name, answers something and says nothing."""
    return (
        post.type == "Note"
        and bool(post.name)
        and post.in_reply_to is not None
        and (not post.content or texts.is_blank(post.content))
    )


def is_complete(create: Create) -> bool:
    """Whether the Create, or a Note in it, is marked as the whole ballot, as our instances do."""
    marked = (create.document, *(one.document for one in create.objects if isinstance(one, Post)))
    return any(document.get(terms.COMPLETE) is True for document in marked)
