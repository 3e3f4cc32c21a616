"""Who can sign in: found, given a role, suspended, invited."""

from binascii import Error as NotHex
from binascii import unhexlify
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.invitations import list_invitations
from dosfed.acts import naming, team
from dosfed.context import CLOCK, SETTINGS
from dosfed.deliberation.model import Refused, Role
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, clean
from dosfed.web.rendering import Page
from dosfed.web.services import HOUSE

MAX_SEARCH = 200


async def show(request: web.Request) -> web.Response:
    """GET /admin/people?q=…&page=…."""
    return await desk.show(request, desk.OPERATORS, _loader(request))


async def change(request: web.Request) -> web.Response:
    """POST /admin/people: `user`, and `role`; or `do`: suspend, reinstate, clear."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "person")
    user = form.value("user")
    try:
        match form.value("do"):
            case "suspend":
                suspend = partial(team.suspend, user=user, by=by)
                await desk.act(request, lambda connection, at: suspend(connection, at=at))
                notice = "suspended"
            case "reinstate":
                reinstate = partial(team.reinstate, user=user, by=by)
                await desk.act(request, lambda connection, _at: reinstate(connection))
                notice = "reinstated"
            case "clear":
                clear = partial(naming.clear, user=user, house=request.app[HOUSE], by=by)
                await desk.act(request, lambda connection, at: clear(connection, at=at))
                notice = "name-cleared"
            case _:
                change_role = partial(team.change_role, user=user, role=_role(form), by=by)
                await desk.act(request, lambda connection, at: change_role(connection, at=at))
                notice = "role"
    except Refused as refused:
        load = _loader(request, desk.with_error(form, refused, "user"), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, notice)


async def show_invitations(request: web.Request) -> web.Response:
    """GET /admin/invitations."""
    return await desk.show(request, desk.OPERATORS, _invitations_loader(request))


async def invite(request: web.Request) -> web.Response:
    """POST /admin/invitations: `role`, `note`; the link is shown once, and not kept."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "invitation")
    give = partial(team.invite_somebody, role=_role(form), note=form.value("note"), by=by)
    try:
        token = await desk.act(request, lambda connection, at: give(connection, at=at))
    except Refused as refused:
        wrong = desk.with_error(form, refused, "note")
        load = _invitations_loader(request, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    link = f"{request.app[SETTINGS].base_url}/invitation/{token}"
    return await pages.answer_now(request, _invitations_loader(request, link=link), visitor)


async def withdraw(request: web.Request) -> web.Response:
    """POST /admin/invitations/withdraw; to withdraw one twice is no error."""
    form, _visitor, by = await desk.read(request, desk.OPERATORS, "withdraw")
    try:
        kept = unhexlify(form.value("digest"))
    except (NotHex, ValueError) as error:
        raise web.HTTPBadRequest from error
    take_back = partial(team.take_invitation_back, kept=kept, by=by)
    await desk.act(request, lambda connection, _at: take_back(connection))
    raise desk.done(request, "withdrawn", "/admin/invitations")


def _role(form: Form) -> Role:
    role = form.value("role")
    if role not in set(Role):
        raise web.HTTPBadRequest
    return Role(role)


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    search = clean(request.query.get("q", ""))[:MAX_SEARCH]

    async def load(connection: AsyncConnection, view: View) -> Page:
        values = {
            "form": form,
            "search": search,
            "list": await team.load_people(connection, search=search, page=view.page),
            "roles": tuple(Role),
        }
        return Page(template="admin/people.html", values=values, status=status)

    return load


def _invitations_loader(
    request: web.Request, form: Form = EMPTY, *, link: str = "", status: int = 200
) -> pages.Load:
    async def load(connection: AsyncConnection, _view: View) -> Page:
        values = {
            "form": form,
            "link": link,
            "invitations": await list_invitations(connection),
            "now": request.app[CLOCK].now(),
            "roles": tuple(Role),
        }
        return Page(template="admin/invitations.html", values=values, status=status)

    return load
