"""How a request becomes a page: whose it is, in which language, kept for others or not."""

import secrets
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.documents import Asked, Gone, document
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.shown.viewers import View, Viewer
from dosfed.web import languages, session
from dosfed.web.cache import Kept
from dosfed.web.confirmations import CONFIRMATIONS
from dosfed.web.rendering import TEMPLATES, Page
from dosfed.web.services import CACHE
from dosfed.web.session import FORM_COOKIE, Session
from dosfed.web.site import SITE, sign_up_of

# A page that strangers share is made once (`cache`), yet its forms must carry a token that is each
# visitor's own, and its links what their address said. So it is kept with two words in the places
# of these, which `finish` replaces for each. They are drawn when the process starts: no text that
# somebody writes can hold them.
TOKEN_PLACE = secrets.token_hex(32)
QUERY_PLACE = secrets.token_hex(32)
VARY = "Accept, Accept-Language, Cookie"
MAX_DIGITS = 6
# What an address says once; the code and state of a sign-in stand in no link of a page.
ONCE = frozenset({"lang", "notice", "code", "state"})
Load = Callable[[AsyncConnection, View], Awaitable[Page | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks for a page; `secret` is what the tokens of their forms are made from."""

    session: Session | None
    language: str
    secret: str

    @property
    def viewer(self) -> Viewer | None:
        """The person, if signed in."""
        return self.session.viewer if self.session else None


async def visitor_of(request: web.Request) -> Visitor:
    """Return who asks."""
    found = await session.find_session(request, now=request.app[CLOCK].now())
    return Visitor(
        session=found,
        language=languages.language_of(request),
        secret=found.token if found else session.form_secret(request),
    )


async def answer(request: web.Request, load: Load, *, also: Hashable = None) -> web.Response:
    """Answer with a page; strangers share one for a moment, who is signed in gets their own.

    `also` is what the page depends on beside path, language and number.
    """
    visitor = await visitor_of(request)
    if visitor.session is not None:
        kept = await _make(request, load, visitor)
        return finish(request, kept, visitor)
    # Whatever a page depends on is in its key. The rest of a query is not, and cannot change it.
    key = (request.path, visitor.language, page_number(request), also)
    make = partial(_make, request, load, visitor)
    return finish(request, await request.app[CACHE].get_or_make(key, make), visitor)


async def answer_now(request: web.Request, load: Load, visitor: Visitor) -> web.Response:
    """Answer with a page that holds something of this very request: never kept."""
    return finish(request, await _make(request, load, visitor), visitor)


def answer_page(request: web.Request, page: Page, visitor: Visitor) -> web.Response:
    """Answer with a page that asks nothing of the database."""
    return finish(request, _render(request, page, visitor), visitor)


async def _make(request: web.Request, load: Load, visitor: Visitor) -> Kept:
    view = View(viewer=visitor.viewer, now=request.app[CLOCK].now(), page=page_number(request))
    async with request.app[DATABASE].read() as connection:
        page = await load(connection, view)
        if page is None:
            raise await _absence(request, connection, view)
    return _render(request, page, visitor)


async def _absence(
    request: web.Request, connection: AsyncConnection, view: View
) -> web.HTTPException:
    """Return what to say where there is no page: that something was deleted, or never there."""
    instance = request.app[INSTANCE]
    asked = Asked(instance=instance, path=request.path, query={}, now=view.now)
    was_there = isinstance(await document(connection, asked), Gone)
    return web.HTTPGone() if was_there else web.HTTPNotFound()


def _render(request: web.Request, page: Page, visitor: Visitor) -> Kept:
    zone, around = request.app[SITE].zone, _around(request, visitor, within=page.within)
    text = request.app[TEMPLATES].render(page, visitor.language, zone, **around)
    headers = [("Content-Type", f"{page.content_type}; charset=utf-8"), ("Vary", VARY)]
    if page.content_type == "text/html":
        headers.append(("Content-Language", visitor.language))
    if page.object is not None:
        link = f'<{page.object}>; rel="alternate"; type="application/activity+json"'
        headers.append(("Link", link))
    return Kept(body=text.encode(), status=page.status, headers=tuple(headers))


def _around(request: web.Request, visitor: Visitor, *, within: str | None) -> dict[str, Any]:
    notice, current = request.query.get("notice", ""), request.app[SITE]
    viewer = visitor.viewer
    if viewer is not None and within is not None:
        viewer = viewer.within(within)
    return {
        "site": current.site,
        "sign_up": sign_up_of(request),
        "theme": current.theme,
        "languages": languages.named(current.site.languages),
        "viewer": viewer,
        "may_post": visitor.session is None or visitor.session.may_post,
        "notices": visitor.session.notices if visitor.session else 0,
        "owes": visitor.session is not None and visitor.session.owes,
        "work": visitor.session.work if visitor.session else 0,
        "reported": visitor.session.reported if visitor.session else 0,
        "csrf": TOKEN_PLACE,
        "kept_query": QUERY_PLACE,
        "path": request.path,
        "confirmation": CONFIRMATIONS.get(notice) if visitor.viewer else None,
        "confirmed": notice if visitor.viewer else "",
    }


def finish(request: web.Request, kept: Kept, visitor: Visitor) -> web.Response:
    """Return a page as this visitor's own: their token in its forms, their choice of language."""
    settings = request.app[SETTINGS]
    secret = visitor.secret or secrets.token_urlsafe(32)
    has_form = TOKEN_PLACE.encode() in kept.body
    body = kept.body.replace(QUERY_PLACE.encode(), _kept_query(request).encode())
    if has_form:
        body = body.replace(TOKEN_PLACE.encode(), session.form_token(secret).encode())
    response = web.Response(body=body, status=kept.status, headers=dict(kept.headers))
    # A browser may keep it, and asks again each time: who is signed in may be another by then.
    response.headers["Cache-Control"] = "private, no-cache"
    # Nobody who only reads is given a cookie.
    if has_form and not visitor.secret:
        session.set_cookie(response, settings, FORM_COOKIE, secret)
    if request.query.get("lang") in request.app[SITE].site.languages:
        languages.remember(request, response, visitor.language)
    return response


def _kept_query(request: web.Request) -> str:
    """Return the beginning of a query that changes nothing but what follows it."""
    pairs = [(name, value) for name, value in request.query.items() if name not in ONCE]
    return escape(f"{urlencode(pairs)}&") if pairs else ""


def page_number(request: web.Request) -> int:
    """Return which page of several is asked for."""
    text = request.query.get("page", "1")
    is_number = len(text) < MAX_DIGITS and text.isascii() and text.isdigit()
    return max(int(text), 1) if is_number else 1
