"""Inboxes on another host than their actors': tried with one delivery before any other goes there.

An actor's own document says where it reads, and nothing says that whoever reads there agrees:
anybody could follow us with a thousand actors whose inboxes are somebody else's. So the first
delivery for an actor's host at such a place is a trial. If it is taken, others follow as they
do elsewhere. If it fails, it is not repeated, what waits behind it is given up, and for a day
nothing goes there for any host that has not passed its trial. To genuine readers of that place
nothing of this applies.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Deliveries, ForeignInboxes, RemoteActors
from dosfed.instance import host_of
from dosfed.storage.parts import in_parts
from dosfed.storage.statements import insertion

BARRED_FOR = timedelta(days=1)
# Of one actor's host at one other: a blog has few authors, and more may be made up.
AT_ONE_PLACE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The inboxes on a host that actors of another host name as theirs."""

    actor_host: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Which inboxes are tried, and for which actor's host; and which get nothing for now."""

    on_trial: Mapping[str, str]
    barred: frozenset[str]


async def sort(connection: AsyncConnection, inboxes: Collection[str], at: datetime) -> Sorted:
    """Say which of these inboxes lie elsewhere than their actors, and how their trials went."""
    found = await _places(connection, inboxes)
    standing = await _standing(connection, {host_of(inbox) for inbox in found})
    passed = {place for place, (taken_at, _) in standing.items() if taken_at is not None}
    barred_hosts = {
        place.host
        for place, (_, failed_at) in standing.items()
        if place not in passed and failed_at is not None and failed_at > at - BARRED_FOR
    }
    barred: set[str] = set()
    on_trial: dict[str, str] = {}
    counts = Counter[Place]()
    for inbox, places in sorted(found.items()):
        # Whoever else names an inbox takes nothing from those for whom it has passed.
        place = min(places & passed or places, key=lambda one: one.actor_host)
        counts[place] += 1
        if counts[place] > AT_ONE_PLACE or (place.host in barred_hosts and place not in passed):
            barred.add(inbox)
        elif place not in passed:
            on_trial[inbox] = place.actor_host
    return Sorted(on_trial=on_trial, barred=frozenset(barred))


async def _places(
    connection: AsyncConnection, inboxes: Collection[str]
) -> Mapping[str, set[Place]]:
    """Return those inboxes that only actors of other hosts name, and which hosts these are."""
    found = defaultdict[str, set[Place]](set)
    for chunk in in_parts(sorted(inboxes)):
        rows = await connection.execute(
            select(RemoteActors.inbox, RemoteActors.host)
            .where(RemoteActors.inbox.in_(chunk), RemoteActors.inbox_host.is_not(None))
            .distinct()
        )
        for inbox, actor_host in rows:
            found[inbox].add(Place(actor_host=actor_host, host=host_of(inbox)))
    for chunk in in_parts(sorted(found)):
        own = await connection.execute(
            select(RemoteActors.inbox, RemoteActors.shared_inbox).where(
                RemoteActors.host.in_({host_of(inbox) for inbox in chunk}),
                RemoteActors.inbox_host.is_(None),
                or_(RemoteActors.inbox.in_(chunk), RemoteActors.shared_inbox.in_(chunk)),
            )
        )
        for inbox, shared in own.all():
            found.pop(inbox, None)
            found.pop(shared or "", None)
    return found


async def _standing(
    connection: AsyncConnection, hosts: Collection[str]
) -> dict[Place, tuple[datetime | None, datetime | None]]:
    if not hosts:
        return {}
    rows = await connection.execute(
        select(
            ForeignInboxes.actor_host,
            ForeignInboxes.host,
            ForeignInboxes.taken_at,
            ForeignInboxes.failed_at,
        ).where(ForeignInboxes.host.in_(hosts))
    )
    return {
        Place(actor_host=row.actor_host, host=row.host): (row.taken_at, row.failed_at)
        for row in rows
    }


async def settle_trials(
    connection: AsyncConnection, outcomes: Mapping[Place, bool], at: datetime
) -> None:
    """Write down which trials were passed; what waits behind one that failed is given up."""
    if not outcomes:
        return
    await _note(connection, outcomes, at)
    for place, has_passed in outcomes.items():
        waiting = (Deliveries.host == place.host, Deliveries.finished_at.is_(None))
        if has_passed:
            of_place = Deliveries.on_trial == place.actor_host
            await connection.execute(
                update(Deliveries).where(*waiting, of_place).values(on_trial=None)
            )
        else:
            await connection.execute(
                update(Deliveries)
                .where(*waiting, Deliveries.on_trial.is_not(None))
                .values(finished_at=at, status=func.coalesce(Deliveries.status, 0))
            )


async def purge(connection: AsyncConnection, at: datetime) -> int:
    """Forget trials that bar nothing any more, and places that nobody names; return how many."""
    is_named = exists().where(
        RemoteActors.host == ForeignInboxes.actor_host,
        RemoteActors.inbox_host == ForeignInboxes.host,
    )
    bars = and_(ForeignInboxes.taken_at.is_(None), ForeignInboxes.failed_at > at - BARRED_FOR)
    has_passed = ForeignInboxes.taken_at.is_not(None)
    old = await connection.execute(
        delete(ForeignInboxes).where(not_(or_(bars, and_(has_passed, is_named))))
    )
    return old.rowcount


async def _note(connection: AsyncConnection, outcomes: Mapping[Place, bool], at: datetime) -> None:
    statement = insertion(connection, ForeignInboxes)
    new = statement.excluded
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["actor_host", "host"],
            set_={
                # Once passed is passed: another trial may have been under way, and failed.
                "taken_at": func.coalesce(ForeignInboxes.taken_at, new.taken_at),
                "failed_at": func.coalesce(new.failed_at, ForeignInboxes.failed_at),
            },
        ),
        [
            {
                "actor_host": place.actor_host,
                "host": place.host,
                "taken_at": at if has_passed else None,
                "failed_at": None if has_passed else at,
            }
            for place, has_passed in outcomes.items()
        ],
    )
