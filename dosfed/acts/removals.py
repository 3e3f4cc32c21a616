"""Arguments that go: out of all that was published, and to whoever had them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, withdrawal, writing
from dosfed.activitypub.reading import id_of
from dosfed.acts import telling
from dosfed.acts.argument_documents import ArgumentRecord, document, load_argument
from dosfed.acts.arguments import holders, pass_on
from dosfed.acts.submission import House, Submission
from dosfed.deliberation import arguments
from dosfed.deliberation.tables import Arguments


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
    await _pass_on(connection, record, activity, house, at=submission.at)


async def remove_all(
    connection: AsyncConnection, author: str, house: House, *, at: datetime
) -> None:
    """Delete the arguments of somebody who is forgotten, and their name beside others' answers.

    Of a citizen of ours everybody is told that they left; of somebody from elsewhere, readers
    of the consultation hear what is gone from the home.
    """
    written = list(await arguments.arguments_by(connection, author))
    if not written:
        return
    found = [await load_argument(connection, uri) for uri in written]
    await _empty(connection, written, at=at)
    for answer in await _answers_here(connection, written, house):
        await withdrawal.replace(connection, document(answer))
    if house.instance.is_ours(author):
        return
    for record in found:
        if record is not None:
            await _pass_on(connection, record, None, house, at=at)


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
    records = [await load_argument(connection, uri) for uri in ours]
    return [record for record in records if record is not None]


def _own_delete(record: ArgumentRecord, submission: Submission) -> Mapping[str, Any] | None:
    """Return the author's own Delete, if that is what removes an argument."""
    activity = submission.activity
    if activity is None or activity.get("type") != "Delete":
        return None
    return activity if id_of(activity.get("object")) == record.id else None


async def _pass_on(
    connection: AsyncConnection,
    record: ArgumentRecord,
    activity: Mapping[str, Any] | None,
    house: House,
    *,
    at: datetime,
) -> None:
    """Let the Group pass a removal on: the author's, else the organiser's, who moderates."""
    if record.home is not None:
        return
    if activity is None:
        gone = writing.tombstone(record.id, former_type="Note", at=at)
        delete = writing.delete(house.instance, record.organiser, gone)
        activity = {**delete, "audience": record.consultation}
    await pass_on(connection, record.consultation, [activity], house, at=at)
