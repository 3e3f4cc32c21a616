"""Calendars: the dates of a consultation, or of all, for anybody's own calendar (RFC 5545)."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.deliberation.consultations.model import PhaseKind
from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.whereabouts import Whereabouts
from dosfed.shown.agendas import Agenda, VotesEnd, load_agenda, load_agendas
from dosfed.web import languages, paths, public_files
from dosfed.web.cache import Kept
from dosfed.web.rendering import TEMPLATES
from dosfed.web.services import CACHE
from dosfed.web.site import SITE

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=6)
Translate = Callable[[str, str], str]


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when written."""
    return message


PHASES = {
    PhaseKind.INFORMATION: _("Information"),
    PhaseKind.PROPOSALS: _("Proposals"),
    PhaseKind.DISCUSSION: _("Discussion"),
    PhaseKind.VOTING: _("Voting"),
}
VOTE_CLOSES = _("Vote closes: %(title)s")
VOTES_CLOSE = _("Votes close (%(number)s): %(title)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something in a calendar; `about` is the URI from which its UID is made, always the same."""

    about: str
    title: str
    url: str
    starts: datetime
    ends: datetime | None
    stamp: datetime
    place: str = ""
    is_busy: bool = False
    is_cancelled: bool = False
    licence: str | None = None  # where its text lies


async def show_instance(request: web.Request) -> web.Response:
    """GET /calendar.ics: the dates of everything that is not long over."""
    now = request.app[CLOCK].now()

    async def make() -> Kept:
        async with request.app[DATABASE].read() as connection:
            agendas = await load_agendas(connection, now=now)
        return await _write(request, request.app[SITE].site.name, agendas)

    return await _answer(request, make)


async def show_consultation(request: web.Request) -> web.Response:
    """GET /c/{address}/calendar.ics: the dates of a consultation."""

    async def make() -> Kept:
        async with request.app[DATABASE].read() as connection:
            agenda = await load_agenda(connection, request.match_info["address"])
        if agenda is None:
            raise web.HTTPNotFound
        return await _write(request, agenda.title, [agenda])

    return await _answer(request, make)


async def _answer(request: web.Request, make: Callable[[], Awaitable[Kept]]) -> web.Response:
    kept = await request.app[CACHE].get_or_make((request.path, "calendar"), make)
    return public_files.answer(request, kept.body, content_type=CONTENT_TYPE)


async def _write(request: web.Request, name: str, agendas: Sequence[Agenda]) -> Kept:
    base_url = request.app[INSTANCE].base_url
    found = [
        replace(event, licence=agenda.licence.uri) if agenda.licence else event
        for agenda in agendas
        for event in events(agenda, base_url, request.app[TEMPLATES].translate)
    ]
    # The library is slow to load, and not quick with hundreds of events.
    return Kept(body=await asyncio.to_thread(write, name, found))


def events(agenda: Agenda, base_url: str, translate: Translate) -> Iterator[Event]:
    """Yield the dates of a consultation, written in its own language where we speak it."""
    known = agenda.language in languages.LANGUAGES
    language = agenda.language if known else languages.SOURCE
    page = base_url + paths.place(agenda.place)

    def says(message: str, **values: object) -> str:
        return translate(message, language) % values if values else translate(message, language)

    yield Event(
        about=agenda.id,
        title=agenda.title,
        url=page,
        starts=agenda.opens,
        ends=agenda.closes,
        stamp=agenda.known_since,
    )
    for number, phase in enumerate(agenda.phases):
        yield Event(
            about=f"{agenda.id}#phase-{number}",
            title=f"{says(PHASES[phase.kind])} · {agenda.title}",
            url=page,
            starts=phase.opens,
            ends=phase.closes,
            stamp=agenda.known_since,
        )
    for end in agenda.votes:
        yield _closing(agenda, end, base_url, says)
    for meeting in agenda.meetings:
        yield _meeting(meeting, agenda, page)


def _closing(agenda: Agenda, end: VotesEnd, base_url: str, says: Callable[..., str]) -> Event:
    place = agenda.place
    if end.number == 1:
        place = Whereabouts(address=place.address, home=place.home, proposal=end.proposal)
        title = says(VOTE_CLOSES, title=end.title)
    else:
        title = says(VOTES_CLOSE, number=end.number, title=agenda.title)
    return Event(
        about=f"{agenda.id}#votes-{int(end.at.timestamp())}",
        title=title,
        url=base_url + paths.place(place),
        starts=end.at,
        ends=None,
        stamp=agenda.known_since,
    )


def _meeting(meeting: Meeting, agenda: Agenda, page: str) -> Event:
    return Event(
        about=meeting.id,
        title=f"{meeting.title} · {agenda.title}",
        url=meeting.url or f"{page}/meetings",
        starts=meeting.starts,
        ends=meeting.ends,
        stamp=meeting.changed_at,
        place=meeting.place,
        is_busy=True,
        is_cancelled=meeting.cancelled_at is not None,
    )


def write(name: str, found: Sequence[Event]) -> bytes:
    """Write a calendar; equal events are equal bytes, whenever it is written."""
    import icalendar  # noqa: PLC0415 - eight megabytes, for those who ask for a calendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//dosfed//dosfed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)  # RFC 7986, 5.1
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in found:
        event = icalendar.Event()
        event.add("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, one.about)))
        # 3.8.7.2: when it was last revised; the moment of writing would make each file another.
        event.add("dtstamp", _whole(one.stamp))
        event.add("summary", one.title)
        event.add("dtstart", _whole(one.starts))
        if one.ends is not None:
            event.add("dtend", _whole(one.ends))
        event.add("url", one.url)
        event.add("description", one.url)
        if one.place:
            event.add("location", one.place)
        if one.licence:
            event.add("link", one.licence, parameters={"VALUE": "URI", "LINKREL": "license"})
        event.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
        event.add("transp", "OPAQUE" if one.is_busy else "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
