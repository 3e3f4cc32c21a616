"""The page on which somebody's own server asks whether to follow what they came for."""

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any

from aiohttp import web

from tests.simulated.actors import SimulatedActor
from tests.simulated.mastodon import Document

PATH = "/authorize_interaction"
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><main>
<h1>{title}</h1>
<p><a href="{uri}">{uri}</a></p>
{rest}
</main></body>
</html>
"""
FORM = """<form method="post" action="{path}"><input type="hidden" name="uri" value="{uri}">
<p>You are signed in as <em>@{account}</em>.</p>
<button>Follow</button></form>"""
Get = Callable[[str, SimulatedActor], Awaitable[tuple[int, Any]]]
Post = Callable[[SimulatedActor, str, Document], Awaitable[int]]


def ask(query: Mapping[str, str], account: str) -> web.Response:
    """GET: show what it is, with a button."""
    uri = escape(query["uri"])
    form = FORM.format(path=PATH, uri=uri, account=account)
    return _page(title="Do you want to follow?", uri=uri, rest=form)


async def follow(get: Get, post: Post, actor: SimulatedActor, uri: str) -> web.Response:
    """POST: look whom it is that the account wants to follow, and ask them."""
    status, document = await get(uri, actor)
    if status != 200:
        return web.Response(status=404)
    answer = await post(actor, document["inbox"], actor.follow(document["id"]))
    return _page(title="Follow request sent", uri=escape(uri), rest=f"<p>{answer}</p>")


def _page(*, title: str, uri: str, rest: str) -> web.Response:
    text = PAGE.format(title=title, uri=uri, rest=rest)
    return web.Response(text=text, content_type="text/html")
