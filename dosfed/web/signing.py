"""How an answer signs somebody in, or sends them to where they can."""

from urllib.parse import quote

from aiohttp import web

from dosfed.context import SETTINGS
from dosfed.web import session
from dosfed.web.session import FORM_COOKIE, SESSION_COOKIE


def welcome(request: web.Request, token: str, place: str) -> web.Response:
    """Return what sends a browser on, signed in.

    The place is sent as it is: `HTTPSeeOther` would undo the quoting inside.
    """
    response = web.Response(
        status=web.HTTPSeeOther.status_code,
        headers={"Location": place, "Cache-Control": "no-store"},
    )
    session.set_cookie(response, request.app[SETTINGS], SESSION_COOKIE, token)
    session.drop_cookie(response, request.app[SETTINGS], FORM_COOKIE)
    return response


def sign_in_first(request: web.Request) -> web.HTTPSeeOther:
    """Return what leads somebody to the sign-in page, and from there back to this one."""
    return web.HTTPSeeOther(f"/sign-in?return_to={quote(request.path_qs, safe='/')}")
