"""Which incoming activity leads where: the table of contents of our protocol."""

from dataclasses import replace
from typing import assert_never

from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.reading import Malformed, many
from dosfed.activitypub.vocabulary import (
    Accept,
    Activity,
    Announce,
    Block,
    Create,
    Delete,
    Dislike,
    FeatureRequest,
    Flag,
    Follow,
    Like,
    Other,
    Post,
    Profile,
    QuoteRequest,
    Reference,
    Reject,
    Undo,
    Update,
)
from dosfed.acts.replies import Reply
from dosfed.acts.submission import Command, Submission
from dosfed.acts.whispers import Whisper
from dosfed.deliberation.debate.model import PostArgument, Remove, Share
from dosfed.deliberation.model import ActorId, ConsultationId, Forget
from dosfed.federation import posts
from dosfed.federation.incoming import (
    ActorChanged,
    Answered,
    Asked,
    FeatureAsked,
    Followed,
    Ignored,
    Incoming,
    PostSeen,
    QuoteAsked,
    TurnedDown,
    Unfollowed,
)
from dosfed.federation.seeing import is_of_home
from dosfed.instance import host_of
from dosfed.wire.ballots import (
    may_be_ballot,
    read_ballot,
    read_poll_vote,
    read_reason,
    wants_answer,
)
from dosfed.wire.hiding import read_hiding, read_removal
from dosfed.wire.reports import read_report
from dosfed.wire.weights import read_weight


def dispatch(incoming: Incoming) -> Asked:
    """Return what one verified activity asks for.

    Raises `Malformed`, `Ignored` or `TurnedDown` when that is the end of it, and
    `NeedsDocument` when a document from elsewhere must be at hand first.
    """
    activity = incoming.activity
    match activity:
        case Create():
            return _created(activity, incoming)
        case Update(object=Post() as post):
            return _changed(posts.addressed(post, incoming.document), activity.actor, incoming)
        case Update(object=Profile(id=uri, document=document)) if uri == activity.actor:
            return ActorChanged(actor=activity.actor, document=document)
        case Update(object=Reference(id=uri, type=None)) if uri == activity.actor:
            return _changed_actor(uri, incoming)
        case Update(object=Reference(id=uri, type=None)):
            return _changed(_at_origin(uri, incoming), activity.actor, incoming)
        case Update():
            raise Ignored("Update of something we do not read")
        case Delete(object=uri) if uri == activity.actor:
            return _submission(Forget(actor=ActorId(activity.actor)), incoming)
        case Delete():
            command = Remove(id=activity.object, actor=ActorId(activity.actor))
            return _submission(command, incoming)
        case Follow():
            return Followed(follow=activity)
        case Accept() | Reject():
            return _answered(activity)
        case Undo():
            return _undone(activity, incoming)
        case Like() | Dislike():
            return _submission(read_weight(activity), incoming)
        case Announce():
            return _announced(activity, incoming)
        # Whoever blocks an actor of ours wants none of its posts: that is all we can do for them.
        case Block():
            return Unfollowed(follower=activity.actor, followed=activity.object, follow_id=None)
        case Flag():
            return _submission(read_report(activity), incoming)
        case QuoteRequest():
            return QuoteAsked(request=activity)
        case FeatureRequest():
            return FeatureAsked(request=activity)
        case Other():
            return _cast(activity, incoming)
        case _:
            assert_never(activity)


def _changed_actor(uri: str, incoming: Incoming) -> ActorChanged:
    """Read what an actor says of itself now, where it told no more than that this has changed."""
    document = incoming.need(uri)
    if document is None:
        raise Ignored("what it speaks of is gone")
    return ActorChanged(actor=uri, document=document)


def _submission(command: Command, incoming: Incoming) -> Submission:
    activity = incoming.activity
    return Submission(
        command=command,
        at=incoming.at,
        activity=incoming.document,
        wants_answer=wants_answer(activity, incoming.document),
    )


def _cast(other: Other, incoming: Incoming) -> Asked:
    """Read an activity of a type of its own, which may be a ballot."""
    ballot = read_poll_vote(other)
    if ballot is None:
        raise Ignored(f"no use for {other.type}")
    return _submission(ballot, incoming)


