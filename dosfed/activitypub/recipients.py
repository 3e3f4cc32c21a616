"""The inboxes that an activity goes to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, column, func, select, values
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.software import READS_GROUPS
from dosfed.activitypub.tables import Destinations, Followers, FormerFollowers, RemoteActors
from dosfed.instance import host_of
from dosfed.storage.parts import in_parts

# A shared inbox takes what is public for everybody on its server (ActivityPub, section 7.1.3).
INBOX = func.coalesce(Followers.shared_inbox, Followers.inbox)
OUR_SOFTWARE = "dosfed"


async def follower_inboxes(connection: AsyncConnection, actors: Collection[str]) -> set[str]:
    """Return where the followers of any of our actors read; one shared inbox serves many."""
    statement = select(INBOX).where(Followers.actor.in_(actors)).distinct()
    return set((await connection.execute(statement)).scalars())


async def hearers(connection: AsyncConnection, actors: Collection[str]) -> set[str]:
    """Return where any of our actors was ever followed: whoever reads there has its words."""
    former = await connection.execute(
        select(FormerFollowers.host, FormerFollowers.shared_inbox).where(
            FormerFollowers.actor.in_(actors)
        )
    )
    known: dict[str, str | None] = dict(former.all())
    now = await follower_inboxes(connection, actors)
    there = {host_of(inbox) for inbox in now}
    gone = {host for host in known if host not in there}
    named = {inbox for host in gone if (inbox := known[host]) is not None}
    unnamed = {host for host in gone if known[host] is None}
    return now | named | await inboxes_of_hosts(connection, unnamed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Where all followers of an actor read, and where those do that read groups.

    The second set is part of the first: servers known to unwrap an announced activity
    (FEP-1b12). To any other software a wrapped activity is noise.
    """

    everybody: frozenset[str]
    readers: frozenset[str]


async def followings(
    connection: AsyncConnection, actors: Collection[str]
) -> Mapping[str, Following]:
    """Return how each of our actors is followed."""
    rows = await connection.execute(
        select(Followers.actor, INBOX.label("inbox"), Destinations.software)
        .outerjoin(Destinations, Destinations.host == Followers.host)
        .where(Followers.actor.in_(actors))
        .distinct()
    )
    found = rows.all()
    return {
        actor: Following(
            everybody=frozenset(row.inbox for row in found if row.actor == actor),
            readers=frozenset(
                row.inbox for row in found if row.actor == actor and row.software in READS_GROUPS
            ),
        )
        for actor in actors
    }


async def forum_inboxes(connection: AsyncConnection, actor: str) -> set[str]:
    """Return where those followers of an actor read that unwrap what it announces, save ours."""
    statement = (
        select(INBOX)
        .join(Destinations, Destinations.host == Followers.host)
        .where(
            Followers.actor == actor,
            Destinations.software.in_(READS_GROUPS - {OUR_SOFTWARE}),
        )
        .distinct()
    )
    return set((await connection.execute(statement)).scalars())


async def mirror_inboxes(connection: AsyncConnection, actor: str) -> set[str]:
    """Return where those followers of an actor read that are instances of our own kind."""
    statement = (
        select(INBOX)
        .join(Destinations, Destinations.host == Followers.host)
        .where(Followers.actor == actor, Destinations.software == OUR_SOFTWARE)
        .distinct()
    )
    return set((await connection.execute(statement)).scalars())


async def inboxes_at(
    connection: AsyncConnection, inboxes: Collection[str], *, software: str
) -> set[str]:
    """Return those of these inboxes that are on servers which run a software."""
    hosts = {host_of(inbox) for inbox in inboxes}
    found: set[str] = set()
    for chunk in in_parts(sorted(hosts)):
        rows = await connection.execute(
            select(Destinations.host).where(
                Destinations.host.in_(chunk), Destinations.software == software
            )
        )
        found.update(rows.scalars())
    return {inbox for inbox in inboxes if host_of(inbox) in found}


async def inboxes_of_hosts(connection: AsyncConnection, hosts: Collection[str]) -> set[str]:
    """Return one inbox per server: a shared one, else that of any actor known there.

    Servers of which no actor is known are left out.
    """
    inboxes: set[str] = set()
    for chunk in in_parts(sorted(hosts)):
        names = values(column("host", Text), name="names").data([(host,) for host in chunk])
        wanted = names.cte("wanted")
        inbox = func.coalesce(
            _any(RemoteActors.shared_inbox, wanted.c.host), _any(RemoteActors.inbox, wanted.c.host)
        )
        statement = select(inbox).select_from(wanted)
        inboxes.update(uri for uri in (await connection.execute(statement)).scalars() if uri)
    return inboxes


async def inbox_of(connection: AsyncConnection, actor: str) -> str | None:
    """Return the inbox that an actor of another server reads alone, if the actor is known."""
    return (await inboxes_of(connection, [actor])).get(actor)


async def inboxes_of(connection: AsyncConnection, actors: Collection[str]) -> Mapping[str, str]:
    """Return the inboxes that actors of other servers read alone, of those that are known."""
    found: dict[str, str] = {}
    for chunk in in_parts(sorted(actors)):
        rows = await connection.execute(
            select(RemoteActors.id, RemoteActors.inbox).where(
                RemoteActors.id.in_(chunk), RemoteActors.gone_at.is_(None)
            )
        )
        found |= {row.id: row.inbox for row in rows}
    return found


async def shared_inboxes(
    connection: AsyncConnection, inboxes: Collection[str]
) -> Mapping[str, str]:
    """Return the shared inbox of each reader who names one, by the inbox they read alone."""
    found: dict[str, str] = {}
    for chunk in in_parts(sorted(inboxes)):
        rows = await connection.execute(
            select(RemoteActors.inbox, RemoteActors.shared_inbox).where(
                RemoteActors.inbox.in_(chunk), RemoteActors.shared_inbox.is_not(None)
            )
        )
        found |= {inbox: shared for inbox, shared in rows if shared is not None}
    return found


def _any(inbox: Any, host: Any) -> Any:
    return (
        select(inbox)
        .where(RemoteActors.host == host, RemoteActors.gone_at.is_(None), inbox.is_not(None))
        .limit(1)
        .scalar_subquery()
    )
