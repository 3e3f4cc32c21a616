"""Forgetting people of other servers who did nothing here but vote.

To believe a ballot we learn its voter's actor and key, and to answer it their inbox. Once the
ballot is erased these would tell, for good, who took part. So whoever has no other part in
anything here is looked for, a few hundred at a time, and forgotten (rule 4.5): the actor, the
keys, and what is known of a server from which nobody else is left. Anyone who comes back is asked
for anew.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import and_, delete, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.accounts import fediverse
from dosfed.accounts.tables import (
    FediverseAccounts,
    FediverseSignIns,
    Notices,
    Sessions,
    Subscriptions,
)
from dosfed.activitypub import inbox
from dosfed.activitypub.tables import (
    Blocks,
    Deliveries,
    Destinations,
    Followers,
    Followings,
    Inbox,
    RemoteActors,
    RemoteKeys,
)
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.tables import Arguments, Shares, Weights
from dosfed.deliberation.moderation.tables import Contests, Reports
from dosfed.deliberation.proposals.tables import Corrections, CoSigners, Drafts, Proposals
from dosfed.deliberation.votes.tables import Ballots, PollServers
from dosfed.storage.schema import Kept
from dosfed.storage.scrubbing import must_scrub
from dosfed.storage.statements import upsert

Column = InstrumentedAttribute[Any]

AT_ONCE = 500
LOOKING = "strangers"  # the name under which it is kept how far the look has come
# Whoever was learnt just now may be about to do something.
GRACE = timedelta(hours=1)
# What makes somebody take part, beyond reading and voting.
PARTS: tuple[Column, ...] = (
    Arguments.author,
    Ballots.voter,  # until it is erased
    Blocks.target,
    CoSigners.actor,
    Consultations.id,
    Contests.by,
    Corrections.by,
    Drafts.author,
    Followers.follower,
    Followings.followed,
    Notices.by,
    Organisers.id,
    Proposals.author,
    Reports.reporter,
    Shares.actor,
    Subscriptions.user,
    Weights.actor,
)
# Somebody who signed in here from another server may come back for so long.
VISITORS_KEPT = timedelta(days=30)


async def look_for_them(connection: AsyncConnection, *, erased: int) -> None:
    """Have everybody who is remembered looked at, from the first on.

    `erased` is what was erased before: the files are cleaned once, when the look is over.
    """
    await _keep(connection, after="", erased=erased)


async def forget_some(connection: AsyncConnection, *, now: datetime) -> bool:
    """Forget some of those who have no part here; return whether there may be more."""
    kept = await connection.scalar(select(Kept.value).where(Kept.name == LOOKING))
    if kept is None:
        return False
    state = orjson.loads(kept)
    remembered = await _next(connection, state["after"], now - GRACE)
    if remembered:
        gone = set(remembered) - await _taking_part(connection, remembered, now)
        await _forget(connection, gone)
        await _keep(connection, after=remembered[-1], erased=state["erased"] + len(gone))
        return True
    await _forget_servers(connection, before=now - GRACE)
    if state["erased"]:
        await must_scrub(connection, now)
    await connection.execute(delete(Kept).where(Kept.name == LOOKING))
    return False


async def _keep(connection: AsyncConnection, *, after: str, erased: int) -> None:
    value = orjson.dumps({"after": after, "erased": erased}).decode()
    await upsert(
        connection, Kept, [{"name": LOOKING, "value": value}], key=("name",), update=("value",)
    )


async def _next(connection: AsyncConnection, after: str, before: datetime) -> list[str]:
    rows = await connection.execute(
        select(RemoteActors.id)
        .where(RemoteActors.id > after, RemoteActors.fetched_at < before)
        .order_by(RemoteActors.id)
        .limit(AT_ONCE)
    )
    return list(rows.scalars())


async def _taking_part(
    connection: AsyncConnection, actors: Collection[str], now: datetime
) -> set[str]:
    """Return those of the actors that something here still needs to know."""
    # By host: the inbox alone would be looked for among all that waits, once for each actor.
    is_waiting = and_(
        Deliveries.host == func.coalesce(RemoteActors.inbox_host, RemoteActors.host),
        Deliveries.inbox == RemoteActors.inbox,
        Deliveries.finished_at.is_(None),
    )
    is_fresh = or_(Inbox.received_at > now - inbox.RAW_KEPT, Inbox.outcome.is_(None))
    is_guest = or_(
        FediverseAccounts.suspended_at.is_not(None),
        FediverseAccounts.signed_in_at > now - VISITORS_KEPT,
    )
    looks = [
        *((column, true()) for column in PARTS),
        (FediverseAccounts.actor, is_guest),
        (FediverseSignIns.actor, FediverseSignIns.expires_at > now),
        (Inbox.actor, is_fresh),
        (RemoteActors.id, exists().where(is_waiting)),
        (Sessions.user, Sessions.expires_at > now),
    ]
    known: set[str] = set()
    for column, condition in looks:
        rows = await connection.execute(select(column).where(column.in_(actors), condition))
        known.update(rows.scalars())
    # Lists in JSON, which no index knows; there are few reports, and they are short.
    for objects in (await connection.execute(select(Reports.objects))).scalars():
        known.update(objects)
    return known


async def _forget(connection: AsyncConnection, actors: Collection[str]) -> None:
    rows = await connection.execute(
        select(FediverseAccounts.actor).where(FediverseAccounts.actor.in_(actors))
    )
    for guest in rows.scalars().all():
        await fediverse.forget(connection, guest)
    await inbox.erase(connection, actors)  # what they said of themselves, or took back
    await connection.execute(delete(RemoteActors).where(RemoteActors.id.in_(actors)))
    await connection.execute(delete(RemoteKeys).where(RemoteKeys.owner.in_(actors)))


async def _forget_servers(connection: AsyncConnection, *, before: datetime) -> None:
    """Drop keys without an owner, and servers with whom nobody has to do any more.

    A server of one person is that person.
    """
    is_owned = exists().where(RemoteActors.id == RemoteKeys.owner)
    await connection.execute(delete(RemoteKeys).where(RemoteKeys.fetched_at < before, ~is_owned))
    # Each list is read once, not once for each server.
    is_needed = or_(
        Destinations.is_waiting,
        Destinations.leased_until.is_not(None),
        *(
            Destinations.host.in_(select(column).where(column.is_not(None)))
            for column in (
                RemoteActors.host,
                RemoteActors.inbox_host,
                Followers.host,
                Deliveries.host,
                PollServers.host,
            )
        ),
    )
    await connection.execute(delete(Destinations).where(~is_needed))
