"""Contests: an author says why a decision is wrong, once, and reads what came of it."""

from dataclasses import replace
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.moderation.contest_rules import TEXT_LENGTH
from dosfed.deliberation.moderation.model import Contest
from dosfed.shown.contests import load_contest_page
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.pages import visitor_of
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.signing import sign_in_first

_NOBODYS = {Refusal.NOT_THE_AUTHOR, Refusal.UNKNOWN_OBJECT}


async def show(request: web.Request) -> web.Response:
    """GET /contest?object=…: what was decided about something of one's own."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    return await pages.answer_now(request, _loader(request.query.get("object", "")), visitor)


async def contest(request: web.Request) -> web.Response:
    """POST /contest: `object`, `text`."""
    form, visitor = await signed_in_form(request, "contest")
    uri = form.value("object")
    command = Contest(id=uri, by=ActorId(signed_in(visitor).id), text=form.value("text"))
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal in _NOBODYS:
            raise web.HTTPNotFound from refused
        wrong = replace(form, errors={"text": said(refused, command.text, TEXT_LENGTH)})
        load = _loader(uri, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"/contest?object={quote(uri, safe='')}&notice=contested")


def _loader(uri: str, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page | None:
        if view.viewer is None:
            return None
        page = await load_contest_page(connection, uri, view.viewer)
        if page is None:
            return None
        return Page(template="contest.html", values={"page": page, "form": form}, status=status)

    return load
