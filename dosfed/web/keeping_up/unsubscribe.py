"""The link that ends digests, or mails to the team: for a person, and for their mail program."""

from aiohttp import web

from dosfed.accounts.digests import is_reader, stop_digests
from dosfed.acts.team_watch import stop_team_mails
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

    It ends the digests of one account, or with `?team` the mails to one of the team, and no more:
    whoever has the link may.
    """
    async with request.app[DATABASE].write() as connection:
        stop_mails = stop_team_mails if _is_team(request) else stop_digests
        if not await stop_mails(connection, request.match_info["token"]):
            raise web.HTTPNotFound
    return await _answer(request, is_done=True)


def _is_team(request: web.Request) -> bool:
    return "team" in request.query


async def _answer(request: web.Request, *, is_done: bool) -> web.Response:
    page = Page(
        template="unsubscribe/show.html", values={"is_done": is_done, "is_team": _is_team(request)}
    )
    return pages.answer_page(request, page, await visitor_of(request))
