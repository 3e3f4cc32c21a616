"""`make install` says in one line what the machine lacks."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A Python that is like ours, save for one thing.
WITHOUT_VENV = """#!/bin/sh
case "$2" in *ensurepip*) exit 1;; esac
exec {python} "$@"
"""
TOO_OLD = """#!/bin/sh
case "$*" in *version_info*) exit 1;; -V) echo Python 3.9.2; exit;; esac
exec {python} "$@"
"""


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (WITHOUT_VENV, "the module venv is not complete: apt install python3-venv"),
        (
            TOO_OLD,
            "dosfed needs Python 3.11 or later, this is Python 3.9.2: make PYTHON=python3.11",
        ),
        (None, "no {python}: apt install python3 python3-venv"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, script: str | None, complaint: str
) -> None:
    python = tmp_path / "python"
    if script is not None:
        python.write_text(script.format(python=sys.executable), encoding="utf-8")
        python.chmod(0o755)

    ended = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "tools" / "install"],
        env={"PYTHON": str(python), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == f"make install: {complaint.format(python=python)}\n"
    assert not (tmp_path / ".venv").exists()
