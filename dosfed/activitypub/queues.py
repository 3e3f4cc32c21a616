"""The courier's bookkeeping: many destinations and deliveries in few statements."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.destinations import FIRST_FORM, Standing, hold_queues
from dosfed.activitypub.foreign import Place, settle_trials
from dosfed.activitypub.tables import Deliveries, Destinations, Outbox

# A delivery is a row: an activity, an inbox, the host that it is on. All that wait for one host are
# its queue, in the order of their ids, which is the order in which they were put (`hold_queues`).
# The order matters. An `Update` that overtakes its `Create` is lost on most servers, and a `Delete`
# that does leaves there for good what it should have taken away. So one request at a time goes to
# a host, and one that may yet be taken holds back the rest.
#
# A destination is a row as well: whether anything waits (`is_waiting`), from when it may be tried,
# and who works on it (`leased_until`). Couriers look at these rows alone to find their work, so
# that a million deliveries to a server that is away cost the others nothing:
#
#   put         is_waiting is set, unless the host is dead
#   claim       leased for ninety seconds to one courier, those that waited longest first
#   settle      answers are written, the lease ends, `is_waiting` is asked anew of the deliveries,
#               in one transaction: what was put in between is seen
#   (killed)    the lease runs out, and what was under way goes once more, under the same id;
#               whoever got it already knows it as a repeat
#
# A courier works on a claim for less than this; after a kill, others wait this long for it.
LEASE = timedelta(seconds=90)
PER_DESTINATION = 32  # read at once; whoever answers fast is claimed again in the next round
BEYOND_ALL_IDS = 2**63 - 1
OK = 2  # the hundreds of an HTTP status


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is sent for one activity; all its deliveries share it."""

    body: bytes
    digest: bytes  # SHA-256 of the body
    is_ephemeral: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One activity on its way to one inbox; without a parcel its bytes are gone.

    `on_trial` is the host of an actor who names an inbox that lies elsewhere (`foreign`).
    """

    id: int
    activity: str
    actor: str
    host: str
    inbox: str
    on_trial: str | None
    parcel: Parcel | None

    @property
    def trial(self) -> Place | None:
        """What is tried with it, if anything is."""
        return None if self.on_trial is None else Place(actor_host=self.on_trial, host=self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A claimed destination with the first of what waits for it, in order."""

    standing: Standing
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of a delivery; `status` is the HTTP answer, or 0. `trial` is what it tried."""

    delivery: Delivery
    status: int
    is_finished: bool
    trial: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many more destinations a courier can take, by how they answered lately."""

    healthy: int
    failing: int


async def is_any_due(connection: AsyncConnection, at: datetime) -> bool:
    """Whether a destination waits to be claimed."""
    return bool((await connection.execute(select(exists().where(_due(at))))).scalar_one())


async def next_due(connection: AsyncConnection, at: datetime) -> datetime | None:
    """Return when the next destination is to be tried that is not to be tried yet."""
    waits = (Destinations.is_waiting, Destinations.dead_at.is_(None), Destinations.next_at > at)
    return (await connection.execute(select(func.min(Destinations.next_at)).where(*waits))).scalar()


async def claim(connection: AsyncConnection, room: Room, at: datetime) -> list[Standing]:
    """Take the destinations that have waited longest, for as long as `LEASE`."""
    await hold_queues(connection)
    # Apart, each with a room of its own: sorted together, those that fail would fill both.
    healthy = await _longest_waiting(connection, Destinations.failures == 0, room.healthy, at)
    failing = await _longest_waiting(connection, Destinations.failures > 0, room.failing, at)
    rows = [*healthy, *failing]
    if rows:
        hosts = [row.host for row in rows]
        await connection.execute(
            update(Destinations).where(Destinations.host.in_(hosts)).values(leased_until=at + LEASE)
        )
    return [
        Standing(
            host=row.host,
            form="rfc9421" if row.signature == "rfc9421" else FIRST_FORM,
            next_at=row.next_at,
            failures=row.failures,
            failing_since=row.failing_since,
            dead_at=None,
        )
        for row in rows
    ]


