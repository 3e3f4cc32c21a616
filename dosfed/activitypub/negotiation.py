"""Answer with ActivityPub documents where they are asked for."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus

import orjson
from aiohttp import web

# Lemmy compares the whole header: one space, lower case, nothing fancier.
CONTENT_TYPE = "application/activity+json; charset=utf-8"
JSON_TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
PROBLEM = "application/problem+json"
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def wants_json(request: web.Request) -> bool:
    """Whether a request asks for a document rather than a page; `*/*` is a page."""
    return _prefers_json(",".join(request.headers.getall("Accept", ())))


def wants_page(request: web.Request) -> bool:
    """Whether a browser asks: it names HTML, and likes nothing of ours better."""
    accept = request.headers.get("Accept", "").lower()
    return any(kind in accept for kind in HTML_TYPES) and not wants_json(request)


def answer_document(
    request: web.Request, body: bytes, *, max_age: int, status: int = 200
) -> web.Response:
    """Answer with a public document, or with 304 if the asker has it already."""
    tag = blake2b(body, digest_size=16).hexdigest()
    headers = {
        "Cache-Control": f"public, max-age={max_age}",
        "ETag": f'"{tag}"',
        "Vary": "Accept",
        "Access-Control-Allow-Origin": "*",
    }
    if status == web.HTTPOk.status_code and _has(request, tag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = CONTENT_TYPE
    return web.Response(body=body, status=status, headers=headers)


def problem(
    status: int, detail: str | None = None, *, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer a program that something is wrong (RFC 9457), with our word for it."""
    said: dict[str, object] = {"title": HTTPStatus(status).phrase, "status": status}
    if detail:
        said["detail"] = detail
    response = web.Response(status=status, body=orjson.dumps(said), headers=headers)
    response.headers["Content-Type"] = PROBLEM
    return response


def _has(request: web.Request, tag: str) -> bool:
    if "If-None-Match" not in request.headers:
        return False
    return any(known.value in {tag, "*"} for known in request.if_none_match or ())


@lru_cache(maxsize=256)
def _prefers_json(accept: str) -> bool:
    weights = dict(_weighed(part) for part in accept.lower().split(","))
    json = max((weights.get(kind, 0.0) for kind in JSON_TYPES), default=0.0)
    html = max((weights.get(kind, 0.0) for kind in HTML_TYPES), default=0.0)
    return json > 0 and json >= html


def _weighed(part: str) -> tuple[str, float]:
    """Return a media type with its weight (RFC 9110, 12.4.2); parameters are not looked at."""
    kind, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return kind, float(parameter[2:])
            except ValueError:
                return kind, 0.0
    return kind, 1.0
