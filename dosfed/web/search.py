"""Searching everything that is public here, and what is similar to a text being written."""

from collections.abc import Mapping

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.rules import TITLE_LENGTH
from dosfed.deliberation.search.finding import similar
from dosfed.shown.consultations import load_head
from dosfed.shown.search import Kind, load_search
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.forms import clean
from dosfed.web.languages import language_of
from dosfed.web.listings import Links, check_searches, chosen, text_of
from dosfed.web.parts import render_part
from dosfed.web.refusals import _
from dosfed.web.rendering import Page
from dosfed.web.services import SEARCHED

MAX_TEXT = 2_000
SHOWN: Mapping[str, str] = {
    Kind.ALL: _("Everything"),
    Kind.CONSULTATION: _("Consultations"),
    Kind.PROPOSAL: _("Proposals"),
    Kind.ARGUMENT: _("Arguments"),
}


async def show(request: web.Request) -> web.Response:
    """GET /search?q=…&kind=…: consultations, proposals and arguments, best first."""
    text, kind = text_of(request), chosen(request, "kind", Kind.ALL)
    if text:
        check_searches(request)

    async def load(connection: AsyncConnection, view: View) -> Page:
        language = language_of(request)

        async def render() -> Markup:
            page = await load_search(connection, text, kind, page=view.page)
            link = Links(values={"q": text, "kind": kind.value}, usual={"kind": Kind.ALL.value})
            values = {"page": page, "shown": SHOWN, "link": link}
            return render_part(request, "search/results.html", language, **values)

        key = (text, kind, view.page, language)
        results = await request.app[SEARCHED].get_or_load(key, render)
        return Page(template="search/show.html", values={"text": text, "results": results})

    return await pages.answer(request, load, also=(text, kind))


async def show_similar(request: web.Request) -> web.Response:
    """GET /c/{address}/similar?title=…&text=…: a part of a page, for one that is being written."""
    check_searches(request)
    title = clean(request.query.get("title", "")[:TITLE_LENGTH])
    text = clean(request.query.get("text", "")[:MAX_TEXT])

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_head(connection, request.match_info["address"], now=view.now)
        if head is None:
            return None
        alike = await similar(connection, head.id, title, text)
        return Page(template="proposals/similar.html", values={"head": head, "similar": alike})

    return await pages.answer(request, load, also=(title, text))
