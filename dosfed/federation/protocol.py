"""What is asked of the protocol itself: follows, answers, changed actors, quotes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import destinations, follows, order, outbox, remote, writing
from dosfed.activitypub.actors import is_findable, local_actor
from dosfed.activitypub.inbox import DELETED
from dosfed.activitypub.reading import id_of
from dosfed.activitypub.remote import RemoteActor
from dosfed.activitypub.software import remember_software
from dosfed.activitypub.tables import Actors, Followers
from dosfed.activitypub.vocabulary import FeatureRequest, Undo
from dosfed.acts import ballots, quotes, replies, whispers
from dosfed.acts.perform import perform as perform_acts
from dosfed.acts.submission import House, Submission
from dosfed.acts.whispers import Whisper
from dosfed.deliberation.debate.arguments import is_known
from dosfed.deliberation.debate.model import Share, Weigh
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.federation import early
from dosfed.federation.dispatch import restored
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
from dosfed.federation.renewing import see_consultation
from dosfed.federation.seeing import see_post
from dosfed.instance import host_of
from dosfed.wire.consultations import is_of_mirror
from dosfed.wire.features import write_feature_stamp
from dosfed.wire.quotes import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An act of the protocol was done; `followed` was just granted to us, so it can be read.

    `forgets`: it names somebody who voted, and has said what it had to say.
    """

    followed: str | None = None
    forgets: bool = False


async def perform(  # noqa: C901 - a table
    connection: AsyncConnection, asked: Asked, incoming: Incoming, house: House
) -> Settled:
    """Do what an activity asks of the protocol, or raise `Ignored`.

    Raises `NeedsDocument` before anything was written.
    """
    match asked:
        case Followed():
            return await _follow(connection, asked, incoming, house)
        case Unfollowed():
            return await _unfollow(connection, asked, incoming, house)
        case Answered():
            return await _answer(connection, asked, incoming)
        case ActorChanged():
            return await _renew(connection, asked, incoming)
        case QuoteAsked() | FeatureAsked():
            return await _grant(connection, asked, incoming, house)
        case PostSeen():
            await see_post(connection, asked.document, house, by=asked.by, at=incoming.at)
            return Settled()
        case Whisper():
            return await _whispered(connection, asked, house)
        case Submission():
            raise TypeError("a submission goes through the one door")


async def _renew(connection: AsyncConnection, asked: ActorChanged, incoming: Incoming) -> Settled:
    changed = remote.read_actor(asked.document, asked.actor)
    await see_consultation(connection, asked.document, by=asked.actor, at=incoming.at)
    await remote.renew(connection, changed, incoming.at)
    return Settled()


async def _whispered(connection: AsyncConnection, asked: Whisper, house: House) -> Settled:
    """Read what answers a team; of anything else nothing is kept (rule 3.3).

    Who wrote that is told where one takes part.
    """
    if asked.reply is not None:
        try:
            if await replies.take(connection, asked.reply, house):
                return Settled(forgets=True)
        except Refused as refused:
            # Of what was not for everybody it is not kept who sent it, whatever was wrong.
            refusal = Refusal.NOT_PUBLIC if asked.to else refused.refusal
            raise TurnedDown(refusal.value) from refused
    if asked.to:
        await whispers.answer(connection, asked, house)
    raise TurnedDown(Refusal.NOT_PUBLIC.value)


async def _follow(
    connection: AsyncConnection, asked: Followed, incoming: Incoming, house: House
) -> Settled:
    """Accept a follower; a repeated Follow is always answered again."""
    follow = asked.follow
    # Granted at once: what our actors publish is for everybody.
    ours = await connection.execute(
        select(Actors.id).where(Actors.id == follow.object, Actors.deleted_at.is_(None))
    )
    if ours.first() is None:
        raise Ignored("nobody here to follow")
    follower = await _reach(connection, follow.actor, incoming)
    await follows.receive(connection, follow, follower, incoming.at)
    accept = writing.accept(house.instance, follow.object, _as_sent(follow.document))
    await outbox.put(connection, accept, at=incoming.at, inboxes=[follower.inbox], is_public=False)
    if is_of_mirror(follow.document):
        # Asking by NodeInfo takes a while; until then nothing would be passed on.
        await remember_software(connection, {follower.host: "dosfed"}, incoming.at)
    return Settled()


# The request is embedded, and no more of it than names it: servers find theirs by its id, or where
# they keep none by actor and object.
def _as_sent(follow: Mapping[str, Any]) -> dict[str, Any]:
    return {key: follow[key] for key in ("id", "type", "actor", "object") if key in follow}


async def _reach(connection: AsyncConnection, actor: str, incoming: Incoming) -> RemoteActor:
    """Return an actor as it is remembered, or as its own document describes it."""
    found = (await remote.known(connection, [actor])).get(actor)
    if found is not None:
        return found
    document = incoming.need(actor)
    if document is None:
        raise Ignored("the actor is gone")
    found = remote.read_actor(document, actor)
    await remote.remember(connection, found, incoming.at)
    return found


