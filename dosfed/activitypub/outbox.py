"""What our actors publish: written in the transaction of the act, delivered afterwards."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

import orjson
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import foreign
from dosfed.activitypub.blocks import blocked_among
from dosfed.activitypub.destinations import hold_queues
from dosfed.activitypub.instance import host_of
from dosfed.activitypub.tables import Deliveries, Destinations, Outbox
from dosfed.storage.statements import insertion

KEPT = timedelta(days=7)
# Somebody who voted here is told within seconds that their ballot was not taken elsewhere.
ANSWERED_KEPT = timedelta(hours=1)
# What one call of `purge` removes at most, so that its transaction stays short.
PURGED_AT_ONCE = 2_000


class Exposure(TypedDict, total=False):
    """Who may see an activity besides its recipients, and for how long we do."""

    is_public: bool  # it is in its actor's outbox and answers at its id; so unless said
    is_ephemeral: bool  # a ballot: its bytes go once it is delivered; not so unless said


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An activity of ours with the inboxes it goes to."""

    activity: Mapping[str, Any]
    inboxes: Collection[str]
    is_public: bool = True
    is_ephemeral: bool = False


async def put(
    connection: AsyncConnection,
    activity: Mapping[str, Any],
    *,
    at: datetime,
    inboxes: Collection[str],
    **exposure: Unpack[Exposure],
) -> None:
    """Publish one activity of ours, as `put_all` does."""
    await put_all(connection, [Mail(activity=activity, inboxes=inboxes, **exposure)], at=at)


async def put_all(connection: AsyncConnection, mails: Sequence[Mail], *, at: datetime) -> None:
    """Publish activities of ours, in order, and queue each for every distinct inbox.

    Once the transaction commits they will be delivered, however often we are stopped; if it
    rolls back nothing was said. Inboxes on our own host and on blocked ones are left out. To
    a server that is dead nothing is queued, nor to an inbox that failed its trial (`foreign`):
    such deliveries are written as finished, with status 0.
    """
    if not mails:
        return
    await hold_queues(connection)
    last = select(func.coalesce(func.max(Outbox.number), 0)).scalar_subquery()
    await connection.execute(
        insert(Outbox).values(number=last + 1),
        [
            {
                "id": mail.activity["id"],
                "actor": mail.activity["actor"],
                "body": orjson.dumps(mail.activity),
                "is_public": mail.is_public,
                "is_ephemeral": mail.is_ephemeral,
                "created_at": at,
            }
            for mail in mails
        ],
    )
    deliveries = [delivery for mail in mails for delivery in _deliveries(mail, at)]
    if deliveries:
        blocked = await blocked_among(connection, {row["inbox"] for row in deliveries})
        deliveries = [row for row in deliveries if row["inbox"] not in blocked]
    if deliveries:
        await _queue(connection, deliveries, at)


async def _queue(
    connection: AsyncConnection, deliveries: Collection[dict[str, Any]], at: datetime
) -> None:
    tried = await foreign.sort(connection, {row["inbox"] for row in deliveries}, at)
    hosts = {row["host"] for row in deliveries if row["inbox"] not in tried.barred}
    dead = await _mark_waiting(connection, hosts, at) if hosts else set()
    lost = {"finished_at": at, "status": 0}
    await connection.execute(
        insert(Deliveries),
        [
            row
            | {"on_trial": tried.on_trial.get(row["inbox"])}
            | (lost if row["host"] in dead or row["inbox"] in tried.barred else {})
            for row in deliveries
        ],
    )


def _deliveries(mail: Mail, at: datetime) -> Iterable[dict[str, Any]]:
    activity, actor = mail.activity["id"], mail.activity["actor"]
    ours = host_of(actor)
    for inbox in sorted(set(mail.inboxes)):
        host = host_of(inbox)
        if host != ours:
            yield {
                "activity": activity,
                "actor": actor,
                "host": host,
                "inbox": inbox,
                "created_at": at,
                "finished_at": None,
                "status": None,
            }


async def _mark_waiting(
    connection: AsyncConnection, hosts: Collection[str], at: datetime
) -> set[str]:
    """Have destinations looked at, and return those that are dead.

    When a known one may be tried next stays as it is: a back-off in progress goes on.
    """
    statement = insertion(connection, Destinations).on_conflict_do_update(
        index_elements=["host"], set_={"is_waiting": Destinations.dead_at.is_(None)}
    )
    rows = await connection.execute(
        statement.returning(Destinations.host, Destinations.dead_at),
        [
            {"host": host, "is_waiting": True, "next_at": at, "failures": 0}
            for host in sorted(hosts)
        ],
    )
    return {host for host, dead_at in rows if dead_at is not None}


