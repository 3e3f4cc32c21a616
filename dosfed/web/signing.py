"""How an answer signs somebody in, or sends them to where they can."""

from urllib.parse import quote

from aiohttp import web

from dosfed.accounts.site import FactorFrom
from dosfed.context import CLOCK, INSTANCE, SETTINGS
from dosfed.web import session
from dosfed.web.session import FORM_COOKIE, SESSION_COOKIE
from dosfed.web.site import SITE


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


def factor_first(return_to: str) -> web.HTTPSeeOther:
    """Return what leads somebody to the second factor that their role needs, and then on."""
    return web.HTTPSeeOther(factor_path(return_to))


def factor_path(return_to: str) -> str:
    """Return the path of the page on which a second factor is set up, and given."""
    return f"/account/second-factor?return_to={quote(return_to, safe='/')}"


async def lead(request: web.Request, token: str, place: str) -> str:
    """Return where somebody who signed in just now goes: first of all to what their role needs.

    Whoever runs a site that is not set up finds there what is to be done.
    """
    site = request.app[SITE].site
    is_new = not site.is_begun and site.name == request.app[INSTANCE].host
    if site.second_factor is FactorFrom.NOBODY and not is_new:
        return place
    opened = await session.session_of(request, token, now=request.app[CLOCK].now())
    if opened is not None and opened.owes:
        return factor_path(place)
    is_led = is_new and opened is not None and opened.viewer.is_operator
    return "/admin?notice=signed-in" if is_led and place.partition("?")[0] == "/" else place


def sign_in_first(request: web.Request) -> web.HTTPSeeOther:
    """Return what leads somebody to the sign-in page, and from there back to this one."""
    return web.HTTPSeeOther(f"/sign-in?return_to={quote(request.path_qs, safe='/')}")
