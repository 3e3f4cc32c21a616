"""Meetings: their page, and the form in which organisers plan them."""

import re
from dataclasses import dataclass, replace
from datetime import tzinfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.context import DATABASE, INSTANCE
from dosfed.deliberation.meetings.kept import Meeting, load_meeting, load_meetings
from dosfed.deliberation.meetings.model import CancelMeeting, PlanMeeting
from dosfed.deliberation.meetings.rules import read_moment
from dosfed.deliberation.model import ActorId, ConsultationId, Refusal, Refused
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH
from dosfed.deliberation.whereabouts import find_whereabouts
from dosfed.instance import random_token
from dosfed.shown.consultations import ConsultationHead, load_head
from dosfed.shown.viewers import View
from dosfed.web import objects, pages, paths
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.site import SITE

TOKEN = re.compile(r"[a-z0-9]{16}")
FIELDS = ("title", "place", "url", "summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingsPage:
    """Everything templates/meetings/show.html may use.

    `token` names the meeting that the form is about, so that sending it twice makes one.
    """

    head: ConsultationHead
    coming: tuple[Meeting, ...]
    past: tuple[Meeting, ...]
    may_plan: bool
    form: Form
    token: str
    is_new: bool


async def show(request: web.Request) -> web.Response:
    """GET /c/{address}/meetings: when and where it meets; `change` opens one in the form."""
    token = request.query.get("change", "")
    token = token if TOKEN.fullmatch(token) else ""
    if not token:
        return await pages.answer(request, _loader(request))
    return await pages.answer_now(
        request, _loader(request, token=token), await pages.visitor_of(request)
    )


async def lead(request: web.Request) -> web.Response:
    """GET /n/{id}: people see a meeting on its consultation's page."""
    if wants_json(request):
        return await objects.show(request)
    meeting = request.app[INSTANCE].note(request.match_info["id"])
    async with request.app[DATABASE].read() as connection:
        found = await load_meeting(connection, meeting)
        place = await find_whereabouts(connection, found.consultation) if found else None
    if place is None:
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(f"{paths.place(place)}/meetings#{request.match_info['id']}")


async def plan(request: web.Request) -> web.Response:
    """POST /c/{address}/meetings: `id`, `title`, `place`, `url`, `starts`, `ends`, `summary`."""
    form, visitor = await signed_in_form(request, "meeting")
    token = form.value("id")
    if not TOKEN.fullmatch(token):
        raise web.HTTPBadRequest
    instance, zone = request.app[INSTANCE], request.app[SITE].zone
    try:
        command = PlanMeeting(
            id=instance.note(token),
            consultation=ConsultationId(instance.consultation(request.match_info["address"])),
            by=ActorId(signed_in(visitor).id),
            title=form.value("title"),
            place=form.value("place"),
            url=form.value("url").strip() or None,
            summary=form.value("summary"),
            starts=read_moment(form.value("starts"), zone),
            ends=read_moment(form.value("ends"), zone),
        )
        await perform(request, command)
    except Refused as refused:
        _stop(refused)
        wrong = _wrong_field(form, refused, zone)
        load = _loader(request, wrong, token=token, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{request.path}?notice=meeting#{token}")


async def cancel(request: web.Request) -> web.Response:
    """POST /c/{address}/meetings/cancel: `id`."""
    form, visitor = await signed_in_form(request, "cancel-meeting")
    token = form.value("id")
    if not TOKEN.fullmatch(token):
        raise web.HTTPBadRequest
    command = CancelMeeting(id=request.app[INSTANCE].note(token), by=ActorId(signed_in(visitor).id))
    try:
        await perform(request, command)
    except Refused as refused:
        _stop(refused)
        raise web.HTTPNotFound from refused
    place = request.path.removesuffix("/cancel")
    raise web.HTTPSeeOther(f"{place}?notice=meeting-cancelled#{token}")


def _loader(
    request: web.Request, form: Form = EMPTY, *, token: str = "", status: int = 200
) -> pages.Load:
    address, zone = request.match_info["address"], request.app[SITE].zone

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_head(connection, address, now=view.now)
        if head is None:
            return None
        meetings = await load_meetings(connection, head.id)
        known = {paths.last_segment(meeting.id): meeting for meeting in meetings}
        changed = known.get(token)
        filled = _filled(changed, zone) if changed is not None and form is EMPTY else form
        page = MeetingsPage(
            head=head,
            coming=tuple(meeting for meeting in meetings if meeting.ends > view.now),
            past=tuple(reversed([meeting for meeting in meetings if meeting.ends <= view.now])),
            may_plan=(
                view.viewer is not None
                and view.viewer.within(head.id).is_organiser
                and head.home is None
            ),
            form=filled,
            token=token or random_token(),
            is_new=changed is None,
        )
        values, within = {"page": page}, head.id
        return Page(template="meetings/show.html", values=values, status=status, within=within)

    return load


def _filled(meeting: Meeting, zone: tzinfo | None) -> Form:
    """Return the form that says what a meeting is now."""
    values = {name: (getattr(meeting, name) or "",) for name in FIELDS}
    for name in ("starts", "ends"):
        local = getattr(meeting, name).astimezone(zone)
        values[name] = (local.strftime("%Y-%m-%dT%H:%M"),)
    return Form(name="meeting", values=values)


def _stop(refused: Refused) -> None:
    """End where the form itself is not the visitor's to send."""
    if refused.refusal is Refusal.NOT_ALLOWED:
        raise web.HTTPForbidden from refused
    if refused.refusal in {Refusal.UNKNOWN_CONSULTATION, Refusal.UNKNOWN_OBJECT}:
        raise web.HTTPNotFound from refused


def _is_time(text: str, zone: tzinfo | None) -> bool:
    try:
        read_moment(text, zone)
    except Refused:
        return False
    return True


def _wrong_field(form: Form, refused: Refused, zone: tzinfo | None) -> Form:
    """Return a form that says beside the right field why it was refused."""
    title, place = form.value("title").strip(), form.value("place").strip()
    match refused.refusal:
        case Refusal.NO_SUCH_TIME:
            field = "ends" if _is_time(form.value("starts"), zone) else "starts"
        case Refusal.BAD_DATES:
            field = "starts"
        case Refusal.BAD_LINK:
            field = "url"
        case Refusal.EMPTY:
            field = "place" if title else "title"
        case _ if max(len(title), len(place)) <= TITLE_LENGTH:
            field = "summary"
        case _:
            field = "title" if len(title) > TITLE_LENGTH else "place"
    most = TEXT_LENGTH if field == "summary" else TITLE_LENGTH
    return replace(form, errors={field: said(refused, form.value(field).strip(), most)})
