"""Blocks: who is not listened to any more, and what goes with that (rule 5.7)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import FediverseAccounts, Sessions
from dosfed.activitypub import follows, queues
from dosfed.activitypub.blocks import (
    Blocklist,
    block_all,
    blocked_among,
    check_target,
    unblock,
)
from dosfed.activitypub.tables import Destinations, Followers, RemoteActors
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_blockable, check_moderator, check_note
from dosfed.storage.parts import in_parts


async def block(
    connection: AsyncConnection,
    reasons: Mapping[str, str],
    *,
    by: str | None,
    here: str,
    at: datetime,
) -> int:
    """Block servers and accounts, each for its reason; return how many deliveries were dropped.

    `by` is none for the operator at the command line. Raises `Refused`.
    """
    await _check(connection, by)
    targets = {}
    for name, reason in reasons.items():
        target = check_target(await _resolve(connection, name), here=here)
        target = check_blockable(target)
        check_note(reason, is_needed=False)
        targets[target] = reason.strip()
    await block_all(connection, targets, at)
    return await _let_go(connection, targets, at)


async def lift(connection: AsyncConnection, target: str, *, by: str | None) -> None:
    """Listen again to a server or an account, or raise `Refused`."""
    await _check(connection, by)
    check_there(target if await unblock(connection, target) else None)


async def _check(connection: AsyncConnection, by: str | None) -> None:
    if by is not None:
        check_moderator(await role_of(connection, by))


async def _resolve(connection: AsyncConnection, name: str) -> str:
    """Return the id of an account that is named by its handle, if it is known here."""
    handle, _, host = name.strip().removeprefix("@").partition("@")
    if not host or "://" in name:
        return name
    found = await connection.execute(
        select(RemoteActors.id).where(
            RemoteActors.handle == handle, RemoteActors.host == host.lower()
        )
    )
    return found.scalars().first() or name


async def _let_go(connection: AsyncConnection, targets: Collection[str], at: datetime) -> int:
    """Drop what waits for those who are blocked; end their follows and their sessions."""
    # Asked in memory: a block takes all that is below a name, which no list of values finds.
    new = Blocklist(frozenset(targets))
    waiting = await connection.execute(
        select(Destinations.host).where(Destinations.is_waiting).distinct()
    )
    dropped = 0
    for hosts in in_parts([host for host in waiting.scalars() if new.is_blocked(host)]):
        dropped += await queues.drop(connection, hosts, at)
    followers = await connection.execute(select(Followers.follower).distinct())
    for actors in in_parts([actor for actor in followers.scalars() if new.is_blocked(actor)]):
        await follows.drop(connection, Followers.follower.in_(actors))
    guests = await connection.execute(select(FediverseAccounts.actor))
    for actors in in_parts(await blocked_among(connection, set(guests.scalars()))):
        await connection.execute(delete(Sessions).where(Sessions.user.in_(actors)))
    return dropped
