"""How deliveries fare: which servers fail, which wait, which were given up."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.destinations import LONG_AGO, hold_queues
from dosfed.activitypub.tables import Deliveries, Destinations

PAGE_LENGTH = 50


class Condition(enum.StrEnum):
    """How a server is doing, seen from here."""

    FAILING = "failing"
    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A server we deliver to; `status` is its last answer that was none of success, or 0."""

    host: str
    software: str | None
    waiting: int
    status: int | None
    failures: int
    failing_since: datetime | None
    next_at: datetime
    dead_at: datetime | None


async def count_destinations(connection: AsyncConnection) -> dict[Condition, int]:
    """Return how many servers are in each condition."""
    columns = [func.count().filter(_is(condition)) for condition in Condition]
    row = (await connection.execute(select(*columns).select_from(Destinations))).one()
    return dict(zip(Condition, row, strict=True))


async def list_destinations(
    connection: AsyncConnection, condition: Condition, *, page: int
) -> list[Destination]:
    """Return servers in a condition, those that have waited longest first."""
    waits = (Deliveries.host == Destinations.host, Deliveries.finished_at.is_(None))
    waiting = select(func.count()).where(*waits)
    first = select(Deliveries.status).where(*waits).order_by(Deliveries.id).limit(1)
    rows = await connection.execute(
        select(
            Destinations.host,
            Destinations.software,
            waiting.correlate(Destinations).scalar_subquery().label("waiting"),
            first.correlate(Destinations).scalar_subquery().label("status"),
            Destinations.failures,
            Destinations.failing_since,
            Destinations.next_at,
            Destinations.dead_at,
        )
        .where(_is(condition))
        .order_by(Destinations.failing_since, Destinations.host)
        .limit(PAGE_LENGTH)
        .offset((page - 1) * PAGE_LENGTH)
    )
    return [Destination(**row) for row in rows.mappings()]


async def retry(connection: AsyncConnection, host: str) -> bool:
    """Have a server that fails, or was given up, tried again at once; say whether there is one."""
    await hold_queues(connection)
    found = await connection.execute(
        update(Destinations)
        .where(Destinations.host == host)
        .values(dead_at=None, failing_since=None, failures=0, next_at=LONG_AGO)
    )
    return found.rowcount > 0


def _is(condition: Condition) -> ColumnElement[bool]:
    is_alive = Destinations.dead_at.is_(None)
    match condition:
        case Condition.DEAD:
            return ~is_alive
        case Condition.FAILING:
            return and_(is_alive, Destinations.failures > 0)
        case Condition.WAITING:
            return and_(is_alive, Destinations.failures == 0, Destinations.is_waiting)
