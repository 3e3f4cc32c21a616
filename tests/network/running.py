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

# On a machine that is busy.
START_SECONDS = 60
STOP_SECONDS = 30


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
    with reserved_port() as port:
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


@contextmanager
def reserved_port() -> Iterator[int]:
    """Keep a port that nobody else is given; who is told of it can listen there all the same."""
    with socket.socket() as kept:
        # Linux lets two sockets have one address if both say so, and one of them listens.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


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
