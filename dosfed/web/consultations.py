"""Consultations: their page, the file of their tallies."""

import orjson
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.services import CLOCK, DATABASE
from dosfed.deliberation.queries import View, load_consultation, load_head
from dosfed.deliberation.shown_proposals import tallies_json
from dosfed.web import objects, pages
from dosfed.web.cache import Kept
from dosfed.web.forms import EMPTY, Form
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE

TALLY_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "public, max-age=5",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}


async def show(request: web.Request) -> web.Response:
    """GET /c/{address}."""
    if wants_json(request):
        if "@" in request.match_info["address"]:
            raise web.HTTPFound(await _home_of(request))
        return await objects.show(request)
    return await pages.answer(request, loader(request.match_info["address"]))


def loader(address: str, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    """Return what loads a consultation's page, with what was typed into a form of it."""

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_consultation(connection, address, view)
        if page is None:
            return None
        return Page(
            template="consultations/show.html",
            values={"page": page, "form": form},
            status=status,
            object=page.head.id,
        )

    return load


async def show_tallies(request: web.Request) -> web.Response:
    """GET /c/{address}/tallies.json: the published tallies, for anybody who counts again."""

    async def make() -> Kept:
        now = request.app[CLOCK].now()
        async with request.app[DATABASE].read() as connection:
            head = await load_head(connection, request.match_info["address"], now=now)
            if head is None:
                raise web.HTTPNotFound
            return Kept(body=orjson.dumps(await tallies_json(connection, head.id, now=now)))

    kept = await request.app[CACHE].get_or_make((request.path, "tallies"), make)
    return web.Response(body=kept.body, headers=TALLY_HEADERS)


async def _home_of(request: web.Request) -> str:
    """Return the id of a mirrored consultation: its home alone answers for it."""
    async with request.app[DATABASE].read() as connection:
        head = await load_head(
            connection, request.match_info["address"], now=request.app[CLOCK].now()
        )
    if head is None:
        raise web.HTTPNotFound
    return head.id
