"""Who follows whom between this instance and others: states, so that repeats change nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Followers, Followings, FormerFollowers
from dosfed.activitypub.vocabulary import Follow
from dosfed.instance import Instance, host_of
from dosfed.storage.statements import insert_ignore, upsert

# Follows are a state per pair, not events: a Follow that is repeated renews it, an Undo without one
# changes nothing, and neither has to be told apart by its id, which some servers make up afresh.

PENDING, ACCEPTED, REJECTED = "pending", "accepted", "rejected"


class Reachable(Protocol):
    """An actor of another server, as far as delivering to it goes."""

    @property
    def inbox(self) -> str:
        """Where it alone reads."""
        ...

    @property
    def shared_inbox(self) -> str | None:
        """Where its whole server reads, if it says so."""
        ...


async def receive(
    connection: AsyncConnection, follow: Follow, remote: Reachable, at: datetime
) -> None:
    """Write down that `follow.actor` follows `follow.object`; a repeat renews where it reads."""
    row = {
        "actor": follow.object,
        "follower": follow.actor,
        "follow_id": follow.id,
        "host": host_of(follow.actor),
        "inbox": remote.inbox,
        "shared_inbox": remote.shared_inbox,
        "since": at,
    }
    await upsert(
        connection,
        Followers,
        [row],
        key=("actor", "follower"),
        update=("follow_id", "inbox", "shared_inbox"),
    )


async def undo(connection: AsyncConnection, follower: str, followed: str) -> int:
    """Let an actor of another server follow one of ours no longer; return whether it did."""
    return await drop(connection, (Followers.actor == followed) & (Followers.follower == follower))


async def drop(connection: AsyncConnection, which: ColumnElement[bool]) -> int:
    """End follows, and return how many; where they were from is remembered, not whose.

    What was published meanwhile lies there, and may have to be withdrawn.
    """
    gone = (
        await connection.execute(
            delete(Followers)
            .where(which)
            .returning(Followers.actor, Followers.host, Followers.shared_inbox)
        )
    ).all()
    rows = [
        {"actor": actor, "host": host, "shared_inbox": shared}
        for actor, host, shared in dict.fromkeys(gone)
    ]
    await insert_ignore(connection, FormerFollowers, rows)
    return len(gone)


async def forget(connection: AsyncConnection, actor: str) -> None:
    """Drop what an actor of another server follows here, and whoever follows it from here."""
    await drop(connection, Followers.follower == actor)
    await connection.execute(delete(Followings).where(Followings.followed == actor))


async def count_followers(connection: AsyncConnection, actor: str) -> int:
    """Return how many actors of other servers follow an actor of ours."""
    statement = select(func.count()).select_from(Followers).where(Followers.actor == actor)
    return (await connection.execute(statement)).scalar_one()


async def count_following(connection: AsyncConnection, actor: str) -> int:
    """Return how many actors of other servers an actor of ours follows by their leave."""
    statement = (
        select(func.count())
        .select_from(Followings)
        .where(Followings.follower == actor, Followings.state == ACCEPTED)
    )
    return (await connection.execute(statement)).scalar_one()


async def follow(
    connection: AsyncConnection, instance: Instance, pair: tuple[str, str], at: datetime
) -> Mapping[str, Any]:
    """Return the Follow by which the first actor of the pair, ours, asks the second.

    A request that is pending or accepted keeps its id, so that it may be sent again; after
    a rejection it is a new one.
    """
    follower, followed = pair
    row = {
        "follower": follower,
        "followed": followed,
        "follow_id": instance.new_activity(),
        "state": PENDING,
        "asked_at": at,
    }
    # Inserted or there already; asked anew if it was rejected; then read, whichever it was.
    await insert_ignore(connection, Followings, [row])
    this = (Followings.follower == follower, Followings.followed == followed)
    await connection.execute(
        update(Followings)
        .where(*this, Followings.state == REJECTED)
        .values(follow_id=row["follow_id"], state=PENDING, asked_at=at, answered_at=None)
    )
    follow_id = (await connection.execute(select(Followings.follow_id).where(*this))).scalar_one()
    return {
        "@context": instance.context,
        "id": follow_id,
        "type": "Follow",
        "actor": follower,
        "object": followed,
        "to": [followed],
    }


async def answered(
    connection: AsyncConnection,
    request: str | tuple[str, str],
    *,
    by: str,
    is_accepted: bool,
    at: datetime,
) -> bool:
    """Write down the answer to a request of ours, and return whether there was one to answer.

    `request` is the Follow's id, or else follower and followed, since Mastodon's answers
    may name either. Only the followed actor itself, `by`, is believed.
    """
    if isinstance(request, str):
        which = Followings.follow_id == request
    else:
        which = (Followings.follower == request[0]) & (Followings.followed == request[1])
    result = await connection.execute(
        update(Followings)
        .where(which, Followings.followed == by)
        .values(state=ACCEPTED if is_accepted else REJECTED, answered_at=at)
    )
    return result.rowcount > 0


async def followed_here(connection: AsyncConnection) -> frozenset[str]:
    """Return whom this instance follows: what they pass on was asked for."""
    rows = await connection.execute(select(Followings.followed).where(Followings.state == ACCEPTED))
    return frozenset(rows.scalars())


async def state_of(connection: AsyncConnection, follower: str, followed: str) -> str | None:
    """Return the state of a request of ours: pending, accepted, rejected; None if none was made."""
    statement = select(Followings.state).where(
        Followings.follower == follower, Followings.followed == followed
    )
    return (await connection.execute(statement)).scalar_one_or_none()
