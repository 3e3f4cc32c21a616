"""Measure how fast one post goes out to many inboxes on many hosts.

The receiving servers are one process of their own, and every host keeps its connection.
CPU time is that of the sending process, which does nothing but our server's work.

    python -m bench.fanout --inboxes 2000 --hosts 400 --rounds 7
"""

import argparse
import asyncio
import logging
import multiprocessing
import re
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import structlog
import uvloop
from sqlalchemy import func, insert, select

from bench.figures import at_least, note, show
from bench.processes import BenchFailed, run
from dosfed.activitypub import outbox, recipients
from dosfed.activitypub.client import Client
from dosfed.activitypub.delivery import Courier
from dosfed.activitypub.keys import KeyRing, make_rsa_key
from dosfed.activitypub.signatures import sign
from dosfed.activitypub.tables import Actors, Deliveries, Followers
from dosfed.instance import Instance
from dosfed.settings import read_settings
from dosfed.storage.clock import SystemClock
from dosfed.storage.engine import Database, open_database
from dosfed.storage.schema import Table

BASE_URL = "http://delib.localhost:1"
GROUP = f"{BASE_URL}/c/quais"
SIGNATURES = 200
LENGTH = re.compile(rb"(?i)content-length: *([0-9]+)")
TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
TEXT = "<p>Fermer les quais aux voitures du vendredi soir au lundi matin ?</p>" * 20


@dataclass(frozen=True, kw_only=True)
class Server:
    """What runs in a server process, as far as sending goes."""

    database: Database
    courier: Courier
    keys: KeyRing


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one post cost, and signatures alone per CPU second at that moment."""

    deliveries: int
    wall: float
    cpu: float
    signatures: float


class Inbox(asyncio.Protocol):
    """A connection of a server that takes whatever comes in, and counts it."""

    def __init__(self, received: Any) -> None:
        self._received = received
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if separator and length and len(body) >= int(length[1]) and self._transport:
            self._buffer = b""
            self._received.value += 1
            self._transport.write(TAKEN)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fan one post out, and measure.")
    parser.add_argument("--inboxes", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--database", default="", help="a PostgreSQL URL; SQLite unless given")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with receiving() as (port, received):
        figures = run(measure(options, port))
        sent = sum(item.deliveries for item in figures)
        if received.value != sent:
            raise SystemExit(f"{sent} deliveries were sent, {received.value} arrived")
    report(options, figures[1:])  # the first opened the connections


@contextmanager
def receiving() -> Iterator[tuple[int, Any]]:
    """Run the receiving servers; yield their port, and the count of what reached them."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    context = multiprocessing.get_context("spawn")
    received = context.Value("L", 0)
    receiver = context.Process(target=receive, args=(listener, received), daemon=True)
    receiver.start()
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield port, received
    finally:
        receiver.terminate()
        receiver.join()


def receive(listener: socket.socket, received: Any) -> None:
    """Be all the servers that follow us, until terminated."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Inbox(received), sock=listener)
        await server.serve_forever()

    uvloop.run(serve())


async def measure(options: argparse.Namespace, port: int) -> list[Figures]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_server(Path(folder), options.database) as server:
            await add_followers(server.database, options, port)
            return [await post(server, number) for number in range(options.rounds + 1)]


@asynccontextmanager
async def open_server(folder: Path, database_url: str) -> AsyncIterator[Server]:
    settings = read_settings(
        {
            "DOSFED_BASE_URL": BASE_URL,
            "DOSFED_DATA_DIR": str(folder),
            "DOSFED_DATABASE_URL": database_url,
            "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
        }
    )
    database = open_database(settings.database_url)
    async with database.write() as connection:
        await connection.run_sync(Table.metadata.drop_all)
        await connection.run_sync(Table.metadata.create_all)
    clock, keys = SystemClock(), KeyRing(database)
    async with Client(settings, Instance(base_url=BASE_URL), clock, keys) as client:
        courier = Courier(database, client, keys, clock)
        yield Server(database=database, courier=courier, keys=keys)
    await database.dispose()


async def add_followers(database: Database, options: argparse.Namespace, port: int) -> None:
    private, public = make_rsa_key()
    now = datetime.now(UTC)
    hosts = [f"h{number}.localhost:{port}" for number in range(options.hosts)]
    followers = [
        f"http://{hosts[number % options.hosts]}/users/u{number}"
        for number in range(options.inboxes)
    ]
    async with database.write() as connection:
        await connection.execute(
            insert(Actors).values(
                id=GROUP,
                handle="quais",
                kind="consultation",
                name="Quais",
                summary="",
                private_key=private,
                public_key=public,
                proof_key="",
                created_at=now,
            )
        )
        await connection.execute(
            insert(Followers),
            [
                {
                    "actor": GROUP,
                    "follower": follower,
                    "follow_id": f"{follower}#follow",
                    "host": follower.split("/")[2],
                    "inbox": f"{follower}/inbox",
                    "since": now,
                }
                for follower in followers
            ],
        )


async def post(server: Server, number: int) -> Figures:
    """Publish one post, from the act's transaction until the last answer is written down."""
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{BASE_URL}/activities/{number}",
        "type": "Create",
        "actor": GROUP,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"{GROUP}/followers"],
        "object": {"id": f"{BASE_URL}/p/{number}", "type": "Note", "content": TEXT},
    }
    signatures = await signatures_alone(server.keys)
    wall, cpu = time.perf_counter(), time.process_time()
    async with server.database.write() as connection:
        inboxes = await recipients.follower_inboxes(connection, [GROUP])
        await outbox.put(connection, activity, at=datetime.now(UTC), inboxes=inboxes)
    deliveries = await server.courier.deliver_due()
    figures = Figures(
        deliveries=deliveries,
        wall=time.perf_counter() - wall,
        cpu=time.process_time() - cpu,
        signatures=signatures,
    )
    async with server.database.read() as connection:
        waiting = select(func.count()).where(Deliveries.finished_at.is_(None))
        if (await connection.execute(waiting)).scalar_one():
            raise BenchFailed("some deliveries failed")
    return figures


async def signatures_alone(keys: KeyRing) -> float:
    """Return how many signatures this machine makes per CPU second, and nothing else."""
    signer = await keys.signer(GROUP)
    headers = {"host": "h1.localhost", "date": "", "digest": "", "content-type": ""}
    cpu = time.process_time()
    for _ in range(SIGNATURES):
        sign(signer, method="POST", target="/inbox", headers=headers)
    return SIGNATURES / (time.process_time() - cpu)


def report(options: argparse.Namespace, figures: list[Figures]) -> None:
    note(f"one post to {options.inboxes} inboxes on {options.hosts} hosts")
    show(
        "fan-out: deliveries per CPU second of the server",
        [item.deliveries / item.cpu for item in figures],
        at_least(2_000),
    )
    show("fan-out: deliveries per second", [item.deliveries / item.wall for item in figures])
    show("for comparison: signatures alone per CPU second", [item.signatures for item in figures])


if __name__ == "__main__":
    main()