async def _unfollow(
    connection: AsyncConnection, asked: Unfollowed, incoming: Incoming, house: House
) -> Settled:
    if asked.followed is not None:
        number = await follows.undo(connection, asked.follower, asked.followed)
        if not number and isinstance(incoming.activity, Undo):
            raise Ignored("nobody followed")
        return Settled()
    which = (Followers.follow_id == asked.follow_id) & (Followers.follower == asked.follower)
    if not await follows.drop(connection, which):
        await _take_back(connection, asked, incoming, house)
    return Settled()


async def _take_back(
    connection: AsyncConnection, asked: Unfollowed, incoming: Incoming, house: House
) -> None:
    """Undo what somebody names by its id alone: the inbox remembers what that was about."""
    found = await order.find_own(connection, asked.follower, asked.follow_id or "")
    if found is not None and found[0] == DELETED:
        await perform_acts(connection, [restored(found[1], asked.follower, incoming)], house)
        await early.restore(connection, asked.follower, found[1])
        return
    actor = ActorId(asked.follower)
    match found:
        case ("weigh", thing):
            command: Weigh | Share = Weigh(object=thing, actor=actor, weight=0)
        case ("share", thing):
            command = Share(object=thing, actor=actor, is_shared=False)
        case _:
            raise Ignored("Undo of something we do not know")
    submission = Submission(command=command, at=incoming.at, activity=incoming.document)
    await perform_acts(connection, [submission], house)


async def _answer(connection: AsyncConnection, asked: Answered, incoming: Incoming) -> Settled:
    """Keep the answer to a Follow or a ballot of ours; only who was asked is believed."""
    # By id, then by whom it is about: some servers answer with a copy under an id of their own.
    for request in (asked.request, asked.pair):
        if request is not None and await follows.answered(
            connection, request, by=asked.by, is_accepted=asked.is_accepted, at=incoming.at
        ):
            return Settled(followed=asked.by if asked.is_accepted else None)
    if asked.request is not None and await ballots.record_answer(
        connection,
        activity=asked.request,
        home=host_of(asked.by),
        answer="admitted" if asked.is_accepted else "refused",
        reason=asked.reason,
    ):
        return Settled(forgets=True)
    raise Ignored("an answer to nothing we asked")


async def _grant(
    connection: AsyncConnection, asked: QuoteAsked | FeatureAsked, incoming: Incoming, house: House
) -> Settled:
    if isinstance(asked, QuoteAsked):
        return await _quote(connection, asked, incoming, house)
    return await _feature(connection, asked.request, incoming, house)


async def _quote(
    connection: AsyncConnection, asked: QuoteAsked, incoming: Incoming, house: House
) -> Settled:
    """Grant a quote of a public post; the stamp answers on our host (FEP-044f)."""
    request, instance = asked.request, house.instance
    if not instance.is_ours(request.object) or not await is_known(connection, request.object):
        raise Ignored("nothing here to quote")
    asker = await _reach(connection, request.actor, incoming)
    author = await quotes.author_of(connection, request.object)
    answer = writing.accept(
        instance,
        author,
        {
            "id": request.id,
            "type": "QuoteRequest",
            "actor": request.actor,
            "object": request.object,
            "instrument": request.instrument,
        },
        result=stamp(request.object, request.instrument),
    )
    await outbox.put(connection, answer, at=incoming.at, inboxes=[asker.inbox], is_public=False)
    return Settled()


async def _feature(
    connection: AsyncConnection, request: FeatureRequest, incoming: Incoming, house: House
) -> Settled:
    """Let whoever asks put an actor of ours into a collection of their own, or say no.

    The collection may be new to us, and only its own document says whose it is (FEP-7aa9).
    """
    actor = await local_actor(connection, request.object)
    if actor is None or actor.deleted_at is not None:
        raise Ignored("nobody here to put into a collection")
    collection = incoming.need(request.instrument)
    if collection is None or id_of(collection.get("attributedTo")) != request.actor:
        raise Ignored("not a collection of who asks")
    asker = await _reach(connection, request.actor, incoming)
    may_be = is_findable(actor)
    result = write_feature_stamp(actor.id, request.instrument) if may_be else None
    answer = {
        **writing.act(house.instance, "Accept" if may_be else "Reject", actor.id),
        "to": [request.actor],
        # Who gave it no id knows it by what it asks for.
        "object": request.id
        or {
            "type": "FeatureRequest",
            "object": request.object,
            "instrument": request.instrument,
        },
        **({} if result is None else {"result": result}),
    }
    await outbox.put(connection, answer, at=incoming.at, inboxes=[asker.inbox], is_public=False)
    return Settled()


async def revive(connection: AsyncConnection, actors: set[str]) -> None:
    """Try the servers again that just signed a request."""
    hosts = {host_of(actor) for actor in actors}
    if hosts:
        await destinations.revive(connection, *sorted(hosts))
