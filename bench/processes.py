"""The real `dosfed serve` as a process of its own, watched from outside."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import uvloop

START_SECONDS = 30.0
STOP_SECONDS = 15.0
JUDGED_SECONDS = 300.0
Result = TypeVar("Result")
TICKS = os.sysconf("SC_CLK_TCK")


class BenchFailed(Exception):
    """Something went wrong that makes a figure meaningless."""


def run(bench: Coroutine[Any, Any, Result]) -> Result:
    """Run a bench to its end; what makes it meaningless ends the process with its reason."""
    try:
        return uvloop.run(bench)
    except BenchFailed as failure:
        sys.exit(f"failed: {failure}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An instance to be measured: where it lies and with which settings it runs."""

    folder: Path
    port: int
    environment: Mapping[str, str]

    @property
    def base_url(self) -> str:
        """The origin of all its ids."""
        return f"http://home.localhost:{self.port}"

    @property
    def host(self) -> str:
        """The host of all its ids."""
        return f"home.localhost:{self.port}"


def make_home(folder: Path, **settings: str) -> Home:
    """Return an instance on a free loopback port, its data in the folder."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    given = {f"DOSFED_{name.upper()}": value for name, value in settings.items()}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DOSFED_")},
        "DOSFED_BASE_URL": f"http://home.localhost:{port}",
        "DOSFED_LISTEN": f"127.0.0.1:{port}",
        "DOSFED_DATA_DIR": str(folder),
        "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
        **given,
    }
    return Home(folder=folder, port=port, environment=environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running instance."""

    home: Home
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time it has taken, its threads included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_megabytes(self) -> float:
        """Return the memory it occupies now."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def running(home: Home) -> AsyncIterator[Server]:
    """Run `dosfed serve` until the block ends; it must then leave by itself, with code 0."""
    log = home.folder / "serve.log"
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *_command("serve"), env=dict(home.environment), stdout=stderr, stderr=stderr
        )
    try:
        await _wait_until_ready(home, process, log)
        yield Server(home=home, pid=process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            code = -1
    if code:
        raise BenchFailed(f"serve ended with {code}:\n{_tail(log)}")


async def _wait_until_ready(home: Home, process: asyncio.subprocess.Process, log: Path) -> None:
    until = monotonic() + START_SECONDS
    while not await is_ready(home):
        if process.returncode is not None or monotonic() > until:
            raise BenchFailed(f"serve did not start:\n{_tail(log)}")
        await asyncio.sleep(0.005)


async def is_ready(home: Home) -> bool:
    """Whether it answers a request for NodeInfo."""
    try:
        status, _ = await ask(home, "/nodeinfo/2.0", "application/json")
    except OSError:
        return False
    return status == 200


async def ask(home: Home, path: str, accept: str) -> tuple[int, bytes]:
    """GET a path on a connection of its own; return status and body."""
    header, body = await ask_whole(home, path, accept)
    return int(header[9:12] or b"0"), body


async def ask_whole(home: Home, path: str, accept: str) -> tuple[bytes, bytes]:
    """GET a path on a connection of its own; return header and body as they came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
    with closing(writer):
        head = f"GET {path} HTTP/1.1\r\nHost: {home.host}\r\nAccept: {accept}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode("ascii"))
        answer = await reader.read(-1)
    header, _, body = answer.partition(b"\r\n\r\n")
    return header, body


async def ask_json(home: Home, path: str, accept: str = "application/json") -> Any:
    """GET a JSON document, or raise `BenchFailed`."""
    status, body = await ask(home, path, accept)
    if status != 200:
        raise BenchFailed(f"{path} answered {status}")
    return json.loads(body)


async def run_verb(home: Home, *arguments: str) -> list[dict[str, Any]]:
    """Run a verb of `dosfed`; return the JSON lines it prints."""
    process = await asyncio.create_subprocess_exec(
        *_command(*arguments),
        env=dict(home.environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    if process.returncode:
        raise BenchFailed(f"dosfed {arguments[0]}: {error.decode()}")
    return [json.loads(line) for line in out.splitlines()]


async def import_document(home: Home, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Import a consultation; return a line for each thing made."""
    path = home.folder / "import.json"
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return await run_verb(home, "import", str(path))


def query(home: Home, statement: str, *values: object) -> list[Any]:
    """Read from the server's database, from outside."""
    path = f"file:{home.folder / 'dosfed.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True, timeout=10)) as connection:
        return connection.execute(statement, values).fetchall()


async def wait_until_judged(home: Home) -> float:
    """Wait until nothing that came in is unjudged; return when that was."""
    await wait_until_none(home, "SELECT count(*) FROM inbox WHERE outcome IS NULL")
    return monotonic()


async def wait_until_idle(home: Home) -> None:
    """Wait until all is judged and delivered."""
    await wait_until_judged(home)
    await wait_until_none(home, "SELECT count(*) FROM deliveries WHERE finished_at IS NULL")


async def wait_until_none(home: Home, statement: str) -> None:
    """Wait until a statement counts nothing."""
    until = monotonic() + JUDGED_SECONDS
    while (left := query(home, statement)[0][0]) > 0:
        if monotonic() > until:
            raise BenchFailed(f"{left} left after {JUDGED_SECONDS:.0f} s: {statement}")
        await asyncio.sleep(0.01)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dosfed", *arguments]


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-20:])
