"""Meetings: planned by organisers, seen by everybody, in their calendars as well."""

import re
from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from dosfed.deliberation.meetings.tables import Meetings
from dosfed.deliberation.model import Role
from tests.web.site import JSON, Answer, Browser, Site, path_of

PLACE = "/c/quais/meetings"
GOOD: dict[str, Any] = {
    "title": "Atelier « quais »",
    "place": "Mairie, salle 2",
    "url": "https://visio.example/quais",
    "starts": "2026-06-01T18:00",
    "ends": "2026-06-01T20:00",
    "summary": "Ouvert à **toutes**.",
}
pytestmark = pytest.mark.usefixtures("proposals")
TOKEN = re.compile(r'name="id" value="(\w{16})"')


async def plan(browser: Browser, **changed: str) -> Answer:
    opened = await browser.get(PLACE)
    found = TOKEN.findall(opened.text)
    fields: dict[str, Any] = {"id": found[-1], **GOOD, **changed}
    return await browser.submit(PLACE, PLACE, **fields)


def events(answer: Answer) -> list[icalendar.Event]:
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(answer.text).events


async def test_an_organiser_plans_changes_and_cancels_a_meeting(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    planned = await plan(team)
    assert "The meeting has been announced." in planned.words
    assert "Mairie, salle 2" in (await site.browser().get(PLACE)).words

    token = re.search(r"\?change=(\w{16})", planned.text)
    assert token is not None
    form = await team.get(f"{PLACE}?change={token[1]}")
    assert 'value="Atelier « quais »"' in form.text
    await team.submit(PLACE, PLACE, id=token[1], **{**GOOD, "place": "Gymnase"})
    page = await site.browser().get(PLACE)
    assert "Gymnase" in page.words
    assert "salle 2" not in page.words

    await team.submit(PLACE, f"{PLACE}/cancel", id=token[1])
    assert "Cancelled" in (await site.browser().get(PLACE)).words
    calendar = events(await site.browser().get("/c/quais/calendar.ics"))
    assert [str(event["STATUS"]) for event in calendar].count("CANCELLED") == 1
    again = await team.submit(PLACE, f"{PLACE}/cancel", id="0123456789abcdef")
    assert again.status == 404


@pytest.mark.rule("8.7")
async def test_a_form_sent_twice_plans_one_meeting(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    for _ in range(2):
        await team.submit(PLACE, PLACE, id="abcdefgh01234567", **GOOD)

    async with site.database.read() as connection:
        assert len((await connection.execute(select(Meetings.id))).all()) == 1


@pytest.mark.rule("5.2", "8.7")
async def test_only_organisers_plan_whatever_the_menu_shows(site: Site) -> None:
    for name, role in (("ana", Role.CITIZEN), ("fac", Role.FACILITATOR)):
        browser = await site.signed_in(name, role)
        assert "Plan a meeting" not in (await browser.get(PLACE)).words
        sent = await browser.submit(PLACE, PLACE, id="abcdefgh01234567", **GOOD)
        assert sent.status == 403
        sent = await browser.submit(PLACE, f"{PLACE}/cancel", id="abcdefgh01234567")
        assert sent.status == 403
    stranger = await site.browser().post(PLACE, list(GOOD.items()))
    assert stranger.status == 403
    assert "Atelier" in stranger.text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"place": "", "url": ""}, "place"),
        ({"place": "x" * 201}, "place"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "http://visio.example"}, "url"),
        ({"starts": ""}, "starts"),
        ({"starts": "demain"}, "starts"),
        ({"starts": "0001-01-01T00:00"}, "starts"),
        ({"ends": "9999-12-31T23:59"}, "starts"),
        ({"ends": "2026-06-01T17:00"}, "starts"),
        ({"ends": "2026-09-01T17:00"}, "starts"),
        ({"summary": "x" * 20_001}, "summary"),
    ],
)
async def test_a_bad_form_says_what_is_wrong_and_keeps_the_rest(
    site: Site, changed: dict[str, str], field: str
) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    answer = await plan(team, **changed)

    assert answer.status == 422
    assert f'aria-describedby="meeting-{field}-error"' in answer.text or (
        f'id="meeting-{field}-error"' in answer.text
    )
    assert GOOD["summary"] in answer.text or "summary" in changed


async def test_what_is_typed_is_shown_as_text(site: Site) -> None:
    team = await site.signed_in("team", Role.ORGANISER)
    await plan(team, title="<script>x</script>\u202egnp", place='"><b>', summary="<i>x</i>")

    page = await site.browser().get(PLACE)

    assert "<script>x" not in page.text
    assert "&lt;script&gt;" in page.text
    assert '"><b>' not in page.text


async def test_followers_hear_of_a_meeting_and_others_read_it(site: Site) -> None:
    team, ana = await site.signed_in("team", Role.ORGANISER), await site.signed_in("ana")
    target = f"{site.base_url}/c/quais"
    await ana.submit("/notices", "/subscriptions", target=target, subscribe="1")
    planned = await plan(team)
    found = re.search(r"\?change=(\w{16})", planned.text)
    assert found is not None

    notices = await ana.get("/notices")
    assert "A meeting of Fermer les quais aux voitures ? has been announced" in notices.words
    note = await site.browser().get(f"/n/{found[1]}", accept=JSON)
    assert '"startTime"' in note.text
    assert "Atelier" in note.text
    person = await site.browser().get(f"/n/{found[1]}")
    assert path_of(person.url).startswith(PLACE)
    assert (await site.browser().get("/n/0123456789abcdef")).status == 404


async def test_a_calendar_holds_phases_votes_and_meetings(site: Site) -> None:
    await site.import_(
        {
            "dosfed": 1,
            "organiser": {"name": "mairie", "title": "Ville"},
            "consultations": [
                {
                    "name": "parc",
                    "title": "Un parc ; et, plus\\",
                    "language": "es",
                    "opens": "2026-01-01T00:00:00Z",
                    "closes": "2027-01-01T00:00:00Z",
                    "phases": [
                        {
                            "kind": "proposals",
                            "opens": "2026-01-01T00:00:00Z",
                            "closes": "2026-06-01T00:00:00Z",
                        }
                    ],
                }
            ],
        }
    )
    team = await site.signed_in("team", Role.ORGANISER)
    await plan(team)

    quais = events(await site.browser().get("/c/quais/calendar.ics"))
    everything = await site.browser().get("/calendar.ics")
    every = events(everything)

    ends = [event for event in quais if "DTEND" not in event]
    assert [event.DTSTART for event in ends] == [datetime(2026, 7, 1, tzinfo=UTC)]
    assert "5" in str(ends[0]["SUMMARY"])
    meeting = next(event for event in quais if "LOCATION" in event)
    assert str(meeting["LOCATION"]) == "Mairie, salle 2"
    assert any("Un parc ; et, plus\\" in str(event["SUMMARY"]) for event in every)
    assert len(every) == len(quais) + 2
    assert len({str(event["UID"]) for event in every}) == len(every)
    site.clock.advance(hours=1)
    site.forget()
    assert (await site.browser().get("/calendar.ics")).text == everything.text


async def test_there_is_no_calendar_of_nothing(site: Site) -> None:
    assert (await site.browser().get("/c/none/calendar.ics")).status == 404
    assert (await site.browser().get("/c/none/meetings")).status == 404
