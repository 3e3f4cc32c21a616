"""The protocol's routes on a loopback port, with a simulated fediverse that talks to them."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.actors import ensure_instance_actor, make_actor
from dosfed.activitypub.blocks import BLOCKLIST, Blocklist
from dosfed.activitypub.client import CLIENT, Client
from dosfed.activitypub.gate import Gate
from dosfed.activitypub.inbox import Receiver
from dosfed.activitypub.keys import KeyRing
from dosfed.activitypub.reading import Document
from dosfed.activitypub.receiving import GATE, RECEIVER, REJECTIONS, VERIFIER
from dosfed.activitypub.rejections import RejectionCounter
from dosfed.activitypub.routes import add_routes
from dosfed.activitypub.runner import make_runner
from dosfed.activitypub.tables import Inbox, Rejections
from dosfed.activitypub.verification import Verifier
from dosfed.activitypub.wellknown import COUNTS, Usage
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.instance import Instance
from dosfed.settings import read_settings
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.simulated.fediverse import Fediverse, fediverse

USAGE = Usage(
    name="Sauveterre",
    users=3,
    in_month=1,
    in_half_year=2,
    posts=7,
    comments=11,
    is_open=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An instance that answers, beside the servers that talk to it."""

    instance: Instance
    database: Database
    world: Fediverse
    blocklist: Blocklist
    rejections: RejectionCounter

    @property
    def town(self) -> str:
        """The id of its organiser."""
        return self.instance.organiser("mairie")

    async def stored(self) -> list[str]:
        """Return the ids of the activities it has stored, in order."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(Inbox.activity).order_by(Inbox.id))
            return [str(activity) for activity in rows.scalars()]

    async def rejected(self) -> dict[tuple[str, str], int]:
        """Return how many requests it turned away, by reason and host."""
        async with self.database.write() as connection:
            await self.rejections.flush(connection, START)
            rows = await connection.execute(
                select(Rejections.reason, Rejections.host, Rejections.count)
            )
            return {(reason, host): count for reason, host, count in rows}


@asynccontextmanager
async def serve(database: Database, clock: GivenClock) -> AsyncIterator[Served]:
    """Serve an instance with one organiser, `mairie`."""
    listener = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://delib.localhost:{listener.getsockname()[1]}"
    instance = Instance(base_url=base_url)
    settings = read_settings({"DOSFED_BASE_URL": base_url, "DOSFED_ALLOW_PRIVATE_NETWORK": "1"})
    async with database.write() as connection:
        await ensure_instance_actor(connection, instance, START)
        await make_actor(
            connection,
            id=instance.organiser("mairie"),
            handle="mairie",
            kind="organiser",
            name="Mairie",
            at=START,
        )
    keys = KeyRing(database)
    app = web.Application()
    async with Client(settings, instance, clock, keys) as client, fediverse(clock.now) as world:
        app[DATABASE], app[SETTINGS], app[INSTANCE], app[CLOCK] = (
            database,
            settings,
            instance,
            clock,
        )
        app[CLIENT] = client
        app[VERIFIER] = Verifier(database, client, instance, settings, clock)
        app[GATE] = Gate(database, clock, _is_exempt)
        app[RECEIVER] = Receiver(database, clock, lambda: None)
        app[REJECTIONS], app[BLOCKLIST], app[COUNTS] = RejectionCounter(), Blocklist(), _counts
        add_routes(app)
        runner = make_runner(app, shutdown_seconds=0.1)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield Served(
                instance=instance,
                database=database,
                world=world,
                blocklist=app[BLOCKLIST],
                rejections=app[REJECTIONS],
            )
        finally:
            await runner.cleanup()


async def _is_exempt(_connection: AsyncConnection, _document: Document, _at: datetime) -> bool:
    return False


async def _counts(_connection: AsyncConnection, _now: datetime) -> Usage:
    return USAGE
