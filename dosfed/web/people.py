"""Who takes part: organisers and citizens, and how these sign in and out."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.fediverse import take_token
from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.services import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.queries import View, load_citizen, load_organiser
from dosfed.web import fediverse, objects, pages, session
from dosfed.web.browsers import browser_of
from dosfed.web.forms import signed_in, signed_in_form
from dosfed.web.pages import visitor_of
from dosfed.web.rendering import Page
from dosfed.web.session import FORM_COOKIE, SESSION_COOKIE

GONE = web.HTTPGone.status_code


async def show_organiser(request: web.Request) -> web.Response:
    """GET /o/{name}."""
    if wants_json(request):
        return await objects.show(request)
    organiser = request.app[INSTANCE].organiser(request.match_info["name"])

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_organiser(connection, organiser, view)
        if page is None:
            return None
        return Page(template="organisers/show.html", values={"page": page}, object=organiser)

    return await pages.answer(request, load)


async def show_citizen(request: web.Request) -> web.Response:
    """GET /u/{name}."""
    if wants_json(request):
        return await objects.show(request)
    citizen = request.app[INSTANCE].citizen(request.match_info["name"])

    async def load(connection: AsyncConnection, _view: View) -> Page | None:
        page = await load_citizen(connection, citizen)
        if page is None:
            return None
        return Page(template="citizens/show.html", values={"page": page}, object=citizen)

    return await pages.answer(request, load)


async def sign_in(request: web.Request) -> web.Response:
    """GET /sign-in/{token}: open a session, once; a browser that only looks ahead opens none."""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return web.Response(status=web.HTTPServiceUnavailable.status_code)
    token = ""
    async with request.app[DATABASE].write() as connection:
        at = await request.app[CLOCK].stamp(connection)
        user = await session.use_link(connection, request.match_info["token"], at=at)
        if user is not None:
            token = await session.open_session(connection, user, at=at, browser=browser_of(request))
    if user is None:
        page = Page(template="sign_in/used.html", values={}, status=GONE)
        return pages.answer_page(request, page, await visitor_of(request))
    response = web.Response(
        status=web.HTTPSeeOther.status_code,
        headers={"Location": "/?notice=signed-in", "Cache-Control": "no-store"},
    )
    session.set_cookie(response, request.app[SETTINGS], SESSION_COOKIE, token)
    session.drop_cookie(response, request.app[SETTINGS], FORM_COOKIE)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """POST /sign-out: the session ends, with what another server lets us do for them."""
    _, visitor = await signed_in_form(request, "sign-out")
    async with request.app[DATABASE].write() as connection:
        await session.close_session(connection, visitor.secret)
        taken = await take_token(connection, signed_in(visitor).id)
    await fediverse.leave(request, taken)
    response = web.Response(status=web.HTTPSeeOther.status_code, headers={"Location": "/"})
    session.drop_cookie(response, request.app[SETTINGS], SESSION_COOKIE)
    return response
