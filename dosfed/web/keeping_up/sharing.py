"""'Share on Mastodon': the way to the window of a visitor's own server where posts are written."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.handles import read_handle
from dosfed.context import DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.whereabouts import Named, find_titles, find_whereabouts
from dosfed.web import pages, paths
from dosfed.web.forms import UNPROCESSABLE, Form, check_token, clean, read_form
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.refusals import _
from dosfed.web.rendering import Page

MAX_LENGTH = 500
NO_SERVER = _("Enter the name of a server, such as masto.example, or your address there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What is to be shared, with the path at which it is shown here."""

    named: Named
    href: str


async def ask(request: web.Request) -> web.Response:
    """GET /share?uri=…: which server it is to be shared on."""
    uri = clean(request.query.get("uri", "")[:MAX_LENGTH])
    return _page(request, await visitor_of(request), await _find(request, uri), Form(name="share"))


async def share(request: web.Request) -> web.Response:
    """POST /share: send a visitor to their own server, with the title and the link.

    We ask that server nothing, and are told nothing.
    """
    form, visitor = await read_form(request, "share"), await visitor_of(request)
    check_token(form, visitor)
    shared = await _find(request, form.value("uri")[:MAX_LENGTH])
    host = read_server(form.value("server")[:MAX_LENGTH])
    if host is None:
        wrong = replace(form, errors={"server": NO_SERVER})
        return _page(request, visitor, shared, wrong, UNPROCESSABLE)
    is_local = host.partition(":")[0].endswith("localhost")
    scheme = "http" if is_local and request.app[SETTINGS].allow_private_network else "https"
    text = f"{shared.named.title} {request.app[INSTANCE].base_url}{shared.href}"
    # As it is: `HTTPSeeOther` would undo the quoting inside.
    place = f"{scheme}://{host}/share?text={quote(text, safe='')}"
    headers = {"Location": place, "Cache-Control": "no-store"}
    return web.Response(status=web.HTTPSeeOther.status_code, headers=headers)


def read_server(text: str) -> str | None:
    """Return the host that a name, an address of a page or of an account is on, or None."""
    scheme, is_address, rest = text.strip().rpartition("://")
    if is_address and scheme.lower() not in {"https", "http"}:
        return None
    name = rest.partition("/")[0] if is_address else rest.rstrip("/").rpartition("@")[2]
    handle = read_handle(f"@someone@{name}")
    return None if handle is None or "." not in handle.host else handle.host


async def _find(request: web.Request, uri: str) -> Shared:
    async with request.app[DATABASE].read() as connection:
        shared = await _load(connection, uri)
    if shared is None:
        raise web.HTTPNotFound
    return shared


async def _load(connection: AsyncConnection, uri: str) -> Shared | None:
    place = await find_whereabouts(connection, uri) if uri else None
    if place is None:
        return None
    named = await find_titles(connection, [uri])
    return Shared(named=named[0], href=paths.place(place)) if named else None


def _page(
    request: web.Request, visitor: Visitor, shared: Shared, form: Form, status: int = 200
) -> web.Response:
    values = {"form": form, "named": shared.named, "href": shared.href}
    page = Page(template="sharing/ask.html", values=values, status=status)
    return pages.answer_page(request, page, visitor)
