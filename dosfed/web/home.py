"""The instance's home page."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.services import INSTANCE
from dosfed.deliberation.queries import View
from dosfed.deliberation.shown_consultations import load_cards
from dosfed.web import objects, pages
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /: all consultations, here and mirrored."""
    if wants_json(request):
        return await objects.show_instance(request)

    async def load(connection: AsyncConnection, view: View) -> Page:
        cards = await load_cards(connection, now=view.now)
        return Page(
            template="home.html",
            values={"cards": cards, "now": view.now},
            object=request.app[INSTANCE].actor,
        )

    return await pages.answer(request, load)


async def robots(_request: web.Request) -> web.Response:
    """GET /robots.txt."""
    return web.Response(text="User-agent: *\nDisallow: /interact\nDisallow: /sign-in/\n")


async def leave_form(request: web.Request) -> web.Response:
    """GET where only a form is posted: a link on the page that refused it leads back."""
    path = request.path.removesuffix(f"/{request.match_info['form']}")
    raise web.HTTPSeeOther(request.rel_url.with_path(path, keep_query=True))
