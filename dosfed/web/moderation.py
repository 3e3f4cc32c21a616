"""The public record of moderation."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.blocks import count_blocks
from dosfed.deliberation.moderation.desk import load_record
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /moderation: what moderators did, counted; nobody's words, nobody's name."""
    return await pages.answer(request, _load)


async def _load(connection: AsyncConnection, _view: View) -> Page:
    values = {"record": await load_record(connection), "blocks": await count_blocks(connection)}
    return Page(template="moderation.html", values=values)
