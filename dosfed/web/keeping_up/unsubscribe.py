"""The link that ends digests: for a person who follows it, and for their mail program."""

from aiohttp import web

from dosfed.accounts.digests import is_reader, stop_digests
from dosfed.context import DATABASE
from dosfed.web import pages
from dosfed.web.pages import visitor_of
from dosfed.web.rendering import Page


async def ask(request: web.Request) -> web.Response:
    """GET /unsubscribe/{token}: a button, since programs that look ahead follow links."""
    async with request.app[DATABASE].read() as connection:
        if not await is_reader(connection, request.match_info["token"]):
            raise web.HTTPNotFound
    return await _answer(request, is_done=False)


async def stop(request: web.Request) -> web.Response:
    """POST /unsubscribe/{token}: without session or token of a form (RFC 8058, section 3.2).

    It ends the digests of one account and no more, so whoever has the link may.
    """
    async with request.app[DATABASE].write() as connection:
        if not await stop_digests(connection, request.match_info["token"]):
            raise web.HTTPNotFound
    return await _answer(request, is_done=True)


async def _answer(request: web.Request, *, is_done: bool) -> web.Response:
    page = Page(template="unsubscribe/show.html", values={"is_done": is_done})
    return pages.answer_page(request, page, await visitor_of(request))
