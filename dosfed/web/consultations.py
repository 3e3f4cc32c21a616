"""Consultations: their page, the file of their tallies."""

from dataclasses import replace

import orjson
from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.context import CLOCK, DATABASE
from dosfed.shown.consultation_pages import ConsultationPage, load_consultation
from dosfed.shown.consultations import load_head
from dosfed.shown.listings import Reader, Show
from dosfed.shown.new_texts import WaitingText, load_waiting_texts
from dosfed.shown.proposals import tallies_json
from dosfed.shown.viewers import View
from dosfed.shown.waiting import WaitingProposal, load_waiting
from dosfed.web import objects, pages
from dosfed.web.cache import Kept
from dosfed.web.forms import EMPTY, Form
from dosfed.web.keeping_up.subscriptions import follows_target
from dosfed.web.languages import language_of
from dosfed.web.listings import SHOWN, SORTED, check_searches, links_of, listing_of
from dosfed.web.parts import render_part
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE, CONSULTATIONS

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
        shared = await _load_shared(request, connection, address, view)
        if shared is None:
            return None
        page, proposals = shared
        waiting: tuple[WaitingProposal, ...] = ()
        waiting_texts: tuple[WaitingText, ...] = ()
        if view.viewer is not None:
            sees_all = view.viewer.within(page.head.id).is_facilitator
            waiting = await load_waiting(
                connection, page.head.id, view.viewer.id, sees_all=sees_all
            )
            if sees_all:
                waiting_texts = await load_waiting_texts(connection, page.head.id)
        follows = await follows_target(connection, page.head.id, view)
        return Page(
            template="consultations/show.html",
            values={
                "page": page,
                "follows": follows,
                "waiting": waiting,
                "waiting_texts": waiting_texts,
                "form": form,
                "list": proposals,
            },
            status=status,
            object=page.head.id,
            within=page.head.id,
        )

    return load


async def _load_shared(
    request: web.Request, connection: AsyncConnection, address: str, view: View
) -> tuple[ConsultationPage, Markup] | None:
    """Return what everybody who asks for the same list sees of a consultation, and the list."""
    listing, language = listing_of(request), language_of(request)
    if view.viewer is None and listing.is_personal:
        listing = replace(listing, show=Show.OPEN)
    voter = view.viewer.id if view.viewer is not None and listing.is_personal else None
    reader = Reader(voter=voter, now=view.now, page=view.page)
    shown = SHOWN if view.viewer else {show: SHOWN[show] for show in SHOWN if show != Show.UNVOTED}

    async def load() -> tuple[ConsultationPage, Markup] | None:
        page = await load_consultation(connection, address, listing, reader)
        if page is None:
            return None
        values = {"page": page, "shown": shown, "sorted": SORTED, "link": links_of(listing)}
        return page, render_part(request, "consultations/list.html", language, **values)

    key = (address, listing, voter, view.page, language, len(shown))
    return await request.app[CONSULTATIONS].get_or_load(key, load)


async def show_tallies(request: web.Request) -> web.Response:
    """GET /c/{address}/tallies.json: the published tallies, for anybody who counts again."""

    async def make() -> Kept:
        now = request.app[CLOCK].now()
        async with request.app[DATABASE].read() as connection:
            head = await load_head(connection, request.match_info["address"], now=now)
            if head is None:
                raise web.HTTPNotFound
            said = await tallies_json(connection, head.id, now=now)
            if head.licence is not None:
                said["licence"] = head.licence.uri
            return Kept(body=orjson.dumps(said))

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