def _created(create: Create, incoming: Incoming) -> Asked:
    ballot = read_ballot(create)
    if ballot is not None:
        return _submission(ballot, incoming)
    thing = create.objects[0]
    match thing:
        case Post():
            return _posted(thing, create.actor, incoming)
        case Reference(type=None):
            return _fetched_post(thing.id, create.actor, incoming)
        case Reference() | Profile():
            raise Ignored("Create of something we do not read")
        case _:
            assert_never(thing)


def _posted(post: Post, author: str, incoming: Incoming) -> Asked:
    if is_of_home(post):
        return _seen(post, author, incoming)
    # Another's post, in a `Create` of one's own: only its origin can tell what it says.
    if host_of(post.id) != host_of(author):
        return _fetched_post(post.id, author, incoming)
    post = posts.addressed(post, incoming.document)
    ours = posts.addressed_here(post, incoming)
    letter = posts.letter_of(post, incoming)
    if (not post.is_public and ours) or letter is not None:
        posts.check_origin(post, author)
        reply = None if letter is None else _reply(post, author, letter, incoming)
        to = () if post.is_public else ours
        return Whisper(by=author, to=to, language=post.language, at=incoming.at, reply=reply)
    return _submission(posts.read_contribution(post, author, incoming), incoming)


def _reply(post: Post, author: str, letter: str, incoming: Incoming) -> Reply:
    return Reply(letter=letter, by=author, html=post.content or "", source=post.id, at=incoming.at)


def _fetched_post(uri: str, sender: str, incoming: Incoming) -> Asked:
    """Read a post as its own origin gives it; whoever passed it on is not asked again."""
    if incoming.instance.is_ours(uri):
        raise Ignored("our own, passed back to us")
    post = _at_origin(uri, incoming)
    # A server signs for its people: whoever sends their own post need not be named in it again.
    author = sender if post.is_by(sender) else post.attributed_to
    if author is None or host_of(author) != host_of(uri):
        raise TurnedDown("not a post of its host")
    if is_of_home(post):
        return _seen(post, author, incoming)
    command = posts.read_contribution(post, author, incoming)
    if sender != author and not isinstance(command, PostArgument):
        raise Ignored("a proposal is taken from its author only")
    return _submission(command, incoming)


def _at_origin(uri: str, incoming: Incoming) -> Post:
    """Return a post as its own origin gives it; a ballot is refused there as well (rule 1.8)."""
    document = incoming.need(uri)
    if document is None:
        raise Ignored("what it speaks of is gone")
    _check_passed_on(document)
    return read_post(document)


def _check_passed_on(*values: object) -> None:
    """Raise `TurnedDown` where what somebody passes on may be a ballot (rule 1.8)."""
    if any(may_be_ballot(value) for value in values):
        raise TurnedDown("announced-ballot")


def _seen(post: Post, author: str, incoming: Incoming) -> Asked:
    """Take what a home elsewhere publishes, in case its consultation is mirrored here."""
    posts.check_origin(post, author)
    if not incoming.followed:
        raise Ignored("no consultation is mirrored here")
    return PostSeen(by=author, document=post.document)


def _changed(post: Post, actor: str, incoming: Incoming) -> Asked:
    """Read what an author changes; what is for everybody no more goes (rule 3.3)."""
    if not post.is_public:
        posts.check_origin(post, actor)
        command = Remove(id=post.id, actor=ActorId(actor))
        return replace(_submission(command, incoming), is_private=True)
    # Of a poll that is voted on here its home alone has anything to say, whatever kind it names.
    if is_of_home(post) or (post.type == "Question" and _is_of_our_kind(post)):
        return _seen(post, actor, incoming)
    return _submission(posts.read_edit(post, actor), incoming)


def restored(uri: str, actor: str, incoming: Incoming) -> Submission:
    """Read a post that its author, or their server, shows again: as its own origin gives it."""
    if host_of(uri) != host_of(actor) or incoming.instance.is_ours(uri):
        raise TurnedDown("not a post of its host")
    document = incoming.need(uri)
    if posts.is_gone(document):
        raise Ignored("what it speaks of is gone")
    post = _at_origin(uri, incoming)
    author = actor if post.is_by(actor) else post.attributed_to
    if author is None or host_of(author) != host_of(uri) or is_of_home(post):
        raise TurnedDown("not a post of its host")
    command = posts.read_contribution(post, author, incoming)
    if isinstance(command, PostArgument):
        command = replace(command, restores=True)
    return _submission(command, incoming)


