"""Feeds: what is new on the instance, in a consultation, about a proposal (RFC 4287)."""

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import DATABASE
from dosfed.shown.feeds import Feed, load_consultation_feed, load_instance_feed, load_proposal_feed
from dosfed.web import languages, proposals, public_files
from dosfed.web.cache import Kept
from dosfed.web.rendering import TEMPLATES, Page
from dosfed.web.services import CACHE
from dosfed.web.site import SITE

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
Load = Callable[[AsyncConnection], Awaitable[Feed | None]]


async def show_instance(request: web.Request) -> web.Response:
    """GET /feed.atom: consultations, proposals and results of the whole instance."""
    return await answer(request, load_instance_feed)


async def show_consultation(request: web.Request) -> web.Response:
    """GET /c/{address}/feed.atom: proposals and results."""
    address = request.match_info["address"]
    return await answer(request, partial(load_consultation_feed, address=address))


async def show_proposal(request: web.Request) -> web.Response:
    """GET /p/{id}/feed.atom, and below a mirrored consultation: arguments, versions, result."""
    proposal = await proposals.proposal_id(request)
    return await answer(request, partial(load_proposal_feed, proposal=proposal))


async def answer(request: web.Request, load: Load) -> web.Response:
    """Answer with a feed in the language that was asked for."""
    asked = request.query.get("lang", "")
    language = asked if asked in languages.LANGUAGES else ""

    async def make() -> Kept:
        async with request.app[DATABASE].read() as connection:
            feed = await load(connection)
        if feed is None:
            raise web.HTTPNotFound
        text = _render(request, feed, language)
        return Kept(body=text.encode(), changed_at=feed.updated_at)

    kept = await request.app[CACHE].get_or_make((request.path, "feed", language), make)
    return public_files.answer(
        request, kept.body, content_type=CONTENT_TYPE, changed_at=kept.changed_at
    )


def _render(request: web.Request, feed: Feed, language: str) -> str:
    """Write a feed in the language that was asked for, else in that of what it is about.

    Caches on the way keep one text for an address, so the reader's own choice says nothing.
    """
    site = request.app[SITE].site
    if not language:
        language = feed.language if feed.language in languages.LANGUAGES else site.language
    page = Page(
        template="feeds/show.atom",
        values={"feed": feed, "site": site, "path": request.path},
        content_type="application/atom+xml",
    )
    return request.app[TEMPLATES].render(page, language, request.app[SITE].zone)
