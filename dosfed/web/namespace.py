"""Our vocabulary, explained under one address to programs and to people."""

import html

import orjson
from aiohttp import web

from dosfed.activitypub.negotiation import wants_json
from dosfed.wire.namespace import NAMESPACE, vocabulary_document
from dosfed.wire.terms import TERMS

DAY = 86_400


async def show(request: web.Request) -> web.Response:
    """GET /ns: the words of our vocabulary, as JSON-LD or as a page."""
    headers = {
        "Cache-Control": f"public, max-age={DAY}",
        "Vary": "Accept",
        "Access-Control-Allow-Origin": "*",
    }
    if wants_json(request):
        headers["Content-Type"] = "application/ld+json"
        return web.Response(body=orjson.dumps(vocabulary_document()), headers=headers)
    headers["Content-Type"] = "text/html; charset=utf-8"
    return web.Response(body=_page().encode(), headers=headers)


def _page() -> str:
    rows = "".join(
        f'<tr id="{term.name}"><th scope="row"><code>{term.id}</code></th>'
        f"<td>{term.range}</td><td>{term.on}</td><td>{html.escape(term.says)}</td></tr>\n"
        for term in TERMS
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<title>The dosfed vocabulary</title>\n"
        "<h1>The dosfed vocabulary</h1>\n"
        f"<p>Words for deliberation on ActivityStreams objects, under <code>{NAMESPACE}</code>. "
        "The types are those that every server knows; these properties add what they mean.</p>\n"
        "<table>\n<thead><tr><th>Property</th><th>Value</th><th>On</th><th>Meaning</th></tr>"
        f"</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</html>\n"
    )
