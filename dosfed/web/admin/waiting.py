"""The waiting room: what waits in all consultations, one thing after the other (rule 3.9)."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.model import AskCorrection, DecideNewText, DecideProposal
from dosfed.deliberation.proposals.rules import REASON_LENGTH
from dosfed.shown.viewers import View
from dosfed.shown.waiting_room import (
    Opened,
    QueueKind,
    WaitingRoom,
    Wanted,
    load_waiting_room,
)
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.decisions import REASONS, Spoken, read_decision, revision_number
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform
from dosfed.web.pages import Visitor
from dosfed.web.refusals import said
from dosfed.web.rendering import Page

PLACE = "/admin/waiting"
DAYS = (3, 7, 14, 30)
NOTICES = {
    "accept": "decision-accepted",
    "refuse": "decision-refused",
    "ask": "correction-asked",
}
# Of these nothing is left to decide on: the next thing is shown.
_OVER = {Refusal.ALREADY_DECIDED, Refusal.FROZEN, Refusal.HIDDEN, Refusal.UNKNOWN_OBJECT}


async def show(request: web.Request) -> web.Response:
    """GET /admin/waiting?consultation=…&kind=…&days=…&item=….

    Anybody who decides in one consultation alone sees what waits there.
    """
    visitor = await desk.visitor_who(request, _anybody)
    return await pages.answer_now(request, _loader(request), visitor)


async def decide(request: web.Request) -> web.Response:
    """POST /admin/waiting, with the same query: `object`, `answer`, `version`, words."""
    form, visitor, by = await desk.read(request, _anybody, "decision")
    item, answer = form.value("object"), form.value("answer")
    if answer not in NOTICES:
        raise web.HTTPBadRequest
    room = await _load(request, by, item)
    opened = room.opened if room is not None else None
    if room is None:
        raise web.HTTPForbidden
    if opened is None or opened.line.id != item:
        raise web.HTTPSeeOther(_place(request, None, "decision-over"))
    command = _command(form, opened, by, answer)
    try:
        await perform(request, command)
    except Refused as refused:
        return await _again(request, visitor, form, refused)
    raise web.HTTPSeeOther(_place(request, room.next, NOTICES[answer]))


def _command(
    form: Form, opened: Opened, by: str, answer: str
) -> DecideProposal | DecideNewText | AskCorrection:
    """Read what somebody decides, or asks."""
    item, is_accepted = ProposalId(opened.line.id), answer == "accept"
    if opened.line.kind is QueueKind.TEXT:
        return DecideNewText(
            id=item,
            by=ActorId(by),
            is_accepted=is_accepted,
            reason=form.value("reason").strip(),
            number=revision_number(form.value("number")) or 0,
            version=revision_number(form.value("version")) or 0,
        )
    if answer == "ask":
        version = revision_number(form.value("version"))
        return AskCorrection(id=item, by=ActorId(by), text=form.value("question"), version=version)
    spoken = Spoken(language=opened.line.language, own=opened.reasons)
    return read_decision(form, item, by, spoken, is_accepted=is_accepted)


async def _again(
    request: web.Request, visitor: Visitor, form: Form, refused: Refused
) -> web.Response:
    """Answer what was turned down: with the same thing, or the next where nothing is left."""
    if refused.refusal is Refusal.NOT_ALLOWED:
        raise web.HTTPForbidden from refused
    if refused.refusal in _OVER:
        raise web.HTTPSeeOther(_place(request, None, "decision-over")) from refused
    field = "question" if form.value("answer") == "ask" else "reason"
    error = said(refused, form.value(field), REASON_LENGTH)
    field = "version" if refused.refusal is Refusal.OUTDATED else field
    wrong = replace(form, errors={field: error})
    load = _loader(request, wrong, item=form.value("object"), status=UNPROCESSABLE)
    return await pages.answer_now(request, load, visitor)


def _anybody(_role: object) -> bool:
    """Let everybody pass who is signed in: what they see is asked of each consultation."""
    return True


def _loader(
    request: web.Request, form: Form = EMPTY, *, item: str | None = None, status: int = 200
) -> pages.Load:
    opened = request.query.get("item", "") if item is None else item

    async def load(connection: AsyncConnection, view: View) -> Page:
        viewer = "" if view.viewer is None else view.viewer.id
        wanted = _wanted(request)
        room = await load_waiting_room(connection, viewer, wanted, opened, now=view.now)
        if room is None:
            raise web.HTTPForbidden
        values = {
            "form": form,
            "room": room,
            "link": _link(request),
            "days": DAYS,
            "reasons": REASONS,
        }
        return Page(template="admin/waiting.html", values=values, status=status)

    return load


async def _load(request: web.Request, viewer: str, item: str) -> WaitingRoom | None:
    now = request.app[CLOCK].now()
    async with request.app[DATABASE].read() as connection:
        return await load_waiting_room(connection, viewer, _wanted(request), item, now=now)


def _wanted(request: web.Request) -> Wanted:
    """Read the filters of an address; what is none of them filters nothing."""
    kind, days = request.query.get("kind", ""), request.query.get("days", "")
    return Wanted(
        consultation=request.query.get("consultation", ""),
        kind=QueueKind(kind) if kind in set(QueueKind) else None,
        is_asked=bool(request.query.get("asked")),
        days=int(days) if days in {str(number) for number in DAYS} else 0,
    )


def _link(request: web.Request) -> Callable[[str], str]:
    """Return what makes links to one thing, within the same filters."""

    def link(item: str = "") -> str:
        return _place(request, item, "")

    return link


def _place(request: web.Request, item: str | None, notice: str) -> str:
    wanted = _wanted(request)
    query = {
        "consultation": wanted.consultation,
        "kind": wanted.kind.value if wanted.kind else "",
        "days": str(wanted.days or ""),
        "asked": "1" if wanted.is_asked else "",
        "item": item or "",
        "notice": notice,
    }
    said_there = urlencode({name: value for name, value in query.items() if value})
    return f"{PLACE}?{said_there}" if said_there else PLACE
