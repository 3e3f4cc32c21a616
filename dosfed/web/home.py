"""The instance's home page."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.context import INSTANCE
from dosfed.shown.consultations import (
    ConsultationCard,
    HomeShow,
    HomeSort,
    choose_cards,
    load_cards,
    state_of,
    sum_up,
)
from dosfed.shown.listings import PAGE_LENGTH
from dosfed.shown.viewers import View
from dosfed.storage.paging import count_pages
from dosfed.web import objects, pages
from dosfed.web.languages import language_of
from dosfed.web.listings import HOME_SHOWN, HOME_SORTED, chosen, home_links
from dosfed.web.parts import render_part
from dosfed.web.rendering import Page
from dosfed.web.services import HOMES
from dosfed.web.site import SITE
from dosfed.web.site_texts import SiteText

ROBOTS = """User-agent: *
Disallow: /interact
Disallow: /search
Disallow: /share
Disallow: /sign-in/
Disallow: /unsubscribe/
# Open data: /catalog.jsonld (DCAT) and /data.json
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
            values={"list": consultations, "words": words_of(request, language)},
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
    shown = found[start : start + PAGE_LENGTH]
    is_whole = show is HomeShow.ALL and sort is HomeSort.CLOSING
    return render_part(
        request,
        "consultations/home_list.html",
        language,
        groups=_by_state(shown) if is_whole else [(None, shown)],
        figures=sum_up(cards) if is_whole and view.page == 1 else None,
        total=len(cards),
        page=view.page,
        pages=count_pages(len(found), PAGE_LENGTH),
        show=show,
        sort=sort,
        shown=HOME_SHOWN,
        sorted=HOME_SORTED,
        link=home_links(show, sort),
    )


def _by_state(
    cards: Sequence[ConsultationCard],
) -> list[tuple[HomeShow | None, Sequence[ConsultationCard]]]:
    """Return cards that are in their order with what they have in common: open ones first."""
    return [
        (state, list(group)) for state, group in groupby(cards, lambda card: state_of(card.head))
    ]


def words_of(request: web.Request, language: str) -> SiteText | None:
    """Return what the people of a place say at the top of their home page, if they do."""
    site = request.app[SITE].site
    found = site.front.words_in(language, site.language)
    if found is None:
        return None
    return SiteText(text=found[0], language=found[1], is_shipped=False)


async def robots(_request: web.Request) -> web.Response:
    """GET /robots.txt."""
    return web.Response(text=ROBOTS)
