"""What people make of what others wrote: weights, of which its author hears, and shares."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import recipients, writing
from dosfed.acts import publishing
from dosfed.acts.facts import NothingNew, PostShared, PostWeighed
from dosfed.acts.submission import Done, House
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import Share, Weigh
from dosfed.deliberation.debate.rules import check_weight
from dosfed.deliberation.rules import check_there
from dosfed.instance import host_of
from dosfed.wire.weights import write_weight


async def weigh(connection: AsyncConnection, command: Weigh, *, at: datetime) -> Done:
    """Let an actor find an argument strong or weak, but not one's own (rule 3.8)."""
    places = await arguments.load_places(connection, [command.object])
    place = check_there(places.get(command.object))
    if place.is_source:  # of a proposal, for which it stands
        command = replace(command, object=place.proposal)
    check_weight(is_there=place.is_there, is_own=place.author == command.actor)
    earlier = await arguments.weight_of(connection, command.object, command.actor)
    if command.weight == earlier:
        # What is said already is not said again.
        return Done(facts=(NothingNew(id=command.object, at=at),))
    await arguments.weigh(connection, command.object, command.actor, command.weight)
    fact = PostWeighed(id=command.object, at=at, command=command, place=place, before=earlier)
    return Done(facts=(fact,))


async def share(connection: AsyncConnection, command: Share, *, at: datetime) -> Done:
    """Note that somebody announced an object of ours, or no longer does."""
    check_there(command.object if await arguments.is_known(connection, command.object) else None)
    await arguments.share(connection, command.object, command.actor, is_shared=command.is_shared)
    return Done(facts=(PostShared(id=command.object, at=at),))


def _activities(command: Weigh, earlier: int, author: str, house: House) -> list[dict[str, Any]]:
    """Return the Like or Dislike, after the Undo of what was before.

    Most servers know no Dislike: to them whoever disliked after a Like would like it still.
    """
    post = {"id": command.object, "attributedTo": author}
    activities = []
    if earlier:
        former = write_weight(house.instance, earlier, actor=command.actor, post=post)
        activities.append(writing.undo(house.instance, former))
    if command.weight:
        weight = command.weight
        activities.append(write_weight(house.instance, weight, actor=command.actor, post=post))
    return activities


async def tell(connection: AsyncConnection, fact: PostWeighed, house: House) -> None:
    """Send a citizen's weight to the author, and to the home that counts; once if both are there.

    Of others' weights their own servers have told.
    """
    command, place = fact.command, fact.place
    if not house.instance.is_ours(command.actor):
        return
    activities = _activities(command, fact.before, place.author or place.organiser, house)
    actors = {host_of(actor): actor for actor in (place.organiser, place.author) if actor}
    inboxes = await recipients.inboxes_of(connection, actors.values())
    await publishing.send(connection, activities, set(inboxes.values()), at=fact.at)
