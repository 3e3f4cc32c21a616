"""A `dosfed serve` of its own process, on a free port of this machine."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers, with what a verb beside it needs."""

    base_url: str
    environment: Mapping[str, str]
    folder: Path


@contextmanager
def running(
    command: Sequence[str | Path], folder: Path, *, settings: Mapping[str, str]
) -> Iterator[Running]:
    """Serve from a folder until the block ends; SIGTERM must then end it well, and in time."""
    port = free_port()
    server = Running(
        base_url=f"http://localhost:{port}",
        environment={
            "PATH": os.environ["PATH"],
            "DOSFED_BASE_URL": f"http://localhost:{port}",
            "DOSFED_LISTEN": f"127.0.0.1:{port}",
            **settings,
        },
        folder=folder,
    )
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "serve"], cwd=folder, env=server.environment, stderr=subprocess.PIPE
    )
    try:
        wait_for(port, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 0, log.decode()
    assert "Traceback" not in log.decode()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the process listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1].decode()
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")
