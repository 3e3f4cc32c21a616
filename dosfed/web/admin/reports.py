"""Reports: read and answered by moderators; what they hide and show again."""

from urllib.parse import quote

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.naming import load_called
from dosfed.acts.reach import doubtful
from dosfed.context import INSTANCE
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.moderation.desk import load_reported
from dosfed.deliberation.moderation.model import AnswerReport, Hide, HideReason
from dosfed.deliberation.moderation.reports import ReportsPage, load_reports
from dosfed.instance import Instance
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform
from dosfed.web.rendering import Page

UPHELD = "upheld"
ANSWERS = frozenset({UPHELD, "dismissed"})


async def show(request: web.Request) -> web.Response:
    """GET /admin/reports, and with ?state=answered those that have been answered."""
    return await desk.show(request, desk.MODERATORS, _loader(request))


async def answer(request: web.Request) -> web.Response:
    """POST /admin/reports/{report}: `answer` upheld or dismissed, `note`, `code`."""
    report = request.match_info["report"]
    form, visitor, by = await desk.read(request, desk.MODERATORS, f"report-{report}")
    if form.value("answer") not in ANSWERS:
        raise web.HTTPBadRequest
    command = AnswerReport(
        report=int(report),
        by=ActorId(by),
        is_upheld=form.value("answer") == UPHELD,
        note=form.value("note"),
        code=_code(form),
    )
    try:
        await _perform(request, command)
    except Refused as refused:
        # A report that somebody else has answered is on the page no more.
        field = "report" if refused.refusal is Refusal.ALREADY_DECIDED else "note"
        field = _wrong(refused, command.note, command.code, field)
        load = _loader(request, desk.with_error(form, refused, field), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, "report-answered", "/admin/reports")


async def show_object(request: web.Request) -> web.Response:
    """GET /admin/hide?object=…: an argument or a proposal, to be hidden or shown again."""
    load = _object_loader(request.app[INSTANCE], request.query.get("object", ""))
    return await desk.show(request, desk.TEAM, load)


async def hide(request: web.Request) -> web.Response:
    """POST /admin/hide: `object`, `reason`, `code`; with `show`, show it again."""
    form, visitor, by = await desk.read(request, desk.TEAM, "hide")
    uri = form.value("object")
    command = Hide(
        id=uri,
        by=ActorId(by),
        is_hidden=not form.value("show"),
        reason=form.value("reason"),
        code=_code(form),
    )
    try:
        await _perform(request, command)
    except Refused as refused:
        field = _wrong(refused, command.reason, command.code, "reason")
        wrong = desk.with_error(form, refused, field)
        load = _object_loader(request.app[INSTANCE], uri, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    notice = "hidden" if command.is_hidden else "shown"
    raise web.HTTPSeeOther(f"/admin/hide?object={quote(uri, safe='')}&notice={notice}")


async def _perform(request: web.Request, command: AnswerReport | Hide) -> None:
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal is Refusal.NOT_ALLOWED:
            raise web.HTTPForbidden from refused
        if refused.refusal is Refusal.UNKNOWN_OBJECT:
            raise web.HTTPNotFound from refused
        raise


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    is_answered = request.query.get("state") == "answered"

    async def load(connection: AsyncConnection, view: View) -> Page:
        found = await load_reports(connection, is_answered=is_answered, page=view.page)
        values = {
            "form": form,
            "empty": EMPTY,
            "is_answered": is_answered,
            "list": found,
            "called": await load_called(connection, _named_in(found)),
            "codes": tuple(HideReason),
        }
        return Page(template="admin/reports.html", values=values, status=status)

    return load


def _object_loader(
    instance: Instance, uri: str, form: Form = EMPTY, *, status: int = 200
) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page | None:
        one = (await load_reported(connection, [uri])).get(uri)
        if view.viewer is not None:  # `desk` lets nobody else come so far
            place = None if one is None else one.consultation
            if not view.viewer.within(place or "").is_moderator:
                raise web.HTTPForbidden
        # Of a Note that a proposal was made from, the proposal is what can be hidden.
        if one is None or one.can_be_hidden != uri:
            return None
        values = {
            "form": form,
            "one": one,
            "called": await load_called(connection, {one.author or ""}),
            "codes": tuple(HideReason),
            "doubtful": () if one.is_deleted else await doubtful(connection, uri, instance),
        }
        return Page(template="admin/hide.html", values=values, status=status)

    return load


def _named_in(found: ReportsPage) -> set[str]:
    """Return who or what is named on a page of reports, and may be an actor."""
    named = {
        (one.author or "") if one.title else one.uri
        for report in found.reports
        for one in report.objects
    }
    for report in found.reports:
        others = (other.reporter for other in report.others)
        named |= {who for who in (report.reporter, report.answered_by, *others) if who}
    return named


def _code(form: Form) -> HideReason | None:
    """Return the word that was chosen; none is until somebody chooses."""
    code = form.value("code")
    if "code" in form.values and not code:
        return None
    return HideReason(code) if code in set(HideReason) else HideReason.OTHER


def _wrong(refused: Refused, words: str, code: HideReason | None, field: str) -> str:
    """Return beside which field a refusal belongs: that of the words, or of the one word."""
    is_code = refused.refusal is Refusal.EMPTY and words.strip() and code is None
    return "code" if is_code else field
