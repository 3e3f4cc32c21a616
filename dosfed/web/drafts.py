"""Drafts: the page on which somebody finds what they have begun to write."""

from aiohttp import web

from dosfed.context import DATABASE
from dosfed.deliberation.proposals.drafts import delete_draft, load_drafts
from dosfed.web import pages
from dosfed.web.forms import signed_in, signed_in_form
from dosfed.web.pages import visitor_of
from dosfed.web.rendering import Page
from dosfed.web.signing import sign_in_first


async def show(request: web.Request) -> web.Response:
    """GET /account/drafts."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    async with request.app[DATABASE].read() as connection:
        drafts = await load_drafts(connection, visitor.viewer.id)
    page = Page(template="proposals/drafts.html", values={"drafts": drafts})
    return pages.answer_page(request, page, visitor)


async def delete(request: web.Request) -> web.Response:
    """POST /account/drafts/{id}/delete; one that is gone already is no error."""
    _, visitor = await signed_in_form(request, "draft")
    async with request.app[DATABASE].write() as connection:
        await delete_draft(connection, request.match_info["id"], signed_in(visitor).id)
    raise web.HTTPSeeOther("/account/drafts?notice=draft-deleted")
