"""Servers and actors that are not listened to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.instance import host_of
from dosfed.activitypub.tables import Blocks
from dosfed.storage.statements import upsert


class Blocklist:
    """All blocks, in memory; whoever changes the table loads it anew."""

    def __init__(self, targets: frozenset[str] = frozenset()) -> None:
        self._targets = targets

    async def load(self, connection: AsyncConnection) -> None:
        """Read the blocks as they stand."""
        self._targets = frozenset((await connection.execute(select(Blocks.target))).scalars())

    def is_blocked(self, uri: str) -> bool:
        """Whether a URI lies on a blocked host or below a blocked domain, or is a blocked actor."""
        if not self._targets:
            return False
        if uri in self._targets:
            return True
        host = host_of(uri) or uri.lower()
        return host in self._targets or any(
            domain in self._targets for domain in _domains(host.partition(":")[0])
        )


def _domains(host: str) -> list[str]:
    """Return a host name with its parent domains: whole labels, never a mere suffix."""
    labels = host.rstrip(".").split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


async def blocked_among(connection: AsyncConnection, uris: Collection[str]) -> set[str]:
    """Return which of these are blocked, by the table as it stands."""
    hosts = {host_of(uri) for uri in uris}
    domains = {name for host in hosts for name in _domains(host.partition(":")[0])}
    asked = {*uris, *hosts, *domains}
    rows = await connection.execute(select(Blocks.target).where(Blocks.target.in_(asked)))
    found = Blocklist(frozenset(rows.scalars()))
    return {uri for uri in uris if found.is_blocked(uri)}


def read_target(target: str) -> str:
    """Return a block's target as it is compared: an actor's id, or a host in lower case."""
    target = target.strip()
    if "://" in target:
        return target
    return target.lower().removeprefix("*.").removeprefix("@").rstrip(".")


async def block(connection: AsyncConnection, target: str, reason: str, at: datetime) -> None:
    """Stop listening to a host or an actor; a repeated block keeps the newer reason."""
    row = {"target": read_target(target), "reason": reason, "since": at}
    await upsert(connection, Blocks, [row], key=("target",), update=("reason",))


async def unblock(connection: AsyncConnection, target: str) -> bool:
    """Listen again; say whether there was a block."""
    found = await connection.execute(delete(Blocks).where(Blocks.target == read_target(target)))
    return found.rowcount > 0
