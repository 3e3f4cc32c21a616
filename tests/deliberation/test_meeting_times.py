"""Times of meetings as people type them, on the days when the clocks change (rule 8.7)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dosfed.deliberation.meetings.rules import read_moment
from dosfed.deliberation.model import Refused

PARIS = ZoneInfo("Europe/Paris")
HOWE = ZoneInfo("Australia/Lord_Howe")  # where they change by half an hour


@pytest.mark.rule("8.7")
@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("2026-03-29T02:00", PARIS),
        ("2026-03-29T02:30", PARIS),
        ("2026-03-29T02:59", PARIS),
        ("2026-10-04T02:15", HOWE),
        ("2026-03-08T02:30", ZoneInfo("America/New_York")),
    ],
)
def test_8_7_a_time_that_the_clocks_skip_is_refused(typed: str, zone: ZoneInfo) -> None:
    with pytest.raises(Refused, match="no-such-time"):
        read_moment(typed, zone)


@pytest.mark.rule("8.7")
@pytest.mark.parametrize(
    ("typed", "zone", "moment"),
    [
        ("2026-03-29T01:59", PARIS, datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T03:00", PARIS, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # It comes twice: the first, which is still summer time, is meant.
        ("2026-10-25T02:30", PARIS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-04-05T01:45", HOWE, datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
        ("2026-07-01T18:00", PARIS, datetime(2026, 7, 1, 16, 0, tzinfo=UTC)),
    ],
)
def test_8_7_any_other_is_what_it_says(typed: str, zone: ZoneInfo, moment: datetime) -> None:
    assert read_moment(typed, zone) == moment


@pytest.mark.rule("8.7")
def test_8_7_what_is_no_time_is_refused() -> None:
    for typed in ("", "demain", "2026-02-30T10:00", "9999-12-31T23:59"):
        with pytest.raises(Refused, match="bad-dates"):
            read_moment(typed, ZoneInfo("America/Los_Angeles"))
