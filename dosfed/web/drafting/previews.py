"""What a secret link shows of a consultation that is not public yet: to look at, and no more.

The page is made of the draft itself, by the reader that publishing uses. Nothing of it passes
through a table, a cache or a list, so nothing else can show it; it has no forms, no document for
other servers, and asks browsers and search engines to keep nothing.
"""

from typing import Any

from aiohttp import web

from dosfed.accounts.tokens import digest
from dosfed.acts.draft_problems import as_file
from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.consultations import drafts
from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.web import pages
from dosfed.web.rendering import Page

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


async def show(request: web.Request) -> web.Response:
    """GET /preview/{token}."""
    now = request.app[CLOCK].now()
    async with request.app[DATABASE].read() as connection:
        kept = digest(request.match_info["token"])
        draft = await drafts.find_previewed(connection, kept)
    if draft is None:
        raise web.HTTPNotFound
    values: dict[str, Any] = {"draft": draft}
    try:
        given = read_import(as_file(draft.document), now=now)
    except BadDocument:
        values["consultation"] = None
    else:
        values |= {"consultation": given.consultations[0], "organiser": given.organisers[0]}
    page = Page(template="drafts/preview.html", values=values)
    response = pages.answer_page(request, page, await pages.visitor_of(request))
    response.headers.update(HEADERS)
    return response
