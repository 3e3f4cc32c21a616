"""Contests that wait for somebody else of the team (rule 5.13)."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.moderation.model import DecideContest
from dosfed.shown.contests import load_open_contests
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform
from dosfed.web.rendering import Page

PLACE = "/admin/contests"
ANSWERS = frozenset({"upheld", "lifted"})


async def show(request: web.Request) -> web.Response:
    """GET /admin/contests: those that wait, the oldest first."""
    visitor = await desk.visitor_who(request, _anybody)
    if visitor.viewer is None or not visitor.viewer.is_on_a_team:
        raise web.HTTPForbidden
    return await pages.answer_now(request, _loader(), visitor)


async def decide(request: web.Request) -> web.Response:
    """POST /admin/contests/{decision}: `answer` upheld or lifted, `reason`."""
    decision = request.match_info["decision"]
    form, visitor, by = await desk.read(request, _anybody, f"contest-{decision}")
    if form.value("answer") not in ANSWERS:
        raise web.HTTPBadRequest
    command = DecideContest(
        decision=int(decision),
        by=ActorId(by),
        is_lifted=form.value("answer") == "lifted",
        reason=form.value("reason"),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal in {Refusal.NOT_ALLOWED, Refusal.OWN_DECISION}:
            raise web.HTTPForbidden from refused
        if refused.refusal in {Refusal.UNKNOWN_OBJECT, Refusal.ALREADY_DECIDED}:
            raise desk.done(request, "contest-over", PLACE) from refused
        load = _loader(desk.with_error(form, refused, "reason"), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, "contest-decided", PLACE)


def _anybody(_role: object) -> bool:
    """Let everybody pass who is signed in: each contest says who may answer it."""
    return True


def _loader(form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page | None:
        if view.viewer is None:
            return None
        found = await load_open_contests(connection, view.viewer)
        values = {"contests": found, "form": form, "empty": EMPTY}
        return Page(template="admin/contests.html", values=values, status=status)

    return load
