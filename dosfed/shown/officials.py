"""What an organiser says beside the proposals of a consultation: its meetings, and its notes."""

from sqlalchemy import Text, cast, literal, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.meetings.tables import Meetings
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.notes.model import NoteKind
from dosfed.deliberation.notes.tables import Notes
from dosfed.storage.schema import Instant

LATEST = 3  # notes that a consultation's page names


async def load_officials(
    connection: AsyncConnection, consultation: str
) -> tuple[tuple[Meeting, ...], tuple[Note, ...]]:
    """Return the meetings of a consultation, in their order, and its latest notes.

    Both in one statement: most consultations have few of either, and their page is read often.
    """
    nothing, never = cast(null(), Text), cast(null(), Instant)
    meetings = select(
        literal("").label("kind"),
        Meetings.id,
        Meetings.title,
        Meetings.summary.label("text"),
        Meetings.place.label("language"),
        Meetings.url.label("about"),
        literal(0).label("number"),
        Meetings.starts,
        Meetings.ends,
        Meetings.announced_at.label("at"),
        Meetings.changed_at.label("changed_at"),
        Meetings.cancelled_at.label("cancelled_at"),
    ).where(Meetings.consultation == consultation)
    latest = (
        select(
            Notes.kind,
            Notes.id,
            Notes.title,
            Notes.text,
            Notes.language,
            nothing.label("about"),
            Notes.number,
            Notes.published_at.label("starts"),
            Notes.published_at.label("ends"),
            Notes.published_at.label("at"),
            Notes.edited_at.label("changed_at"),
            never.label("cancelled_at"),
        )
        .where(Notes.consultation == consultation, Notes.withdrawn_at.is_(None))
        .order_by(Notes.published_at.desc(), Notes.id)
        .limit(LATEST)
        .subquery()
    )
    found = meetings.union_all(select(latest)).subquery()
    rows = (await connection.execute(select(found).order_by(found.c.starts, found.c.id))).all()
    planned = tuple(
        Meeting(
            id=row.id,
            consultation=consultation,
            title=row.title,
            place=row.language,
            url=row.about,
            summary=row.text,
            starts=row.starts,
            ends=row.ends,
            announced_at=row.at,
            changed_at=row.changed_at,
            cancelled_at=row.cancelled_at,
        )
        for row in rows
        if not row.kind
    )
    said = tuple(
        Note(
            id=row.id,
            consultation=consultation,
            kind=NoteKind(row.kind),
            title=row.title,
            text=row.text,
            language=row.language,
            about=None,
            number=row.number,
            published_at=row.at,
            edited_at=row.changed_at,
            withdrawn_at=None,
            reason=None,
        )
        for row in reversed(rows)
        if row.kind
    )
    return planned, said
