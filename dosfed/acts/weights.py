"""What people make of what others wrote: weights, of which its author hears, and shares."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import recipients, writing
from dosfed.activitypub.reading import optional_id
from dosfed.acts import publishing
from dosfed.acts.facts import NothingNew, PostShared, PostWeighed
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import Share, Weigh
from dosfed.deliberation.debate.rules import check_weighing, check_weight
from dosfed.deliberation.rules import check_there
from dosfed.instance import host_of
from dosfed.wire.weights import write_weight


async def weigh(connection: AsyncConnection, command: Weigh, submission: Submission) -> Done:
    """Let an actor find an argument strong or weak, but not one's own (rule 3.8)."""
    at = submission.at
    places = await arguments.load_places(connection, [command.object])
    place = check_there(places.get(command.object))
    if place.is_source:  # of a proposal, for which it stands
        command = replace(command, object=place.proposal)
    check_weight(is_there=place.is_there, is_own=place.author == command.actor)
    if command.weight:
        consultations = await load_consultations(connection, [place.consultation])
        check_weighing(consultations[place.consultation].consultation, at=at)
    earlier = await arguments.weight_of(connection, command.object, command.actor)
    if command.weight == earlier:
        # What is said already is not said again.
        return Done(facts=(NothingNew(id=command.object, at=at),))
    await arguments.weigh(connection, command.object, command.actor, command.weight)
    fact = PostWeighed(
        id=command.object,
        at=at,
        command=command,
        place=place,
        before=earlier,
        said=submission.activity,
    )
    return Done(facts=(fact,))


async def share(connection: AsyncConnection, command: Share, *, at: datetime) -> Done:
    """Note that somebody announced an object of ours, or no longer does."""
    check_there(command.object if await arguments.is_known(connection, command.object) else None)
    if command.is_shared:
        await arguments.share(connection, command.object, command.actor)
    elif not await arguments.take_share_back(connection, command.object, command.actor):
        return Done(facts=(NothingNew(id=command.object, at=at),))
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

    Of others' weights their own servers have told. Forums hear of all from the Group alone.
    """
    command, place = fact.command, fact.place
    if not house.instance.is_ours(command.actor):
        await _pass_on(connection, _as_sent(fact), fact, house)
        return
    activities = _activities(command, fact.before, place.author or place.organiser, house)
    actors = {host_of(actor): actor for actor in (place.organiser, place.author) if actor}
    inboxes = await recipients.inboxes_of(connection, actors.values())
    await publishing.send(connection, activities, set(inboxes.values()), at=fact.at)
    await _pass_on(connection, activities, fact, house)


def _as_sent(fact: PostWeighed) -> list[dict[str, Any]]:
    """Return somebody else's act as it is passed on: no more of it than says what it does.

    One without an id can be named to nobody.
    """
    uri = None if fact.said is None else optional_id(fact.said, "id")
    if uri is None:
        return []
    command = fact.command
    said = {"actor": command.actor, "object": command.object}
    if command.weight:
        return [{"id": uri, "type": "Like" if command.weight > 0 else "Dislike", **said}]
    former = {"type": "Like" if fact.before > 0 else "Dislike", **said}
    return [{"id": uri, "type": "Undo", "actor": command.actor, "object": former}]


async def _pass_on(
    connection: AsyncConnection,
    activities: Sequence[Mapping[str, Any]],
    fact: PostWeighed,
    house: House,
) -> None:
    """Let the Group of a consultation at home here announce weights, to those that read them."""
    if fact.place.home is None:
        group = fact.place.consultation
        await publishing.pass_on_weights(connection, house, group, activities, at=fact.at)
