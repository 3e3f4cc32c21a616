"""'Vote or follow from your account': the way to a visitor's own server, and from another's."""

from dataclasses import replace

from aiohttp import web

from dosfed.activitypub.client import CLIENT
from dosfed.activitypub.discovery import NotFound, fill_template, subscribe_template
from dosfed.activitypub.handles import read_handle
from dosfed.context import DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.whereabouts import find_whereabouts
from dosfed.web import pages, paths
from dosfed.web.forms import UNPROCESSABLE, Form, check_token, clean, read_form
from dosfed.web.limits import check_client
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.refusals import _
from dosfed.web.rendering import Page
from dosfed.web.services import INTERACTIONS

MAX_LENGTH = 500
NO_HANDLE = _("Write your address like this: @name@server.example")
NO_ANSWER = _("That server does not know this address, or is not answering.")
NOT_HERE = _("Nothing was found at that address.")


async def ask(request: web.Request) -> web.Response:
    """GET /interact?uri=…: where to write one's address."""
    visitor = await visitor_of(request)
    form = Form(
        name="interact",
        values={
            "uri": (clean(request.query.get("uri", "")[:MAX_LENGTH]),),
            "return_to": (request.query.get("return_to", "/"),),
        },
    )
    return _page(request, visitor, form)


async def interact(request: web.Request) -> web.Response:
    """POST /interact: send a visitor to the page of their own server that shows an object."""
    check_client(request, INTERACTIONS)
    form, visitor = await read_form(request, "interact"), await visitor_of(request)
    check_token(form, visitor)
    uri, handle = form.value("uri")[:MAX_LENGTH], form.value("handle").strip()[:MAX_LENGTH]
    place = await _find(request, uri)
    if place is None:
        return _page(request, visitor, replace(form, errors={"form": NOT_HERE}), UNPROCESSABLE)
    if read_handle(handle) is None:
        return _page(request, visitor, replace(form, errors={"handle": NO_HANDLE}), UNPROCESSABLE)
    try:
        # The server that the handle names says where its people go; nobody else does.
        template = await subscribe_template(request.app[CLIENT], handle)
    except NotFound:
        return _page(request, visitor, replace(form, errors={"handle": NO_ANSWER}), UNPROCESSABLE)
    if template is None or not _may_go(request, template):
        return _by_hand(request, visitor, form, place)
    # As it is: `HTTPSeeOther` would undo the quoting inside.
    headers = {"Location": fill_template(template, uri), "Cache-Control": "no-store"}
    return web.Response(status=web.HTTPSeeOther.status_code, headers=headers)


async def authorize(request: web.Request) -> web.Response:
    """GET /authorize_interaction?uri=…: our own citizens arrive here from other servers' pages.

    It shows what is kept here, and fetches nothing: or anybody could make us fetch anything.
    """
    visitor = await visitor_of(request)
    uri = clean(request.query.get("uri", "")[:MAX_LENGTH])
    async with request.app[DATABASE].read() as connection:
        found = await find_whereabouts(connection, uri) if uri else None
    if found is not None:
        raise web.HTTPSeeOther(paths.place(found))
    page = Page(template="interactions/unknown.html", values={"uri": uri}, status=404)
    return pages.answer_page(request, page, visitor)


def _by_hand(request: web.Request, visitor: Visitor, form: Form, place: str) -> web.Response:
    """Show the address to paste, where a server names no page that would open it."""
    handle, back = form.value("handle").strip()[:MAX_LENGTH], paths.local(form.value("return_to"))
    values = {
        "uri": form.value("uri")[:MAX_LENGTH],
        "handle": handle,
        "host": handle.rpartition("@")[2],
        "return_to": place if back == "/" else back,
    }
    page = Page(template="interactions/by_hand.html", values=values)
    return pages.answer_page(request, page, visitor)


def _page(request: web.Request, visitor: Visitor, form: Form, status: int = 200) -> web.Response:
    place = {"return_to": (paths.local(form.value("return_to")),)}
    values = {"form": replace(form, values={**form.values, **place})}
    page = Page(template="interactions/ask.html", values=values, status=status)
    return pages.answer_page(request, page, visitor)


async def _find(request: web.Request, uri: str) -> str | None:
    """Return where we show what a URI names: this is no way to send people anywhere else."""
    if uri.startswith(f"{request.app[INSTANCE].base_url}/o/"):
        return paths.local(paths.path_of(uri))
    async with request.app[DATABASE].read() as connection:
        found = await find_whereabouts(connection, uri)
    return None if found is None else paths.place(found)


def _may_go(request: web.Request, template: str) -> bool:
    return template.startswith("https://") or (
        request.app[SETTINGS].allow_private_network and template.startswith("http://")
    )
