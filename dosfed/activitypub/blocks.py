"""Servers and actors that are not listened to."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import ColumnElement, delete, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Blocks
from dosfed.instance import host_of
from dosfed.storage.statements import upsert

PAGE_LENGTH = 100
MAX_VALUES = 1_000
# A name with at least one dot, in the letters that DNS carries, with a port in development.
HOST = re.compile(
    r"(?=.{1,255}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9-]{2,63}(?::\d{1,5})?\Z"
)


class Blocklist:
    """All blocks, in memory; whoever changes the table loads it anew."""

    def __init__(self, targets: frozenset[str] = frozenset()) -> None:
        self._targets = targets

    async def load(self, connection: AsyncConnection) -> None:
        """Read the blocks as they are now."""
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


BLOCKLIST = web.AppKey("blocklist", Blocklist)


def _domains(host: str) -> list[str]:
    """Return a host name with its parent domains: whole labels, never a mere suffix."""
    labels = host.rstrip(".").split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


async def blocked_among(connection: AsyncConnection, uris: Collection[str]) -> set[str]:
    """Return which of these are blocked, by the table as it is now."""
    if not uris:
        return set()
    hosts = {host_of(uri) for uri in uris}
    domains = {name for host in hosts for name in _domains(host.partition(":")[0])}
    asked = {*uris, *hosts, *domains}
    # A statement takes only so many values; there are fewer blocks than that to read.
    which = Blocks.target.in_(asked) if len(asked) <= MAX_VALUES else true()
    rows = await connection.execute(select(Blocks.target).where(which))
    found = Blocklist(frozenset(rows.scalars()))
    return {uri for uri in uris if found.is_blocked(uri)}


def read_target(target: str) -> str:
    """Return a block's target as it is compared: an actor's id, or a host as DNS carries it."""
    target = target.strip()
    if "://" in target:
        return target
    name = target.lower().removeprefix("*.").removeprefix("@").rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode()  # RFC 5891
    except UnicodeError:
        return name


def check_target(target: str, *, here: str) -> str | None:
    """Return a block's target as it is compared, or None for what cannot be blocked.

    That is this instance itself or what lies above it, a whole top-level domain, or no name.
    """
    target = read_target(target)
    host = host_of(target)
    if not host and HOST.match(target):
        host = target
    is_ours = host == here or host in _domains(here.partition(":")[0])
    return None if is_ours or not host else target


async def block_all(connection: AsyncConnection, reasons: Mapping[str, str], at: datetime) -> None:
    """Stop listening to hosts and actors, each for its reason; a repeated block keeps the newer."""
    rows = [{"target": name, "reason": reason, "since": at} for name, reason in reasons.items()]
    await upsert(connection, Blocks, rows, key=("target",), update=("reason",))


async def unblock(connection: AsyncConnection, target: str) -> bool:
    """Listen again; say whether there was a block."""
    found = await connection.execute(delete(Blocks).where(Blocks.target == read_target(target)))
    return found.rowcount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A server or an actor that is not listened to, and why."""

    target: str
    reason: str
    since: datetime


async def list_blocks(
    connection: AsyncConnection, *, search: str = "", page: int | None = None
) -> list[Block]:
    """Return the blocks that a search finds by name or reason, in order; all, or one page."""
    statement = (
        select(Blocks.target, Blocks.reason, Blocks.since)
        .where(_found_by(search))
        .order_by(Blocks.target)
    )
    if page is not None:
        statement = statement.limit(PAGE_LENGTH).offset((page - 1) * PAGE_LENGTH)
    rows = await connection.execute(statement)
    return [Block(target=row.target, reason=row.reason, since=row.since) for row in rows]


async def count_blocks(connection: AsyncConnection, *, search: str = "") -> int:
    """Return how many blocks a search finds."""
    rows = await connection.execute(
        select(func.count()).select_from(Blocks).where(_found_by(search))
    )
    return rows.scalar_one()


def _found_by(search: str) -> ColumnElement[bool]:
    words = search.strip().lower()
    if not words:
        return true()
    return or_(
        func.lower(Blocks.target).contains(words, autoescape=True),
        func.lower(Blocks.reason).contains(words, autoescape=True),
    )
