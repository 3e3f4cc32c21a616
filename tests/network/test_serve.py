"""`dosfed serve` as a process of its own, with verbs beside it."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.network.running import Running, running

DOSFED = (sys.executable, "-m", "dosfed")
SAMPLE = Path(__file__).parents[2] / "dosfed" / "samples" / "quais.json"
SHOWN_SECONDS = 30


@pytest.fixture
def server(tmp_path: Path, empty_database_url: str) -> Iterator[Running]:
    settings = {
        "DOSFED_DATABASE_URL": empty_database_url,
        "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
    }
    with running(DOSFED, tmp_path, settings=settings) as server:
        yield server


def verb(server: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*DOSFED, *arguments],
        cwd=server.folder,
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def get_json(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - on loopback
        read: dict[str, Any] = json.load(answer)
    return read


def test_a_server_told_to_stop_as_soon_as_it_listens_ends_well(server: Running) -> None:
    assert server.base_url  # `running` has stopped it by the end, and looked how it ended


def test_the_doctor_finds_a_running_server_well(server: Running) -> None:
    ended = verb(server, "doctor")

    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["name"] for line in lines if line["ok"]] == [
        "settings",
        "database",
        "team",
        "clock",
        "webfinger",
        "actor",
    ]
    assert (ended.returncode, ended.stderr) == (0, "")


def test_what_is_imported_beside_it_is_served(server: Running) -> None:
    assert verb(server, "import", str(SAMPLE)).returncode == 0

    tallies = get_json(f"{server.base_url}/c/quais/tallies.json")
    assert set(tallies["proposals"][0]) == {
        "id",
        "poll",
        "closed",
        "options",
        "voters",
        "origins",
    }
    actor = urllib.request.Request(  # noqa: S310 - on loopback
        f"{server.base_url}/c/quais", headers={"Accept": "application/activity+json"}
    )
    with urllib.request.urlopen(actor) as answer:  # noqa: S310 - on loopback
        assert json.load(answer)["type"] == "Group"


def test_a_page_seen_before_shows_what_another_process_changed(server: Running) -> None:
    def home() -> str:
        with urllib.request.urlopen(f"{server.base_url}/") as answer:  # noqa: S310 - on loopback
            page: bytes = answer.read()
            return page.decode()

    assert "quais" not in home()
    verb(server, "import", str(SAMPLE))

    deadline = time.monotonic() + SHOWN_SECONDS
    while "/c/quais" not in home():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_one_worker_at_a_time_on_sqlite(server: Running) -> None:
    if not server.environment["DOSFED_DATABASE_URL"].startswith("sqlite"):
        pytest.skip("on PostgreSQL workers share")

    ended = verb(server, "worker")

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("dosfed: another worker already runs on ")


def test_an_address_in_use_is_said_in_one_line(server: Running, tmp_path: Path) -> None:
    other = Running(
        base_url=server.base_url,
        environment={
            **server.environment,
            "DOSFED_DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}",
            "DOSFED_DATA_DIR": str(tmp_path / "other"),
        },
        folder=tmp_path,
    )

    ended = verb(other, "serve")

    assert ended.returncode == 1
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
