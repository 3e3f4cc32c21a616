"""Answering what somebody of another server writes to us in private: where to go with it.

Nobody reads such messages here but those that answer a team (`replies`), and nothing of the others
is kept (rule 3.3); without a word back,
whoever wrote to an organiser would wait for an answer. So the organiser says once where one takes
part (rule 3.29). That it was said is kept for two months at most, as a digest among those of
`turned_away`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, remote
from dosfed.activitypub.blocks import blocked_among
from dosfed.acts import turned_away
from dosfed.acts.replies import Reply
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.votes.tables import VotersTold
from dosfed.wire.letters import Pointer, write_pointer

PEOPLE = frozenset({"Person", "Organization"})  # a programme would answer, and be answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisper:
    """Somebody writes to actors of ours, and not to everybody."""

    by: str
    to: tuple[str, ...]
    language: str | None
    at: datetime
    reply: Reply | None = None  # to a letter of ours, which may be one that is read


async def answer(connection: AsyncConnection, whisper: Whisper, house: House) -> None:
    """Tell somebody who wrote to organisers or consultations, once, where one takes part."""
    by, at = whisper.by, whisper.at
    found = await _find(connection, whisper.to)
    writer = (await remote.known(connection, [by])).get(by)
    if found is None or writer is None or writer.type not in PEOPLE:
        return
    if await blocked_among(connection, {by}):
        return
    page, organiser, own_language = found
    if await _was_told(connection, organiser, by, at=at):
        return
    pointer = Pointer(
        organiser=organiser, page=page, language=whisper.language or own_language, at=at
    )
    await outbox.put(
        connection,
        write_pointer(house.instance, pointer, writer),
        at=at,
        inboxes=[writer.inbox],
        is_public=False,
        is_ephemeral=True,
    )


async def _find(connection: AsyncConnection, to: tuple[str, ...]) -> tuple[str, str, str] | None:
    """Return the first that is a consultation at home here, or an organiser: who answers for it."""
    consultations = select(Consultations.id, Consultations.organiser, Consultations.language).where(
        Consultations.id.in_(to), Consultations.home.is_(None)
    )
    # An organiser speaks the language of its latest consultation.
    latest = (
        select(Consultations.language)
        .where(Consultations.organiser == Organisers.id, Consultations.home.is_(None))
        .order_by(Consultations.opens.desc(), Consultations.id)
        .limit(1)
        .scalar_subquery()
    )
    organisers = select(
        Organisers.id,
        Organisers.id.label("organiser"),
        func.coalesce(latest, "").label("language"),
    ).where(Organisers.id.in_(to))
    rows = await connection.execute(consultations.union_all(organisers))
    found = {row.id: (row.id, row.organiser, row.language) for row in rows}
    return next((found[uri] for uri in to if uri in found), None)


async def _was_told(connection: AsyncConnection, organiser: str, by: str, *, at: datetime) -> bool:
    """Whether somebody was told this month or the last; from now on they were."""
    months = [turned_away.month_of(organiser, one) for one in (at, at - timedelta(days=31))]
    marks = {month: turned_away.mark_of(month, by) for month in months}
    rows = await connection.execute(
        select(VotersTold.mark).where(
            VotersTold.poll.in_(months), VotersTold.mark.in_(marks.values())
        )
    )
    if rows.first() is not None:
        return True
    await connection.execute(insert(VotersTold).values(poll=months[0], mark=marks[months[0]]))
    return False
