"""Arguments that go: out of all that was published, and to whoever had them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, withdrawal, writing
from dosfed.activitypub.reading import id_of
from dosfed.acts import telling
from dosfed.acts.argument_documents import ArgumentRecord, document, load_arguments
from dosfed.acts.arguments import holders, pass_on
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.tables import Arguments
from dosfed.storage.parts import in_parts


async def remove(
    connection: AsyncConnection, record: ArgumentRecord, submission: Submission, house: House
) -> None:
    """Delete an argument, and let everybody who was sent it know."""
    await _empty(connection, [record.id], at=submission.at)
    activity = _own_delete(record, submission)
    if house.instance.is_ours(record.id):
        gone = writing.tombstone(record.id, former_type="Note", at=submission.at)
        activity = writing.delete(house.instance, record.author, gone)
        heard = await holders(connection, record)
        await outbox.put(connection, activity, at=submission.at, inboxes=heard)
    await _pass_on(connection, [record], activity, house, at=submission.at)


async def remove_all(
    connection: AsyncConnection, author: str, house: House, *, at: datetime
) -> None:
    """Delete the arguments of somebody who is forgotten, and their name beside others' answers.

    Of a citizen of ours everybody is told that they left; of somebody from elsewhere, readers
    of the consultation hear what is gone from the home.
    """
    for written in in_parts(await arguments.arguments_by(connection, author)):
        found = await load_arguments(connection, written)
        await _empty(connection, written, at=at)
        for answer in await _answers_here(connection, written, house):
            await withdrawal.replace(connection, document(answer))
        if not house.instance.is_ours(author):
            await _pass_on(connection, found, None, house, at=at)


async def _empty(connection: AsyncConnection, ids: Collection[str], *, at: datetime) -> None:
    await arguments.empty_arguments(connection, ids, at)
    await telling.objects_gone(connection, ids)
    await withdrawal.withdraw(connection, ids)


async def _answers_here(
    connection: AsyncConnection, ids: Collection[str], house: House
) -> list[ArgumentRecord]:
    """Return the answers to arguments that citizens of ours wrote: they mention their authors."""
    rows = await connection.execute(
        select(Arguments.id).where(Arguments.in_reply_to.in_(ids), Arguments.deleted_at.is_(None))
    )
    ours = [uri for uri in rows.scalars() if house.instance.is_ours(uri)]
    return [record for some in in_parts(ours) for record in await load_arguments(connection, some)]


def _own_delete(record: ArgumentRecord, submission: Submission) -> Mapping[str, Any] | None:
    """Return the author's own Delete, if that is what removes an argument."""
    activity = submission.activity
    if activity is None or activity.get("type") != "Delete":
        return None
    return activity if id_of(activity.get("object")) == record.id else None


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
        await pass_on(connection, consultation, activities, house, at=at)


def _organisers_delete(record: ArgumentRecord, house: House, *, at: datetime) -> Mapping[str, Any]:
    gone = writing.tombstone(record.id, former_type="Note", at=at)
    delete = writing.delete(house.instance, record.organiser, gone)
    return {**delete, "audience": record.consultation}
