"""A database that is away fills no log."""

import pytest

from dosfed.storage.troubles import Troubles


class Minutes:
    """Seconds that only a test counts."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_one_line_a_minute_is_told_and_the_others_are_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = Minutes()
    troubles = Troubles(now)
    for second in range(120):
        now.seconds = second
        troubles.note(OSError("the disk is full"), where="inbox")
    now.seconds = 500.0
    troubles.note(TimeoutError(), where="deliveries")

    lines = [line for line in capsys.readouterr().out.splitlines() if "database failed" in line]
    assert len(lines) == 3
    assert "the disk is full" in lines[0]
    assert "untold" in lines[1]
    assert "59" in lines[1]
    assert "TimeoutError" in lines[2]
