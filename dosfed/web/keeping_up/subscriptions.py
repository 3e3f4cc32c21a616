"""Subscriptions: the button that lets somebody hear the news of a consultation or a proposal."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.subscriptions import is_subscribed, subscribe, unsubscribe
from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.whereabouts import find_whereabouts
from dosfed.shown.viewers import View
from dosfed.web import paths
from dosfed.web.forms import signed_in, signed_in_form

MAX_LENGTH = 2_000


async def change(request: web.Request) -> web.Response:
    """POST /subscriptions: `target`, with `subscribe` to hear of it, or without to hear no more."""
    form, visitor = await signed_in_form(request, "subscription")
    user, target = signed_in(visitor).id, form.value("target")[:MAX_LENGTH]
    async with request.app[DATABASE].read() as connection:
        found = await find_whereabouts(connection, target)
    follows = bool(form.value("subscribe"))
    # What is gone can still be let go of.
    if follows and (found is None or found.argument is not None or found.note is not None):
        raise web.HTTPNotFound
    async with request.app[DATABASE].write() as connection:
        if follows:
            await subscribe(connection, user, target, at=request.app[CLOCK].now())
        else:
            await unsubscribe(connection, user, target)
    place = "/notices" if found is None or form.value("back") else paths.place(found)
    notice = "followed" if follows else "unfollowed"
    raise web.HTTPSeeOther(f"{place}?notice={notice}")


async def follows_target(connection: AsyncConnection, target: str, view: View) -> bool:
    """Whether the viewer of a page follows what it shows."""
    if view.viewer is None:
        return False
    return await is_subscribed(connection, view.viewer.id, target)
