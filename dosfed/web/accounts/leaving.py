"""Taking one's data along, and leaving for good."""

import orjson
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.fediverse import take_token
from dosfed.accounts.people import Account, load_account
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.acts.belongings import belongings
from dosfed.acts.leaving import leave
from dosfed.context import CLOCK, DATABASE, SETTINGS
from dosfed.deliberation.model import Refused
from dosfed.shown.viewers import View, Viewer
from dosfed.web import pages, session
from dosfed.web.accounts import fediverse, letters
from dosfed.web.accounts.account import check_current, is_citizen, owner
from dosfed.web.accounts.flaws import with_flaw
from dosfed.web.accounts.letters import Letter, Written
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, signed_in, signed_in_form
from dosfed.web.pages import Visitor
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE, HOUSE
from dosfed.web.session import SESSION_COOKIE


async def export(request: web.Request) -> web.Response:
    """GET /account/export: everything that is kept of the person who asks, as a file."""
    viewer = signed_in(await owner(request))
    async with request.app[DATABASE].read() as connection:
        found = await belongings(connection, viewer.id, at=request.app[CLOCK].now())
    headers = {
        "Content-Disposition": f'attachment; filename="{viewer.name}-{viewer.host}.json"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    body = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    return web.Response(body=body, content_type="application/json", headers=headers)


async def show(request: web.Request) -> web.Response:
    """GET /account/delete."""
    return await _show(request, await owner(request), EMPTY)


async def delete(request: web.Request) -> web.Response:
    """POST /account/delete: `name`, typed by hand; `current`, where there is a password."""
    form, visitor = await signed_in_form(request, "delete")
    viewer = signed_in(visitor)
    async with request.app[DATABASE].read() as connection:
        account = await load_account(connection, viewer.id)
    try:
        _check_typed(request, form, viewer)
        if account is not None:
            await check_current(request, account, form)
        await _leave(request, viewer, account)
    except Unfit as unfit:
        return await _show(request, visitor, with_flaw(form, unfit), status=UNPROCESSABLE)
    request.app[CACHE].clear()
    stranger = Visitor(session=None, language=visitor.language, secret="")
    values = {"is_citizen": is_citizen(request, viewer)}
    page = Page(template="accounts/deleted.html", values=values)
    response = pages.answer_page(request, page, stranger)
    session.drop_cookie(response, request.app[SETTINGS], SESSION_COOKIE)
    return response


def _check_typed(request: web.Request, form: Form, viewer: Viewer) -> None:
    """Raise `Unfit` unless somebody typed their name, with its sign or without."""
    shown = shown_name(request, viewer).lower()
    if form.value("name").strip().lower() not in {shown, shown.removeprefix("@")}:
        raise Unfit("name", Flaw.NOT_TYPED)


def shown_name(request: web.Request, viewer: Viewer) -> str:
    """Return what somebody is called on these pages."""
    return f"@{viewer.name}" if is_citizen(request, viewer) else viewer.handle


async def _leave(request: web.Request, viewer: Viewer, account: Account | None) -> None:
    """Forget somebody, or raise `Unfit`; what their own server let us do goes back to it."""
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        taken = await take_token(connection, viewer.id)
        try:
            await leave(connection, viewer.id, request.app[HOUSE], at=at)
        except Refused as refused:
            raise Unfit("form", Flaw.LAST_OPERATOR) from refused
        if account is not None and account.email is not None:
            bye = Written(letter=Letter.DELETED, to=account.email, language=account.language)
            await letters.send(request, connection, bye)
    await fediverse.leave(request, taken)


async def _show(
    request: web.Request, visitor: Visitor, form: Form, *, status: int = 200
) -> web.Response:
    viewer = signed_in(visitor)

    async def load(connection: AsyncConnection, _view: View) -> Page:
        values = {
            "form": form,
            "account": await load_account(connection, viewer.id),
            "is_citizen": is_citizen(request, viewer),
            "name": shown_name(request, viewer),
        }
        return Page(template="accounts/delete.html", values=values, status=status)

    return await pages.answer_now(request, load, visitor)
