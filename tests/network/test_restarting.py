"""A server that is handed its socket is restarted, and nobody who comes meanwhile notices."""

import asyncio
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dosfed.waits import end

# What systemd does before it runs a service (sd_listen_fds(3)).
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "dosfed", "serve"])
"""
PEOPLE = 6
RESTARTS = 2
SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A service manager with one service: what it hands over, and what it is told."""

    folder: Path
    listener: socket.socket
    told: socket.socket

    @property
    def port(self) -> int:
        """Where the service is found, whether it runs or not."""
        port: int = self.listener.getsockname()[1]
        return port

    async def start(self) -> asyncio.subprocess.Process:
        """Start the service; return once it has said that it is ready."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            HAND_OVER,
            str(self.listener.fileno()),
            pass_fds=[self.listener.fileno()],
            env={
                "PATH": os.environ["PATH"],
                "DOSFED_BASE_URL": f"http://localhost:{self.port}",
                "DOSFED_LISTEN": "127.0.0.1:1",  # where it could not listen by itself
                "DOSFED_DATA_DIR": str(self.folder),
                "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
                "NOTIFY_SOCKET": str(self.folder / "notify"),
            },
            stderr=asyncio.subprocess.PIPE,
        )
        assert await self.hear() == "READY=1"
        return process

    async def stop(self, process: asyncio.subprocess.Process) -> None:
        """Stop the service, which must end well."""
        process.send_signal(signal.SIGTERM)
        assert await self.hear() == "STOPPING=1"
        async with asyncio.timeout(SECONDS):
            _, log = await process.communicate()
        assert process.returncode == 0, log.decode()

    async def hear(self) -> str:
        """Return the next thing that the service says of itself."""
        async with asyncio.timeout(SECONDS):
            return (await asyncio.get_running_loop().sock_recv(self.told, 100)).decode()


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told,
    ):
        told.bind(str(tmp_path / "notify"))
        told.setblocking(False)  # noqa: FBT003 - how the standard library has it
        yield Manager(folder=tmp_path, listener=listener, told=told)


@dataclass(slots=True)
class Seen:
    """What people were answered, and what befell them."""

    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


async def test_a_restart_under_load_refuses_nobody_and_loses_no_request(manager: Manager) -> None:
    seen = Seen()
    process = await manager.start()
    async with _people(manager.port, seen):
        for _ in range(RESTARTS):
            await _more(seen)
            await manager.stop(process)
            process = await manager.start()
        await _more(seen)
    await manager.stop(process)

    assert seen.failures == []
    assert set(seen.statuses) == {"200"}


async def _more(seen: Seen) -> None:
    """Wait until everybody may have been answered again."""
    wanted = seen.statuses.total() + 5 * PEOPLE
    async with asyncio.timeout(SECONDS):
        while seen.statuses.total() < wanted and not seen.failures:  # noqa: ASYNC110 - they only count
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _people(port: int, seen: Seen) -> AsyncIterator[None]:
    """Let people read without end: half of them keep their connections while they may."""
    people = [asyncio.create_task(_read(port, seen, keeps=bool(i % 2))) for i in range(PEOPLE)]
    try:
        yield
    finally:
        await end(people, seconds=SECONDS)


async def _read(port: int, seen: Seen, *, keeps: bool) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                while await _ask(reader, writer, port, seen) and keeps:
                    pass
        except (OSError, asyncio.IncompleteReadError) as error:
            seen.failures.append(repr(error))
            return


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, seen: Seen
) -> bool:
    """Ask for a page; return whether the connection may be used again."""
    writer.write(f"GET /sign-up HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r")[0]))
    seen.statuses[head.split()[1].decode()] += 1
    return b"connection: close" not in head


async def test_a_descriptor_that_is_no_socket_is_said_in_one_line(manager: Manager) -> None:
    with (manager.folder / "a file").open("w") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            HAND_OVER,
            str(file.fileno()),
            pass_fds=[file.fileno()],
            env={"PATH": os.environ["PATH"], "DOSFED_DATA_DIR": str(manager.folder)},
            stderr=asyncio.subprocess.PIPE,
        )
        _, log = await process.communicate()

    assert process.returncode == 1
    assert log.decode().splitlines()[-1] == "dosfed: LISTEN_FDS: 3 is no socket"
