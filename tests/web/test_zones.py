"""Time zones: an operator sets one, and everything that tells a time tells its time."""

import re
from typing import Any

import pytest

from dosfed.accounts.site import PREFIX, load_site, load_zone
from dosfed.accounts.zones import OF_SERVER, known_zones, zone_of
from dosfed.deliberation.model import Role
from dosfed.storage.schema import Kept
from dosfed.storage.statements import upsert
from dosfed.web.languages import LANGUAGES
from dosfed.web.zones import zones_by_area
from tests.web.keeping_up.test_digests import argue, reader, send
from tests.web.site import JSON, Answer, Browser, Site, path_of

MEETINGS = "/c/quais/meetings"
SET: dict[str, Any] = {
    "name": "Sauveterre",
    "accent": "#125760",
    "accent_dark": "#8fd0d8",
    "sign_up": "open",
    "second_factor": "nobody",
    "conformity": "none",
}
pytestmark = pytest.mark.usefixtures("proposals")
TIME = re.compile(r'<time datetime="([^"]*)">([^<]*)</time>')


@pytest.fixture
async def operator(site: Site) -> Browser:
    """The browser of an operator."""
    return await site.signed_in("ana", Role.OPERATOR)


async def move_to(operator: Browser, zone: str) -> Answer:
    return await operator.submit("/admin/site", "/admin/site", **SET, time_zone=zone)


async def closing(site: Site, path: str) -> set[str]:
    """Return how a page writes the end of the votes, midnight in UTC."""
    page = await site.browser().get(path)
    return {text for moment, text in TIME.findall(page.text) if moment == "2026-07-01T00:00:00Z"}


async def test_every_page_tells_the_time_of_the_zone_at_once(
    site: Site, operator: Browser, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])
    assert any("0:00 (UTC)" in text for text in await closing(site, path))

    for zone, day, clock in (
        ("Europe/Paris", "1 July 2026", "02:00 (UTC+2)"),
        ("America/Argentina/Buenos_Aires", "30 June 2026", "21:00 (UTC\N{MINUS SIGN}3)"),
        ("Asia/Kolkata", "1 July 2026", "05:30 (UTC+5:30)"),
    ):
        assert "Saved." in (await move_to(operator, zone)).words
        told = await closing(site, path)
        assert any(day in text and clock in text for text in told), (zone, told)
        form = await operator.get("/admin/site")
        assert f'<option value="{zone}" selected>' in form.text


async def test_arguments_that_were_kept_rendered_tell_the_new_time_too(
    site: Site, operator: Browser, proposals: dict[str, str]
) -> None:
    site.clock.advance(hours=11)
    await argue(operator, proposals["quais"], "De l'air.")
    path = path_of(proposals["quais"])
    before = (await site.browser().get(path)).words
    await move_to(operator, "Pacific/Kiritimati")

    assert (await site.browser().get(path)).words != before


async def test_a_meeting_is_entered_shown_and_sent_in_the_zone(
    site: Site, operator: Browser
) -> None:
    await move_to(operator, "America/Santiago")
    form = await operator.get(MEETINGS)
    assert "where it is now" in form.words
    assert "(UTC\N{MINUS SIGN}4)" in form.words
    fields: dict[str, Any] = {"title": "Atelier", "place": "Mairie", "url": "", "summary": ""}
    fields |= {"starts": "2026-06-01T18:00", "ends": "2026-06-01T20:00"}
    token = "abcdefgh01234567"
    await operator.submit(MEETINGS, MEETINGS, id=token, **fields)

    page = await site.browser().get(MEETINGS)
    assert 'datetime="2026-06-01T22:00:00Z"' in page.text
    assert "18:00 \N{EN DASH} 20:00 (UTC\N{MINUS SIGN}4)" in page.words
    note = await site.browser().get(f"/n/{token}", accept=JSON)
    assert "2026-06-01 18:00 \N{EN DASH} 20:00 (UTC-04:00)" in note.text
    assert '"startTime":"2026-06-01T22:00:00Z"' in note.text
    calendar = await site.browser().get("/c/quais/calendar.ics")
    assert "DTSTART:20260601T220000Z" in calendar.text
    changing = await operator.get(f"{MEETINGS}?change={token}")
    assert 'value="2026-06-01T18:00"' in changing.text


async def test_digests_leave_at_seven_of_that_morning(
    site: Site, operator: Browser, proposals: dict[str, str]
) -> None:
    """The test begins at noon in UTC: midnight of the next day in Auckland."""
    await move_to(operator, "Pacific/Auckland")
    await reader(site, "luis")
    site.clock.advance(hours=1)
    await argue(operator, proposals["quais"], "Oui.")
    site.clock.advance(hours=5)
    assert await send(site) == 0
    site.clock.advance(hours=2)

    assert await send(site) == 1


async def test_a_zone_that_the_machine_lost_is_the_server_s_own(site: Site) -> None:
    lost = [{"name": f"{PREFIX}time_zone", "value": '"Europe/Atlantis"'}]
    async with site.database.write() as connection:
        await upsert(connection, Kept, lost, key=("name",), update=("value",))
    async with site.database.read() as connection:
        assert await load_zone(connection) is OF_SERVER
        assert (await load_site(connection, "x")).zone is OF_SERVER


@pytest.mark.parametrize("name", ["", "nowhere", "/etc/passwd", "Europe", "a\x00b", "x" * 5_000])
def test_what_is_no_zone_is_the_server_s_own(name: str) -> None:
    assert zone_of(name) is OF_SERVER


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_zone_is_offered_once_by_the_name_of_its_place(language: str) -> None:
    offered = zones_by_area(language)
    zones = [zone for area in offered.values() for zone in area]
    names = {zone.name for zone in zones}

    assert len(names) == len(zones)
    assert names <= known_zones()
    assert {"Europe/Paris", "America/Argentina/Buenos_Aires", "Europe/Kyiv"} <= names
    assert not names & {"Europe/Kiev", "America/Buenos_Aires", "UTC", "US/Pacific"}
    for area in offered.values():
        assert len({zone.place for zone in area}) == len(area)


def test_places_are_called_as_people_call_them() -> None:
    places = {zone.name: zone.place for area in zones_by_area("fr").values() for zone in area}

    assert places["Africa/Cairo"] == "Le Caire"
    assert places["America/Argentina/Buenos_Aires"] == "Buenos Aires"
