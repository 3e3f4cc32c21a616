"""Meetings as they are kept: where a consultation meets face to face, or on the line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.meetings.tables import Meetings
from dosfed.storage.statements import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting of a consultation; one that was cancelled is still told of."""

    id: str
    consultation: str
    title: str
    place: str
    url: str | None
    summary: str  # Markdown
    starts: datetime
    ends: datetime
    announced_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None


async def load_meetings(connection: AsyncConnection, consultation: str) -> tuple[Meeting, ...]:
    """Return all meetings of a consultation, in their order."""
    statement = _select().where(Meetings.consultation == consultation)
    rows = await connection.execute(statement.order_by(Meetings.starts, Meetings.id))
    return tuple(Meeting(**row) for row in rows.mappings())


async def load_meeting(connection: AsyncConnection, meeting: str) -> Meeting | None:
    """Return a meeting."""
    rows = await connection.execute(_select().where(Meetings.id == meeting))
    row = rows.mappings().one_or_none()
    return None if row is None else Meeting(**row)


async def load_meetings_after(
    connection: AsyncConnection, moment: datetime
) -> Mapping[str, Sequence[Meeting]]:
    """Return the meetings that end after a moment, by consultation."""
    statement = _select().where(Meetings.ends > moment).order_by(Meetings.starts, Meetings.id)
    found: dict[str, list[Meeting]] = {}
    for row in (await connection.execute(statement)).mappings():
        found.setdefault(row["consultation"], []).append(Meeting(**row))
    return found


async def keep_meeting(connection: AsyncConnection, command: PlanMeeting, *, at: datetime) -> None:
    """Write a meeting, or what changed of it; a cancelled one takes place again."""
    changing = {
        "title": command.title.strip(),
        "place": command.place.strip(),
        "url": command.url,
        "summary": command.summary,
        "starts": command.starts,
        "ends": command.ends,
        "changed_at": at,
        "cancelled_at": None,
    }
    row = {
        "id": command.id,
        "consultation": command.consultation,
        "announced_at": at,
        **changing,
    }
    await upsert(connection, Meetings, [row], key=("id",), update=tuple(changing))


async def cancel_meeting(connection: AsyncConnection, meeting: str, *, at: datetime) -> None:
    """Note that a meeting does not take place."""
    await connection.execute(
        update(Meetings).where(Meetings.id == meeting).values(cancelled_at=at, changed_at=at)
    )


def _select() -> Select[*tuple[Any, ...]]:
    return select(*Meetings.__table__.c)
