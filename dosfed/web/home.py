"""The instance's home page."""

from functools import partial

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.context import INSTANCE
from dosfed.shown.consultations import HomeShow, HomeSort, choose_cards, load_cards
from dosfed.shown.listings import PAGE_LENGTH
from dosfed.shown.viewers import View
from dosfed.storage.paging import count_pages
from dosfed.web import objects, pages
from dosfed.web.languages import language_of
from dosfed.web.listings import HOME_SHOWN, HOME_SORTED, chosen, home_links
from dosfed.web.parts import render_part
from dosfed.web.rendering import Page
from dosfed.web.services import HOMES

ROBOTS = """User-agent: *
Disallow: /interact
Disallow: /search
Disallow: /share
Disallow: /sign-in/
Disallow: /unsubscribe/
"""


async def show(request: web.Request) -> web.Response:
    """GET /: the consultations, here and mirrored, as cards."""
    if wants_json(request):
        return await objects.show_instance(request)

    show = chosen(request, "show", HomeShow.ALL)
    sort = chosen(request, "sort", HomeSort.CLOSING)

    async def load(connection: AsyncConnection, view: View) -> Page:
        language = language_of(request)
        consultations = await request.app[HOMES].get_or_load(
            (show, sort, view.page, language),
            partial(_render_list, request, connection, view, (show, sort), language),
        )
        return Page(
            template="home.html",
            values={"list": consultations},
            object=request.app[INSTANCE].actor,
        )

    return await pages.answer(request, load, also=(show, sort))


async def _render_list(
    request: web.Request,
    connection: AsyncConnection,
    view: View,
    wanted: tuple[HomeShow, HomeSort],
    language: str,
) -> Markup:
    """Return the list of consultations, which is the same for everybody."""
    show, sort = wanted
    cards = await load_cards(connection, now=view.now)
    found = choose_cards(cards, show, sort, now=view.now)
    start = (view.page - 1) * PAGE_LENGTH
    return render_part(
        request,
        "consultations/home_list.html",
        language,
        cards=found[start : start + PAGE_LENGTH],
        total=len(cards),
        page=view.page,
        pages=count_pages(len(found), PAGE_LENGTH),
        show=show,
        sort=sort,
        shown=HOME_SHOWN,
        sorted=HOME_SORTED,
        link=home_links(show, sort),
    )


async def robots(_request: web.Request) -> web.Response:
    """GET /robots.txt."""
    return web.Response(text=ROBOTS)
