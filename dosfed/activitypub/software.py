"""Which software a server runs, learnt from its NodeInfo."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.client import Client, FetchFailed
from dosfed.activitypub.reading import Malformed, many, optional_text, read_document
from dosfed.activitypub.tables import Destinations, Followers, RemoteActors
from dosfed.instance import host_of
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

# Servers that unwrap what a Group announces: those of FEP-1b12's own list, those whose code
# or documentation shows it, and ourselves.
READS_GROUPS = frozenset(
    {
        "dosfed",
        "friendica",
        "hubzilla",
        "kbin",
        "lemmy",
        "lotide",
        "mbin",
        "nodebb",
        "peertube",
        "piefed",
    }
)
# Servers known to let the author's `Update` take words away: tried, or read in their code.
TAKES_UPDATES = frozenset(
    {"akkoma", "dosfed", "gotosocial", "hollo", "lemmy", "mastodon", "mbin", "piefed", "pleroma"}
)
# Servers known to let a moderator whom a Group names remove the post of somebody else.
TAKES_MODERATION = frozenset({"dosfed", "lemmy", "mbin", "piefed"})
SCHEMAS = tuple(f"http://nodeinfo.diaspora.software/ns/schema/{version}" for version in (2.1, 2.0))
NAME = re.compile(r"[a-z0-9-]{1,64}")  # as the schema of NodeInfo 2.1 has it
MAX_BYTES = 65_536
TOTAL_SECONDS = 5.0
AT_ONCE = 8
PAUSE_SECONDS = 10.0
KNOWN_FOR = timedelta(days=7)
ASKED_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """A server whose software is unknown, or was learnt long ago."""

    host: str
    origin: str


async def keep_learning(database: Database, client: Client, clock: Clock) -> None:
    """Learn what the servers run that we deliver to, a few at a time, until cancelled."""
    while True:
        try:
            is_more = await learn_some(database, client, clock)
        except (SQLAlchemyError, OSError) as error:
            database.troubles.note(error, where="software")
            is_more = False
        if not is_more:
            await asyncio.sleep(PAUSE_SECONDS)


async def learn_some(database: Database, client: Client, clock: Clock) -> int:
    """Ask a few servers for their software, and return how many were asked."""
    async with database.read() as connection:
        hosts = await unasked(connection, clock.now(), AT_ONCE)
    if not hosts:
        return 0
    names = await asyncio.gather(*(learn_software(client, item.origin) for item in hosts))
    found = {item.host: name for item, name in zip(hosts, names, strict=True)}
    async with database.write() as connection:
        await remember_software(connection, found, clock.now())
    return len(found)


async def unasked(connection: AsyncConnection, at: datetime, limit: int) -> list[Unasked]:
    """Return some of the servers with followers of ours, that answer, but we do not know."""
    inbox = (
        select(RemoteActors.inbox)
        .where(RemoteActors.host == Destinations.host, RemoteActors.inbox_host.is_(None))
        .limit(1)
    )
    is_stale = or_(
        Destinations.software_at.is_(None),
        Destinations.software_at < at - KNOWN_FOR,
        and_(Destinations.software.is_(None), Destinations.software_at < at - ASKED_AGAIN_AFTER),
    )
    statement = (
        select(Destinations.host, inbox.scalar_subquery().label("inbox"))
        .where(
            is_stale,
            Destinations.failures == 0,
            Destinations.dead_at.is_(None),
            Destinations.host.in_(select(Followers.host)),
        )
        .limit(limit)
    )
    return [
        Unasked(host=row.host, origin=_origin(row.inbox or f"https://{row.host}/"))
        for row in await connection.execute(statement)
    ]


async def remember_software(
    connection: AsyncConnection, found: Mapping[str, str | None], at: datetime
) -> None:
    """Write down the software of servers; None where it could not be learnt."""
    await connection.execute(
        update(Destinations)
        .where(Destinations.host == bindparam("of_host"))
        .values(software=bindparam("software"), software_at=bindparam("software_at")),
        [
            {"of_host": host, "software": software, "software_at": at}
            for host, software in sorted(found.items())
        ],
    )


async def learn_software(client: Client, origin: str) -> str | None:
    """Return the name of the software that a server says it runs, or None."""
    try:
        links = await _get(client, f"{origin}/.well-known/nodeinfo")
        found = {
            optional_text(link, "rel"): link.get("href")
            for link in many(links, "links")
            if isinstance(link, dict)
        }
        href = next((found[schema] for schema in SCHEMAS if schema in found), None)
        if not isinstance(href, str) or host_of(href) != host_of(origin):
            return None
        software = (await _get(client, href)).get("software")
    except (FetchFailed, Malformed):
        return None
    name = optional_text(software, "name") if isinstance(software, dict) else None
    return name.lower() if name and NAME.fullmatch(name.lower()) else None


async def _get(client: Client, url: str) -> Mapping[str, object]:
    response = await client.get(
        url,
        accept="application/json",
        max_bytes=MAX_BYTES,
        total_seconds=TOTAL_SECONDS,
        signed=False,
    )
    if response.status != HTTPStatus.OK:
        raise Malformed(f"answered {response.status}")
    return read_document(response.body)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
