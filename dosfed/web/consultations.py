"""Consultations: their page, the file of their tallies."""

from dataclasses import replace
from functools import partial

import orjson
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.services import CLOCK, DATABASE
from dosfed.deliberation.consultation_pages import ConsultationPage, load_consultation
from dosfed.deliberation.listings import Reader, Show
from dosfed.deliberation.queries import View, load_head
from dosfed.deliberation.shown_proposals import tallies_json
from dosfed.deliberation.waiting import WaitingProposal, load_waiting
from dosfed.web import objects, pages
from dosfed.web.cache import Kept
from dosfed.web.forms import EMPTY, Form
from dosfed.web.listings import SHOWN, SORTED, check_searches, links_of, listing_of
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE, CONSULTATIONS
from dosfed.web.subscriptions import follows_target

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
    listing = listing_of(request)
    if listing.text:
        check_searches(request)
    load = loader(request, request.match_info["address"])
    return await pages.answer(request, load, also=listing)


def loader(
    request: web.Request, address: str, form: Form = EMPTY, *, status: int = 200
) -> pages.Load:
    """Return what loads a consultation's page, with what was typed into a form of it."""

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await _load_shared(request, connection, address, view)
        if page is None:
            return None
        waiting: tuple[WaitingProposal, ...] = ()
        if view.viewer is not None:
            sees_all = view.viewer.is_facilitator
            waiting = await load_waiting(
                connection, page.head.id, view.viewer.id, sees_all=sees_all
            )
        follows = await follows_target(connection, page.head.id, view)
        return Page(
            template="consultations/show.html",
            values={
                "page": page,
                "follows": follows,
                "waiting": waiting,
                "form": form,
                "shown": SHOWN,
                "sorted": SORTED,
                "link": links_of(page.listing),
            },
            status=status,
            object=page.head.id,
        )

    return load


async def _load_shared(
    request: web.Request, connection: AsyncConnection, address: str, view: View
) -> ConsultationPage | None:
    """Return what everybody who asks for the same list sees of a consultation."""
    listing = listing_of(request)
    if view.viewer is None and listing.is_personal:
        listing = replace(listing, show=Show.OPEN)
    voter = view.viewer.id if view.viewer is not None and listing.is_personal else None
    reader = Reader(voter=voter, now=view.now, page=view.page)
    return await request.app[CONSULTATIONS].get_or_load(
        (address, listing, voter, view.page),
        partial(load_consultation, connection, address, listing, reader),
    )


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
