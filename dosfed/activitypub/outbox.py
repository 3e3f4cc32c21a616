"""What our actors publish: written in the transaction of the act, delivered afterwards."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

import orjson
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import foreign, recipients, withdrawal
from dosfed.activitypub.blocks import blocked_among
from dosfed.activitypub.destinations import hold_queues
from dosfed.activitypub.tables import Deliveries, Destinations, Outbox
from dosfed.instance import host_of
from dosfed.storage.statements import insertion

# Publishing is writing: `put` adds rows to the transaction of the act, so that there is no act of
# which others are not told, and no word of an act that was rolled back. Nothing here asks another
# server anything; the courier does, whenever the rows are there (`delivery`, `queues`).

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
    A shared inbox serves all of its server. Of several updates of an object the last alone
    is shown.
    """
    if not mails:
        return
    await hold_queues(connection)  # before the number is read, until it is committed
    mails = [_shown(mail) for mail in await _by_server(connection, mails)]
    for mail in mails:
        if mail.is_public:
            await withdrawal.supersede(connection, mail.activity)
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
    # What is announced in private names whose act it is, and goes with them.
    noted = [mail for mail in mails if mail.is_public or mail.activity["type"] == "Announce"]
    await withdrawal.note(connection, [mail.activity for mail in noted])
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


async def _by_server(connection: AsyncConnection, mails: Sequence[Mail]) -> list[Mail]:
    """Return mails with public ones going to shared inboxes, where their readers name one.

    So what is public goes once to a server; what is for one reader goes to that reader alone.
    """
    public = {inbox for mail in mails if mail.is_public for inbox in mail.inboxes}
    shared = await recipients.shared_inboxes(connection, public)
    return [
        replace(mail, inboxes={shared.get(inbox, inbox) for inbox in mail.inboxes})
        if mail.is_public
        else mail
        for mail in mails
    ]


def _shown(mail: Mail) -> Mail:
    """Return a mail of which nothing is shown, or kept, if it takes something away.

    It would name what should be named no more.
    """
    if not withdrawal.takes_away(mail.activity):
        return mail
    return replace(mail, is_public=False, is_ephemeral=True)


def _deliveries(mail: Mail, at: datetime) -> Iterable[dict[str, Any]]:
    activity, actor = mail.activity["id"], mail.activity["actor"]
    ours = host_of(actor)
    # Sorted, so that the same act writes the same rows: order among the inboxes means nothing.
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


async def retract(connection: AsyncConnection, activity: str) -> None:
    """Show no more an activity that was undone; servers that have not got it yet get both."""
    await connection.execute(update(Outbox).where(Outbox.id == activity).values(is_public=False))


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
    found = list((await connection.execute(private)).scalars())
    await withdrawal.forget(connection, found)
    await connection.execute(delete(Outbox).where(Outbox.id.in_(found)))
    return answered + deliveries.rowcount + len(found)


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
    await withdrawal.forget(connection, activities)
    for table, column in ((Deliveries, Deliveries.activity), (Outbox, Outbox.id)):
        await connection.execute(delete(table).where(column.in_(activities)))


async def drop_ephemeral(connection: AsyncConnection, actor: str) -> None:
    """Remove what an actor of ours sent that nobody keeps, also what is still on its way."""
    theirs = select(Outbox.id).where(Outbox.actor == actor, Outbox.is_ephemeral)
    await drop(connection, list((await connection.execute(theirs)).scalars()))
