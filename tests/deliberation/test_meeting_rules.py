"""Rule 8.7, and how import files tell of meetings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.meetings.rules import check_meeting, takes_place
from dosfed.deliberation.model import ActorId, ConsultationId, Refusal, Refused
from tests.conftest import START

GOOD = PlanMeeting(
    id="https://delib.example/n/0123456789abcdef",
    consultation=ConsultationId("https://delib.example/c/quais"),
    by=ActorId("https://delib.example/u/ana"),
    title="Atelier",
    place="Mairie",
    url=None,
    summary="",
    starts=START,
    ends=START + timedelta(hours=2),
)
FILE: dict[str, Any] = {
    "title": "Atelier",
    "place": "Mairie",
    "starts": "2026-03-01T18:00:00Z",
    "ends": "2026-03-01T20:00:00Z",
}
BAD: list[tuple[dict[str, Any], Refusal]] = [
    ({"title": " "}, Refusal.EMPTY),
    ({"place": " "}, Refusal.EMPTY),
    ({"title": "x" * 201}, Refusal.TOO_LONG),
    ({"place": "x" * 201}, Refusal.TOO_LONG),
    ({"summary": "x" * 20_001}, Refusal.TOO_LONG),
    ({"url": "http://visio.example"}, Refusal.BAD_LINK),
    ({"url": "https://ana@visio.example"}, Refusal.BAD_LINK),
    ({"ends": START}, Refusal.BAD_DATES),
    ({"ends": START + timedelta(days=31)}, Refusal.BAD_DATES),
    ({"starts": datetime(1999, 1, 1, tzinfo=UTC)}, Refusal.BAD_DATES),
]


@pytest.mark.rule("8.7")
def test_a_meeting_has_a_title_a_place_and_an_end() -> None:
    check_meeting(GOOD)
    check_meeting(replace(GOOD, place="", url="https://visio.example/quais"))


@pytest.mark.rule("8.7")
@pytest.mark.parametrize(("changed", "refusal"), BAD)
def test_another_is_refused(changed: dict[str, Any], refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        check_meeting(replace(GOOD, **changed))
    assert refused.value.refusal is refusal


@given(some.datetimes(timezones=some.just(UTC)), some.timedeltas())
def test_what_takes_place_begins_before_it_ends(starts: datetime, length: timedelta) -> None:
    try:
        ends = starts + length
    except OverflowError:
        return
    if takes_place(starts, ends):
        assert timedelta() < length <= timedelta(days=30)


def read(**changed: Any) -> None:
    consultation = {
        "name": "quais",
        "title": "Les quais",
        "language": "fr",
        "opens": "2026-01-01T00:00:00Z",
        "closes": "2027-01-01T00:00:00Z",
        "meetings": [{**FILE, **changed}],
    }
    organiser = {"name": "mairie", "title": "Ville"}
    document = {"dosfed": 1, "organiser": organiser, "consultations": [consultation]}
    read_import(document, now=START)


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"title": None}, "title"),
        ({"place": None}, "place"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"ends": "2026-03-01T17:00:00Z"}, "ends"),
        ({"starts": "demain"}, "starts"),
        ({"cancelled": "yes"}, "cancelled"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_file_is_told_what_is_wrong(changed: dict[str, Any], path: str) -> None:
    read()
    with pytest.raises(BadDocument, match=rf"consultations\[0\]\.meetings\[0\]\.{path}: "):
        read(**changed)
