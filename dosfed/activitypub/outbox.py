"""What our actors publish: written in the transaction of the act, delivered afterwards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

import orjson
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.destinations import hold_queues
from dosfed.activitypub.instance import host_of
from dosfed.activitypub.tables import Deliveries, Destinations, Outbox
from dosfed.storage.statements import insert_ignore

KEPT = timedelta(days=7)
# What one call of `purge` removes at most, so that its transaction stays short.
PURGED_AT_ONCE = 2_000


class Exposure(TypedDict, total=False):
    """Who may see an activity besides its recipients, and for how long we do."""

    is_public: bool  # it is in its actor's outbox and answers at its id; so unless said
    is_ephemeral: bool  # a ballot: its bytes go once it is delivered; not so unless said


async def put(
    connection: AsyncConnection,
    activity: Mapping[str, Any],
    *,
    at: datetime,
    inboxes: Collection[str],
    **exposure: Unpack[Exposure],
) -> None:
    """Publish an activity of ours and queue it for each distinct inbox.

    Once the transaction commits it will be delivered, however often we are stopped; if it
    rolls back nothing was said. Inboxes on our own host are left out. To a server that is
    dead nothing is queued: its deliveries are written as finished, with status 0.
    """
    await hold_queues(connection)
    activity_id, actor = activity["id"], activity["actor"]
    last = select(func.coalesce(func.max(Outbox.number), 0)).scalar_subquery()
    await connection.execute(
        insert(Outbox).values(
            id=activity_id,
            number=last + 1,
            actor=actor,
            body=orjson.dumps(activity),
            is_public=exposure.get("is_public", True),
            is_ephemeral=exposure.get("is_ephemeral", False),
            created_at=at,
        )
    )
    ours = host_of(actor)
    hosts = {inbox: host for inbox in sorted(set(inboxes)) if (host := host_of(inbox)) != ours}
    if hosts:
        await _queue(connection, activity_id, actor, hosts, at)


async def _queue(
    connection: AsyncConnection, activity: str, actor: str, hosts: Mapping[str, str], at: datetime
) -> None:
    await connection.execute(
        insert(Deliveries),
        [
            {"activity": activity, "actor": actor, "host": host, "inbox": inbox, "created_at": at}
            for inbox, host in hosts.items()
        ],
    )
    unknown = {"is_waiting": False, "next_at": at, "failures": 0}
    await insert_ignore(
        connection,
        Destinations,
        [{"host": host, **unknown} for host in sorted(set(hosts.values()))],
    )
    # `next_at` stays as it is: a back-off in progress goes on.
    queued = select(Deliveries.host).where(Deliveries.activity == activity)
    await connection.execute(
        update(Destinations)
        .where(Destinations.host.in_(queued), Destinations.dead_at.is_(None))
        .values(is_waiting=True)
    )
    is_dead = exists().where(
        Destinations.host == Deliveries.host, Destinations.dead_at.is_not(None)
    )
    await connection.execute(
        update(Deliveries)
        .where(Deliveries.activity == activity, is_dead)
        .values(finished_at=at, status=0)
    )


async def activity_body(connection: AsyncConnection, activity_id: str) -> bytes | None:
    """Return a public activity as it was sent; anything else has no body to show."""
    statement = select(Outbox.body).where(Outbox.id == activity_id, Outbox.is_public)
    return (await connection.execute(statement)).scalar_one_or_none()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How far an activity came on its way to one inbox.

    `status` is the last HTTP answer: None before the first attempt, 0 when none came.
    A 2xx says that the other server took it, not what it made of it.
    """

    inbox: str
    is_finished: bool
    status: int | None


async def passages(
    connection: AsyncConnection, activities: Collection[str]
) -> dict[str, list[Passage]]:
    """Return how far activities came, for a week after they were delivered."""
    statement = (
        select(Deliveries.activity, Deliveries.inbox, Deliveries.finished_at, Deliveries.status)
        .where(Deliveries.activity.in_(activities))
        .order_by(Deliveries.id)
    )
    found: dict[str, list[Passage]] = {}
    for row in await connection.execute(statement):
        found.setdefault(row.activity, []).append(
            Passage(inbox=row.inbox, is_finished=row.finished_at is not None, status=row.status)
        )
    return found


async def purge(connection: AsyncConnection, at: datetime) -> int:
    """Remove a bounded number of things done a week ago, and return how many; 0 when all is gone.

    Gone are finished deliveries, and activities that are not public and wait for nobody.
    """
    old = at - KEPT
    finished = (
        select(Deliveries.id)
        .where(Deliveries.finished_at < old)
        .order_by(Deliveries.finished_at)
        .limit(PURGED_AT_ONCE)
    )
    deliveries = await connection.execute(delete(Deliveries).where(Deliveries.id.in_(finished)))
    waits = exists().where(Deliveries.activity == Outbox.id, Deliveries.finished_at.is_(None))
    private = (
        select(Outbox.id)
        .where(~Outbox.is_public, Outbox.created_at < old, ~waits)
        .limit(PURGED_AT_ONCE)
    )
    activities = await connection.execute(delete(Outbox).where(Outbox.id.in_(private)))
    return deliveries.rowcount + activities.rowcount
