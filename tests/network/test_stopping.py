"""Servers that are told to stop at random moments, while others read pages and send acts."""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from aiohttp import ClientError

from dosfed.waits import end
from tests.network.running import reserved_port
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.servers import Behaviour

# By hand, DOSFED_TEST_STOPS=400 shows more.
STOPS = int(os.environ.get("DOSFED_TEST_STOPS", "20"))
AT_ONCE = 4
# Each turn of the server's loop takes long then, and much happens in it at once.
READERS = 24
SENDERS = 6
START_SECONDS = 60.0
MOST_SECONDS = 15.0  # ten are promised; the machine may be busy


async def test_a_server_under_load_ends_in_time_whenever_it_is_told_to(
    tmp_path: Path, template: str
) -> None:
    chance = random.Random()  # noqa: S311 - moments
    async with fediverse() as world:
        world.server("silent").documents = Behaviour(is_silent=True)
        for first in range(0, STOPS, AT_ONCE):
            folders = [tmp_path / str(first + number) for number in range(AT_ONCE)]
            stops = (_stop_one(world, folder, template, chance) for folder in folders)
            await asyncio.gather(*stops)
            for folder in folders:
                shutil.rmtree(folder)


async def _stop_one(world: Fediverse, folder: Path, template: str, chance: random.Random) -> None:
    """Start a server, and stop it under load: it ends well, by itself, in time."""
    _prepare(folder, template)
    with reserved_port() as port:
        async with _serving(folder, port) as process, _load(world, folder.name, port, chance):
            await asyncio.sleep(chance.uniform(0.0, 1.0))
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(MOST_SECONDS):
                _, log = await process.communicate()
    said = log.decode()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "late" not in said, said


def _prepare(folder: Path, template: str) -> None:
    folder.mkdir()
    if Path(template).is_file():  # tables that are made need not be made each time
        shutil.copyfile(template, folder / "dosfed.sqlite3")


@asynccontextmanager
async def _serving(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dosfed",
        "serve",
        env={
            "PATH": os.environ["PATH"],
            "DOSFED_BASE_URL": f"http://localhost:{port}",
            "DOSFED_LISTEN": f"127.0.0.1:{port}",
            "DOSFED_DATA_DIR": str(folder),
            "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def _load(
    world: Fediverse, name: str, port: int, chance: random.Random
) -> AsyncIterator[None]:
    """Let some people send acts without end, and others read; return once an act was taken."""
    is_taken = asyncio.Event()
    actors = [world.server(f"s{name}").actor(f"p{number}") for number in range(SENDERS)]
    people = [asyncio.create_task(_send(world, actor, port, is_taken, chance)) for actor in actors]
    try:
        async with asyncio.timeout(START_SECONDS):
            await is_taken.wait()
        people += [asyncio.create_task(_read(port)) for _ in range(READERS)]
        yield
    finally:
        await end(people, seconds=START_SECONDS)


async def _read(port: int) -> None:
    request = f"GET /sign-up HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
    with suppress(OSError, asyncio.IncompleteReadError):  # until it is gone
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            while True:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                await reader.readexactly(int(length or 0))


async def _send(
    world: Fediverse,
    actor: SimulatedActor,
    port: int,
    is_taken: asyncio.Event,
    chance: random.Random,
) -> None:
    base_url = f"http://localhost:{port}"
    # What somebody says after this is not judged for a minute: the judge only hears of it.
    act = actor.reply(f"{world.server('silent').origin}/notes/1", f"{base_url}/actor", "Oui.")
    while True:
        try:
            status = await world.post(actor, f"{base_url}/inbox", act)
        except (ClientError, OSError):  # it does not listen yet, or no longer
            status = 0
        if status == 202:
            is_taken.set()
            act = actor.like(f"{base_url}/p/none")
        await asyncio.sleep(chance.uniform(0.0, 0.1))
