"""What others hear of arguments: that they are new, say something else, or are gone.

An argument written here is published by its author. Of one that was written elsewhere its
author's server has told; here the consultation's Group passes it on, if this is its home, whole
and to those alone that read it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import withdrawal, writing
from dosfed.activitypub.reading import id_of
from dosfed.acts import publishing
from dosfed.acts.facts import (
    ArgumentEdited,
    ArgumentPosted,
    ArgumentRemoved,
    ArgumentsForgotten,
    Said,
)
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.debate.records import ArgumentRecord, load_arguments, need_argument
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.storage.parts import in_parts
from dosfed.wire.arguments import write_argument


def said_by(author: str, submission: Submission, post: str) -> Said:
    """Return how an author's post is passed on: by their own act whole, else by its bare id.

    Whoever forwards a post may have put other words into it than its author; and what has no id
    is nothing that others would take.
    """
    activity = submission.activity
    if activity is None:
        return None
    return activity if id_of(activity.get("actor")) == author and id_of(activity) else post


async def tell_of_new(
    connection: AsyncConnection, facts: Sequence[ArgumentPosted], house: House
) -> None:
    """Publish arguments written here; let the Group pass on those of its own consultation."""
    heard: dict[str, list[Mapping[str, Any] | str]] = defaultdict(list)
    for fact in facts:
        said = fact.said
        if house.instance.is_ours(fact.id):
            record = await need_argument(connection, fact.id)
            inboxes = await publishing.newly_told(connection, publishing.of_argument(record))
            note = write_argument(record)
            said = await publishing.create(connection, house, note, inboxes, at=fact.at)
        if fact.place.home is None and said is not None:
            heard[fact.place.consultation].append(said)
    for group, activities in heard.items():
        await publishing.pass_on(connection, house, group, activities, at=facts[-1].at)


async def tell_of_edit(connection: AsyncConnection, fact: ArgumentEdited, house: House) -> None:
    """Publish the new words, and let what was published before say them as well."""
    said, before = fact.said, fact.before
    if house.instance.is_ours(fact.id):
        record = await need_argument(connection, fact.id)
        readers = publishing.of_argument(record)
        said = await publishing.update(
            connection, house, write_argument(record), readers, at=fact.at
        )
    elif isinstance(said, Mapping) and isinstance(said.get("object"), Mapping):
        await withdrawal.replace(connection, said["object"])
    else:
        await withdrawal.withdraw(connection, [fact.id])
    if before.home is None and said is not None:
        await publishing.pass_on(connection, house, before.consultation, [said], at=fact.at)


async def tell_of_removal(connection: AsyncConnection, fact: ArgumentRemoved, house: House) -> None:
    """Let everybody know who was sent an argument that it is gone."""
    record, said = fact.record, fact.own_delete
    if house.instance.is_ours(record.id):
        gone = writing.tombstone(record.id, former_type="Note", at=fact.at)
        readers = publishing.of_argument(record)
        said = await publishing.delete(connection, house, gone, readers, at=fact.at)
    else:
        await withdrawal.withdraw(connection, [record.id])
    await _pass_on(connection, [record], said, house, at=fact.at)


async def tell_of_forgotten(
    connection: AsyncConnection, fact: ArgumentsForgotten, house: House
) -> None:
    """Take the words of a person, and their name beside answers, out of what was published.

    Of a citizen of ours everybody is told that they left; of somebody from elsewhere, readers
    of the consultation hear what is gone from the home.
    """
    ids = [record.id for record in fact.records]
    await withdrawal.withdraw(connection, ids)
    await rewrite_answers(connection, ids, house)
    if not house.instance.is_ours(fact.id):
        await _pass_on(connection, fact.records, None, house, at=fact.at)


async def rewrite_answers(connection: AsyncConnection, ids: Collection[str], house: House) -> None:
    """Let answers that citizens of ours wrote mention the authors of these, or do so no longer."""
    rows = await connection.execute(
        select(Arguments.id).where(Arguments.in_reply_to.in_(ids), WITH_A_PAGE.of(Arguments))
    )
    ours = [uri for uri in rows.scalars() if house.instance.is_ours(uri)]
    for some in in_parts(ours):
        for answer in await load_arguments(connection, some):
            await withdrawal.replace(connection, write_argument(answer))


async def _pass_on(
    connection: AsyncConnection,
    records: Collection[ArgumentRecord],
    activity: Mapping[str, Any] | None,
    house: House,
    *,
    at: datetime,
) -> None:
    """Let Groups pass removals on: the author's, else the organiser's, who moderates."""
    said = defaultdict[str, list[Mapping[str, Any]]](list)
    for record in records:
        if record.home is None:
            deleted = activity or _organisers_delete(record, house, at=at)
            said[record.consultation].append(deleted)
    for consultation, activities in said.items():
        await publishing.pass_on(connection, house, consultation, activities, at=at)


def _organisers_delete(record: ArgumentRecord, house: House, *, at: datetime) -> Mapping[str, Any]:
    gone = writing.tombstone(record.id, former_type="Note", at=at)
    delete = writing.delete(house.instance, record.organiser, gone)
    return {**delete, "audience": record.consultation}
