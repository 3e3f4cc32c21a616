"""`dosfed inbox`: what came in, and what became of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Inbox, Rejections
from dosfed.acts.opening import open_instance
from dosfed.commands import Lines
from dosfed.settings import Settings
from dosfed.storage.clock import Clock

LAST = 50
Line = Mapping[str, Any]


async def outcomes(settings: Settings, clock: Clock, *, whole: bool) -> Lines:
    """Return outcomes counted by kind and reason, and the last refusals.

    A line each, or with `whole` all in one object.
    """
    async with open_instance(settings, clock) as opened, opened.database.read() as connection:
        counted = await _outcomes(connection)
        rejected = await _rejections(connection)
        refused = await _refusals(connection)
    if whole:
        return [{"outcomes": counted, "rejections": rejected, "refusals": refused}]
    return [
        *({"kind": "outcome", **line} for line in counted),
        *({"kind": "rejection", **line} for line in rejected),
        *({"kind": "refusal", **line} for line in refused),
    ]


async def _outcomes(connection: AsyncConnection) -> list[Line]:
    key = (Inbox.kind, Inbox.outcome, Inbox.reason)
    rows = await connection.execute(
        select(*key, func.count().label("number")).group_by(*key).order_by(*key)
    )
    return [
        {
            "activity": row.kind,
            "outcome": row.outcome or "waiting",
            "reason": row.reason,
            "count": row.number,
        }
        for row in rows
    ]


async def _rejections(connection: AsyncConnection) -> list[Line]:
    """Return what failed verification: a counter is all that is kept of it."""
    number = func.sum(Rejections.count).label("number")
    rows = await connection.execute(
        select(Rejections.reason, Rejections.host, number)
        .group_by(Rejections.reason, Rejections.host)
        .order_by(number.desc(), Rejections.reason, Rejections.host)
        .limit(LAST)
    )
    return [{"reason": row.reason, "host": row.host, "count": int(row.number)} for row in rows]


async def _refusals(connection: AsyncConnection) -> list[Line]:
    """Return the last refusals, newest first; whoever voted is not named (secrecy)."""
    rows = await connection.execute(
        select(Inbox.kind, Inbox.outcome, Inbox.reason, Inbox.about, Inbox.host)
        .where(Inbox.outcome.in_(("refused", "malformed")))
        .order_by(Inbox.id.desc())
        .limit(LAST)
    )
    return [
        {
            "activity": row.kind,
            "outcome": row.outcome,
            "reason": row.reason,
            "poll": row.about,
            "host": row.host,
        }
        for row in rows
    ]
