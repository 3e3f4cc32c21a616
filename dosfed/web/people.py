"""Who takes part: the pages of organisers and citizens."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.context import INSTANCE
from dosfed.shown.profiles import load_citizen, load_organiser
from dosfed.shown.viewers import View
from dosfed.web import objects, pages
from dosfed.web.rendering import Page


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
