"""A server of ours among simulated ones: it publishes, its courier delivers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import RowMapping, insert, select

from dosfed.activitypub import outbox
from dosfed.activitypub.client import Client
from dosfed.activitypub.delivery import Courier
from dosfed.activitypub.keys import KeyRing
from dosfed.activitypub.tables import Actors, Deliveries, Destinations, ForeignInboxes, Outbox
from dosfed.instance import Instance
from dosfed.settings import read_settings
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.servers import SimulatedServer

MIDDLE = 0.5  # of the spread of attempts: the schedule itself


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Our server; `author` is the actor of ours who publishes, known to the others by its key."""

    world: Fediverse
    database: Database
    clock: GivenClock
    client: Client
    author: str

    def courier(self) -> Courier:
        """Return a courier as a process of ours would start it."""
        keys = KeyRing(self.database)
        return Courier(self.database, self.client, keys, self.clock, chance=lambda: MIDDLE)

    async def put(
        self, number: int, servers: Sequence[SimulatedServer], *, is_ephemeral: bool = False
    ) -> str:
        """Publish an activity for the shared inboxes of servers; return its id."""
        inboxes = [f"{server.origin}/inbox" for server in servers]
        return await self.put_to(number, inboxes, is_ephemeral=is_ephemeral)

    async def put_to(
        self, number: int, inboxes: Sequence[str], *, is_ephemeral: bool = False
    ) -> str:
        """Publish an activity for these inboxes; return its id."""
        uri = f"{self.author.partition('/users/')[0]}/activities/{number}"
        activity = {"id": uri, "type": "Create", "actor": self.author, "object": f"{uri}/object"}
        async with self.database.write() as connection:
            await outbox.put(
                connection,
                activity,
                at=self.clock.now(),
                inboxes=inboxes,
                is_public=not is_ephemeral,
                is_ephemeral=is_ephemeral,
            )
        return uri

    async def deliver(self) -> int:
        """Deliver all that is due."""
        return await self.courier().deliver_due()

    async def rows(
        self, table: type[Outbox | Deliveries | Destinations | ForeignInboxes]
    ) -> list[RowMapping]:
        """Return a table as it stands."""
        async with self.database.read() as connection:
            statement = select(table.__table__).order_by(*table.__table__.primary_key)
            found = await connection.execute(statement)
            return list(found.mappings().all())

    async def statuses(self) -> list[tuple[int | None, bool]]:
        """Return the last answer to each delivery in order, with whether that is the end."""
        rows = await self.rows(Deliveries)
        return [(row["status"], row["finished_at"] is not None) for row in rows]

    async def destination(self, server: SimulatedServer) -> RowMapping:
        """Return what we know of a server."""
        rows = await self.rows(Destinations)
        return next(row for row in rows if row["host"] == server.host)


class Gate:
    """An inbox at `inbox` that says when a delivery has arrived, and answers when it may."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.inbox = ""

    async def take(self, _request: web.Request) -> web.Response:
        """Hold a delivery until it may be answered."""
        self.arrived.set()
        await self.may_answer.wait()
        return web.Response(status=202)


@asynccontextmanager
async def gate() -> AsyncIterator[Gate]:
    """Open a gate on a free loopback port."""
    opened = Gate()
    app = web.Application()
    app.router.add_post("/inbox", opened.take)
    listener = socket.create_server(("127.0.0.1", 0))
    opened.inbox = f"http://gate.localhost:{listener.getsockname()[1]}/inbox"
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield opened
    finally:
        await runner.cleanup()


@asynccontextmanager
async def sender(database: Database, clock: GivenClock, folder: Path) -> AsyncIterator[Sender]:
    """Open a simulated fediverse with a server of ours in it.

    One of the simulated servers answers for ours when others ask for the author's key.
    """
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(fediverse(clock.now))
        home = world.server("delib", software="dosfed")
        author = home.actor("mairie", type="Service")
        settings = read_settings(
            {
                "DOSFED_BASE_URL": home.origin,
                "DOSFED_DATA_DIR": str(folder),
                "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
            }
        )
        await _add_author(database, clock, author.id, author.private)
        instance = Instance(base_url=home.origin)
        client = Client(settings, instance, clock, KeyRing(database))
        await stack.enter_async_context(client)
        yield Sender(world=world, database=database, clock=clock, client=client, author=author.id)


async def _add_author(database: Database, clock: GivenClock, uri: str, key: Any) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    async with database.write() as connection:
        await connection.execute(
            insert(Actors).values(
                id=uri,
                handle="mairie",
                kind="organiser",
                name="Mairie",
                summary="",
                private_key=pem,
                public_key="",
                proof_key="",
                created_at=clock.now(),
            )
        )