async def load(connection: AsyncConnection, claimed: Sequence[Standing]) -> list[Queue]:
    """Read the oldest deliveries of claimed destinations, however many wait behind them."""
    waiting = await _first_waiting(connection, [standing.host for standing in claimed])
    return [
        Queue(standing=standing, deliveries=tuple(waiting[standing.host])) for standing in claimed
    ]


async def settle(
    connection: AsyncConnection,
    attempts: Sequence[Attempt],
    released: Sequence[Standing],
    at: datetime,
) -> None:
    """Write down what came of deliveries, and give back destinations that were claimed.

    What still waits for a destination that is dead is finished with its last answer.
    """
    await hold_queues(connection)
    if attempts:
        await connection.execute(_WRITE_ATTEMPT, [_attempt(attempt, at) for attempt in attempts])
        trials = {one.trial: one.status // 100 == OK for one in attempts if one.trial is not None}
        await settle_trials(connection, trials, at)
    dead = [standing.host for standing in released if standing.dead_at is not None]
    if dead:
        last = {attempt.delivery.host: attempt.status for attempt in attempts}
        await connection.execute(
            _GIVE_UP,
            [{"of_host": host, "status": last.get(host, 0), "finished_at": at} for host in dead],
        )
    if released:
        await connection.execute(_RELEASE, [_standing(standing, at) for standing in released])
    await _erase(connection, attempts, dead)


async def drop(connection: AsyncConnection, hosts: Collection[str], at: datetime) -> int:
    """Give up what waits for these servers; return how many deliveries that were.

    A courier that is at one of them just now does not make them wait again.
    """
    await hold_queues(connection)
    dropped = await connection.execute(
        update(Deliveries)
        .where(Deliveries.host.in_(hosts), Deliveries.finished_at.is_(None))
        .values(finished_at=at, status=func.coalesce(Deliveries.status, 0))
    )
    await connection.execute(
        update(Destinations).where(Destinations.host.in_(hosts)).values(is_waiting=False)
    )
    await _erase(connection, [], list(hosts))
    return dropped.rowcount


async def free_leases(connection: AsyncConnection) -> None:
    """Give back what a courier had claimed that is no more."""
    await connection.execute(
        update(Destinations).where(Destinations.leased_until.is_not(None)).values(leased_until=None)
    )


def _due(at: datetime) -> ColumnElement[bool]:
    return and_(
        Destinations.is_waiting,
        Destinations.next_at <= at,
        Destinations.dead_at.is_(None),
        or_(Destinations.leased_until.is_(None), Destinations.leased_until <= at),
    )


async def _longest_waiting(
    connection: AsyncConnection, which: ColumnElement[bool], limit: int, at: datetime
) -> Sequence[Any]:
    if limit <= 0:
        return []
    statement = (
        select(
            Destinations.host,
            Destinations.signature,
            Destinations.next_at,
            Destinations.failures,
            Destinations.failing_since,
        )
        .where(_due(at), which)
        .order_by(Destinations.next_at)
        .limit(limit)
        # Whoever else writes here holds the queues; a row that is locked even so can wait.
        .with_for_update(skip_locked=True)
    )
    return (await connection.execute(statement)).all()


async def _first_waiting(
    connection: AsyncConnection, hosts: Collection[str]
) -> dict[str, list[Delivery]]:
    # For each host the id of the first delivery that is not taken along; found by an index, and
    # once only (MATERIALIZED), before the deliveries below it are read. A window function would
    # number all that waits, which may be a hundred thousand where a server is away.
    beyond = (
        select(Deliveries.id)
        .where(Deliveries.host == Destinations.host, Deliveries.finished_at.is_(None))
        .order_by(Deliveries.id)
        .offset(PER_DESTINATION)
        .limit(1)
        .scalar_subquery()
    )
    heads = (
        select(Destinations.host, func.coalesce(beyond, BEYOND_ALL_IDS).label("beyond"))
        .where(Destinations.host.in_(hosts))
        .cte("heads")
        .prefix_with("MATERIALIZED")
    )
    statement = (
        select(
            Deliveries.id,
            Deliveries.activity,
            Deliveries.actor,
            Deliveries.host,
            Deliveries.inbox,
            Deliveries.on_trial,
        )
        .join(heads, heads.c.host == Deliveries.host)
        .where(Deliveries.finished_at.is_(None), Deliveries.id < heads.c.beyond)
        .order_by(Deliveries.id)
    )
    rows = (await connection.execute(statement)).all()
    parcels = await _parcels(connection, {row.activity for row in rows})
    waiting: dict[str, list[Delivery]] = defaultdict(list)
    for row in rows:
        waiting[row.host].append(
            Delivery(
                id=row.id,
                activity=row.activity,
                actor=row.actor,
                host=row.host,
                inbox=row.inbox,
                on_trial=row.on_trial,
                parcel=parcels.get(row.activity),
            )
        )
    return waiting


async def _parcels(connection: AsyncConnection, activities: Collection[str]) -> dict[str, Parcel]:
    statement = select(Outbox.id, Outbox.body, Outbox.is_ephemeral).where(Outbox.id.in_(activities))
    return {
        activity: Parcel(body=body, digest=sha256(body).digest(), is_ephemeral=is_ephemeral)
        for activity, body, is_ephemeral in await connection.execute(statement)
        if body is not None
    }


async def _erase(
    connection: AsyncConnection, attempts: Sequence[Attempt], dead: Sequence[str]
) -> None:
    """Empty ballots that nobody waits for any more."""
    ephemeral = {
        attempt.delivery.activity
        for attempt in attempts
        if attempt.is_finished and attempt.delivery.parcel and attempt.delivery.parcel.is_ephemeral
    }
    if ephemeral:
        await connection.execute(_erasing(Outbox.id.in_(ephemeral)))
    if dead:
        given_up = select(Deliveries.activity).where(Deliveries.host.in_(dead))
        await connection.execute(_erasing(Outbox.id.in_(given_up)))


def _erasing(which: ColumnElement[bool]) -> Any:
    # A ballot goes to one home; an activity that takes something away to many, to the last of which
    # its bytes are needed.
    waits = exists().where(Deliveries.activity == Outbox.id, Deliveries.finished_at.is_(None))
    return update(Outbox).where(which, Outbox.is_ephemeral, ~waits).values(body=None)


def _attempt(attempt: Attempt, at: datetime) -> dict[str, Any]:
    return {
        "of_id": attempt.delivery.id,
        "status": attempt.status,
        "finished_at": at if attempt.is_finished else None,
    }


def _standing(standing: Standing, at: datetime) -> dict[str, Any]:
    return {
        "of_host": standing.host,
        "signature": standing.form,
        # A server that answers goes to the end of the line, if more waits for it.
        "next_at": standing.next_at if standing.failures else at,
        "failures": standing.failures,
        "failing_since": standing.failing_since,
        "dead_at": standing.dead_at,
    }


_WRITE_ATTEMPT = (
    update(Deliveries)
    # What was dropped meanwhile, because its server was blocked, stays dropped.
    .where(Deliveries.id == bindparam("of_id"), Deliveries.finished_at.is_(None))
    .values(status=bindparam("status"), finished_at=bindparam("finished_at"))
)
_GIVE_UP = (
    update(Deliveries)
    .where(Deliveries.host == bindparam("of_host"), Deliveries.finished_at.is_(None))
    .values(status=bindparam("status"), finished_at=bindparam("finished_at"))
)
_RELEASE = (
    update(Destinations)
    .where(Destinations.host == bindparam("of_host"))
    .values(
        signature=bindparam("signature"),
        next_at=bindparam("next_at"),
        failures=bindparam("failures"),
        failing_since=bindparam("failing_since"),
        dead_at=bindparam("dead_at"),
        leased_until=None,
        is_waiting=exists().where(
            Deliveries.host == Destinations.host, Deliveries.finished_at.is_(None)
        ),
    )
)
