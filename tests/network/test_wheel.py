"""The wheel alone is a server: templates, static files and migrations are inside."""

import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.network.running import running

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def dosfed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `dosfed` of an environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    # Dependencies come from here, dosfed does not: what links to the checkout is not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    options = ["--no-index", "--no-deps", "--ignore-installed"]
    subprocess.run(  # noqa: S603 - our own interpreter
        [*pip, "install", *options, str(wheel)], check=True, capture_output=True
    )
    return folder / "bin" / "dosfed"


def test_the_wheel_holds_what_is_not_code(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    for path in (
        "dosfed/templates/base.html",
        "dosfed/storage/migrations/env.py",
        "dosfed/storage/migrations/versions/0001_first_tables.py",
    ):
        assert path in names
    assert any(name.startswith("dosfed/static/") for name in names)
    assert not any(name.startswith(("tests/", "bench/")) for name in names)


def test_the_wheel_holds_every_template_and_translation(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    for folder in ("templates", "static", "dosfed/translations"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                inside = path.relative_to(ROOT).as_posix()
                assert f"dosfed/{inside.removeprefix('dosfed/')}" in names


def test_a_server_runs_from_the_wheel_alone(dosfed: Path, tmp_path: Path) -> None:
    with (
        running([dosfed], tmp_path, settings={}) as server,
        urllib.request.urlopen(f"{server.base_url}/") as answer,  # noqa: S310 - on loopback
    ):
        page = answer.read().decode()

    assert answer.status == 200
    assert "<html" in page
