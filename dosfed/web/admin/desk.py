"""How the team's pages are shown, and how their forms come before the door."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.team.rules import NOTE_LENGTH
from dosfed.shown.viewers import Viewer
from dosfed.web import pages
from dosfed.web.forms import Form, signed_in, signed_in_form
from dosfed.web.pages import Load, Visitor, visitor_of
from dosfed.web.refusals import said
from dosfed.web.services import CACHE
from dosfed.web.signing import factor_first, sign_in_first

T = TypeVar("T")
May = Callable[[Viewer], bool]
Act = Callable[[AsyncConnection, datetime], Awaitable[T]]

TEAM: May = attrgetter("is_on_a_team")
MODERATORS: May = attrgetter("is_moderator")
ORGANISERS: May = attrgetter("is_organiser")
OPERATORS: May = attrgetter("is_operator")


async def show(request: web.Request, may: May, load: Load) -> web.Response:
    """Answer with a page of the team's; nobody else learns more than that there is one."""
    return await pages.answer_now(request, load, await visitor_who(request, may))


async def visitor_who(request: web.Request, may: May) -> Visitor:
    """Return who asks, if they may; a stranger is led to sign in, and others are not answered.

    Anyone whose role needs a second factor is led there first (rule 5.10).
    """
    visitor = await visitor_of(request)
    if visitor.session is None:
        raise sign_in_first(request)
    if visitor.session.owes:
        raise factor_first(request.path_qs)
    if not may(visitor.session.viewer):
        raise web.HTTPForbidden
    return visitor


async def read(request: web.Request, may: May, name: str) -> tuple[Form, Visitor, str]:
    """Return a form of the team's, and who sent it; the act itself looks at the role again."""
    form, visitor = await signed_in_form(request, name)
    viewer = signed_in(visitor)
    if visitor.session is not None and visitor.session.owes:
        raise factor_first("/admin")
    if not may(viewer):
        raise web.HTTPForbidden
    return form, visitor, viewer.id


async def act(request: web.Request, do: Act[T]) -> T:
    """Do something in a transaction of its own; let refusals through that a form can show."""
    try:
        async with request.app[DATABASE].write() as connection:
            done = await do(connection, await request.app[CLOCK].stamp(connection))
    except Refused as refused:
        if refused.refusal is Refusal.NOT_ALLOWED:
            raise web.HTTPForbidden from refused
        raise
    request.app[CACHE].clear()
    return done


def with_error(form: Form, refused: Refused, field: str) -> Form:
    """Return a form that says beside a field why it was refused."""
    return replace(form, errors={field: said(refused, form.value(field), NOTE_LENGTH)})


def done(request: web.Request, notice: str, path: str = "") -> web.HTTPSeeOther:
    """Return what leads back to the page of a form, which says what was done."""
    return web.HTTPSeeOther(f"{path or request.path}?notice={notice}")
