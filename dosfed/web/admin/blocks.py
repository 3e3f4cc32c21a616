"""Servers and accounts that are not listened to: listed, added, lifted, read from a file."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.block_lists import BadList, BlockList, read_list, write_list
from dosfed.activitypub.blocks import BLOCKLIST, PAGE_LENGTH, count_blocks, list_blocks
from dosfed.acts import blocking
from dosfed.context import DATABASE, INSTANCE
from dosfed.deliberation.model import Refusal, Refused
from dosfed.shown.viewers import View
from dosfed.storage.paging import count_pages
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, clean
from dosfed.web.rendering import Page

MAX_SEARCH = 200
MAX_TARGET = 500
SHOWN = 50  # lines of a file that are not taken


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


async def show(request: web.Request) -> web.Response:
    """GET /admin/blocks?q=…&page=…."""
    return await desk.show(request, desk.MODERATORS, _loader(request))


async def add(request: web.Request) -> web.Response:
    """POST /admin/blocks: block a server, or an account by its id or handle."""
    form, visitor, by = await desk.read(request, desk.MODERATORS, "block")
    reasons = {form.value("target"): form.value("reason")}
    try:
        await _block(request, reasons, by)
    except Refused as refused:
        field = "target" if refused.refusal is Refusal.BAD_TARGET else "reason"
        load = _loader(request, desk.with_error(form, refused, field), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, "blocked")


async def lift(request: web.Request) -> web.Response:
    """POST /admin/blocks/lift; to lift it twice is no error."""
    form, _visitor, by = await desk.read(request, desk.MODERATORS, "lift")
    try:
        await desk.act(
            request,
            lambda connection, _at: blocking.lift(connection, form.value("target"), by=by),
        )
    except Refused as refused:
        raise desk.done(request, "unblocked", "/admin/blocks") from refused
    await _reload(request)
    raise desk.done(request, "unblocked", "/admin/blocks")


async def preview(request: web.Request) -> web.Response:
    """POST /admin/blocks/import: say what a file would block, and what of it is not taken."""
    form, visitor, _by = await desk.read(request, desk.MODERATORS, "import")
    raw = form.files.get("file", b"")
    try:
        found = await _read(request, clean(raw.decode("utf-8-sig")))
    except (BadList, UnicodeDecodeError):
        found = BlockList(entries=(), left=())
    if not found.entries and not found.left:
        error = _("Choose a file with one server per line, as exported by Mastodon.")
        load = _loader(request, replace(form, errors={"file": error}), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    values = {
        "entries": found.entries,
        "left": found.left[:SHOWN],
        "left_by": Counter(line.why for line in found.left),
        "more": max(0, len(found.left) - SHOWN),
    }
    page = Page(template="admin/blocks_preview.html", values=values)
    return pages.answer_page(request, page, visitor)


async def import_(request: web.Request) -> web.Response:
    """POST /admin/blocks/import/confirm: block the servers that the preview showed."""
    form, _visitor, by = await desk.read(request, desk.MODERATORS, "import")
    try:
        found = await _read(request, form.value("list"))
    except BadList as error:
        raise web.HTTPBadRequest from error
    await _block(request, {entry.domain: entry.reason for entry in found.entries}, by)
    raise desk.done(request, "blocked", "/admin/blocks")


async def export(request: web.Request) -> web.Response:
    """GET /admin/blocks.csv: blocked servers, as Mastodon imports them."""
    await desk.visitor_who(request, desk.MODERATORS)
    async with request.app[DATABASE].read() as connection:
        text = write_list(await list_blocks(connection))
    return web.Response(
        text=text,
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="blocked-servers.csv"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _read(request: web.Request, text: str) -> BlockList:
    async with request.app[DATABASE].read() as connection:
        known = {block.target for block in await list_blocks(connection)}
    # Thousands of names to encode: a thread does the work.
    return await asyncio.to_thread(read_list, text, here=request.app[INSTANCE].host, known=known)


async def _block(request: web.Request, reasons: dict[str, str], by: str) -> None:
    here = request.app[INSTANCE].host
    block = partial(blocking.block, reasons=reasons, by=by, here=here)
    await desk.act(request, lambda connection, at: block(connection, at=at))
    await _reload(request)


async def _reload(request: web.Request) -> None:
    """Listen to nobody who was blocked from this moment on; other processes see it in seconds."""
    async with request.app[DATABASE].read() as connection:
        await request.app[BLOCKLIST].load(connection)


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    search = clean(request.query.get("q", ""))[:MAX_SEARCH]
    if form is EMPTY:
        # A link on a report fills in whom it is about.
        form = Form(values={"target": (clean(request.query.get("target", ""))[:MAX_TARGET],)})

    async def load(connection: AsyncConnection, view: View) -> Page:
        total = await count_blocks(connection, search=search)
        last = count_pages(total, PAGE_LENGTH)
        page = min(view.page, last)
        values = {
            "form": form,
            "search": search,
            "total": total,
            "page": page,
            "pages": last,
            "blocks": await list_blocks(connection, search=search, page=page),
        }
        return Page(template="admin/blocks.html", values=values, status=status)

    return load