def _is_of_our_kind(post: Post) -> bool:
    """Whether a post has words of our vocabulary, which homes elsewhere alone put in a poll."""
    return any(name.startswith("dosfed:") for name in post.document)


def _undone(undo: Undo, incoming: Incoming) -> Asked:
    """Tell what is undone by actor and object, since some servers make up a fresh inner id."""
    about = undo.about
    if about is not None and about.actor != undo.actor:
        raise Malformed("object.actor: not the actor")
    match about:
        case Follow():
            return Unfollowed(
                follower=undo.actor, followed=about.object, follow_id=about.id or None
            )
        case Like() | Dislike():
            return _submission(replace(read_weight(about), weight=0), incoming)
        case Delete(object=uri):
            return restored(uri, undo.actor, incoming)
        case Announce(object=str() as uri):
            share = Share(object=uri, actor=ActorId(undo.actor), is_shared=False)
            return _submission(share, incoming)
        # An id alone: of what we keep, only Follows are known by theirs.
        case None if undo.object is not None:
            return Unfollowed(follower=undo.actor, followed=None, follow_id=undo.object)
        case _:
            raise Ignored("Undo of something that leaves no trace here")


def _answered(answer: Accept | Reject) -> Asked:
    about = answer.about
    pair = (about.actor, about.object) if isinstance(about, Follow) else None
    return Answered(
        request=answer.object,
        pair=pair,
        by=answer.actor,
        is_accepted=isinstance(answer, Accept),
        reason=read_reason(answer) if isinstance(answer, Reject) else None,
    )


def _announced(announce: Announce, incoming: Incoming) -> Asked:
    """Read what somebody passes on; a ballot is its voter's own act and is refused here."""
    about = announce.about
    # First of all: what a Group passes on that we follow may be a ballot as well.
    _check_passed_on(*many(incoming.document, "object"))
    if about is None and announce.object and incoming.instance.is_ours(announce.object):
        actor = ActorId(announce.actor)
        share = Share(object=announce.object, actor=actor, is_shared=True)
        return _submission(share, incoming)
    if announce.actor not in incoming.followed:
        raise Ignored("announced by somebody we do not follow")
    hiding = read_hiding(announce.actor, incoming.document)
    if hiding is not None:
        return _submission(hiding, incoming)
    if about is None:
        if announce.object is None:
            raise Malformed("object: expected an id")
        return _fetched_post(announce.object, announce.actor, incoming)
    if isinstance(about, Delete) and (removal := read_removal(announce.actor, about)):
        return _submission(removal, incoming)
    return _passed_on(about, announce.actor, incoming)


def _passed_on(about: Activity, group: str, incoming: Incoming) -> Asked:
    """Read what a followed Group passes on; only the origin's own copy is believed.

    That something is gone is no proof that its author deleted it: there the Group is believed,
    of its own consultation.
    """
    match about:
        case Create(objects=(Post() | Reference() as thing, *_)):
            return _fetched_post(thing.id, about.actor, incoming)
        case Update(object=Post() as post) if not incoming.instance.is_ours(post.id):
            # As if the author had sent it: whoever passed it on has no say in what it is.
            return _changed(_at_origin(post.id, incoming), post.attributed_to or "", incoming)
        case Delete(object=uri) if _is_gone(uri, incoming):
            within, actor = ConsultationId(group), ActorId(about.actor)
            return _submission(Remove(id=uri, actor=actor, within=within), incoming)
        case _:
            raise Ignored(f"no use for an announced {type(about).__name__}")


def _is_gone(uri: str, incoming: Incoming) -> bool:
    return not incoming.instance.is_ours(uri) and incoming.need(uri) is None


def kind_of(asked: Asked) -> str:
    """Return the word under which the outcome of an act is kept."""
    if isinstance(asked, Submission):
        return _KINDS.get(type(asked.command).__name__, type(asked.command).__name__.lower())
    return type(asked).__name__.lower()


_KINDS = {
    "CastBallot": "ballot",
    "PostArgument": "argument",
    "SubmitProposal": "proposal",
    "EditArgument": "edit",
}