async def has_published(connection: AsyncConnection, actor: str) -> bool:
    """Whether an actor of ours ever said anything in public."""
    said = exists().where(Outbox.actor == actor, Outbox.is_public)
    return bool((await connection.execute(select(said))).scalar_one())


async def withdraw(connection: AsyncConnection, uri: str, *, by: Collection[str]) -> None:
    """Show no more what these actors published of an object, whole: its words stand in there.

    Who has not got it yet gets it before what is published of the object from now on.
    """
    words = f'"id":{orjson.dumps(uri).decode()}'
    await connection.execute(
        update(Outbox)
        .where(Outbox.actor.in_(by), Outbox.is_public, _holds(connection, words))
        .values(is_public=False)
    )


async def retract(connection: AsyncConnection, activity: str) -> None:
    """Show no more an activity that was undone; who has not got it yet gets both."""
    await connection.execute(update(Outbox).where(Outbox.id == activity).values(is_public=False))


async def hide(connection: AsyncConnection, actor: str) -> None:
    """Show no more what a citizen of ours published, nor where others here passed it on.

    Those are wrapped announcements, and what organisers published with the citizen's name.
    What others wrote in answer stays. The bytes go once nobody waits for them.
    """
    organisers = actor.rpartition("/u/")[0] + "/o/"
    is_theirs = or_(
        Outbox.actor == actor,
        _holds(connection, f'"actor":"{actor}"'),
        _holds(connection, f'"attributedTo":"{actor}"'),
        Outbox.actor.startswith(organisers, autoescape=True)
        & _holds(connection, f'"href":"{actor}"'),
    )
    await connection.execute(
        update(Outbox).where(Outbox.is_public, is_theirs).values(is_public=False)
    )


def _holds(connection: AsyncConnection, words: str) -> ColumnElement[bool]:
    """Return whether a body holds these bytes, of JSON as we write it."""
    given = literal(words.encode(), LargeBinary)
    if connection.dialect.name == "postgresql":
        place: ColumnElement[int] = func.position(given.op("IN")(Outbox.body))
    else:
        place = func.instr(Outbox.body, given)
    return place > 0


async def activity_body(connection: AsyncConnection, activity_id: str) -> bytes | None:
    """Return a public activity as it was sent; anything else has no body to show."""
    statement = select(Outbox.body).where(Outbox.id == activity_id, Outbox.is_public)
    return (await connection.execute(statement)).scalar_one_or_none()


async def purge(connection: AsyncConnection, at: datetime) -> int:
    """Remove a bounded number of things done a week ago, and return how many; 0 when all is gone.

    Gone are finished deliveries, and activities that are not public and wait for nobody; and
    trials of inboxes that bar nothing any more.
    """
    await foreign.purge(connection, at)
    old = at - KEPT
    answered = await _purge_answered(connection, at)
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
    return answered + deliveries.rowcount + activities.rowcount


async def _purge_answered(connection: AsyncConnection, at: datetime) -> int:
    """Remove ballots, and what was said to voters alone, once that is over; they name who voted."""
    waits = exists().where(Deliveries.activity == Outbox.id, Deliveries.finished_at.is_(None))
    over = Outbox.is_ephemeral & ~Outbox.is_public & (Outbox.created_at < at - ANSWERED_KEPT)
    rows = await connection.execute(select(Outbox.id).where(over, ~waits).limit(PURGED_AT_ONCE))
    activities = list(rows.scalars())
    await drop(connection, activities)
    return len(activities)


async def drop(connection: AsyncConnection, activities: Collection[str]) -> None:
    """Remove activities with their deliveries, whether or not these were finished."""
    for table, column in ((Deliveries, Deliveries.activity), (Outbox, Outbox.id)):
        await connection.execute(delete(table).where(column.in_(activities)))


async def drop_ballots(connection: AsyncConnection, actor: str) -> None:
    """Remove the ballots that an actor of ours sent, also those that are still on their way."""
    theirs = select(Outbox.id).where(Outbox.actor == actor, Outbox.is_ephemeral)
    await drop(connection, list((await connection.execute(theirs)).scalars()))
