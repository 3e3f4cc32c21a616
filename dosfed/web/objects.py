"""Objects for other servers: the same ids as for people, as JSON."""

from functools import partial

from aiohttp import web

from dosfed.activitypub.actors import instance_actor_document
from dosfed.activitypub.negotiation import answer_document
from dosfed.activitypub.writing import to_json
from dosfed.acts.documents import Asked, Gone, document
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.web.cache import Kept
from dosfed.web.services import CACHE

# A boosted post is fetched by a thousand servers at once, and its tally moves within minutes.
SECONDS = 60
GONE = web.HTTPGone.status_code


async def show(request: web.Request) -> web.Response:
    """Answer with the document at a path, or with the Tombstone of what was there."""
    query = request.rel_url.raw_query_string
    kept = request.app[CACHE].get((request.path, query))
    if kept is None:
        kept = await request.app[CACHE].get_or_make((request.path, query), partial(_make, request))
    return answer_document(request, kept.body, max_age=SECONDS, status=kept.status)


async def show_instance(request: web.Request) -> web.Response:
    """Answer with the instance actor, which some servers look for at the root."""
    instance = request.app[INSTANCE]
    async with request.app[DATABASE].read() as connection:
        found = await instance_actor_document(connection, instance)
    return answer_document(request, to_json(instance, found), max_age=SECONDS)


async def _make(request: web.Request) -> Kept:
    asked = Asked(
        instance=request.app[INSTANCE],
        path=request.path,
        query=request.query,
        now=request.app[CLOCK].now(),
    )
    async with request.app[DATABASE].read() as connection:
        try:
            found = await document(connection, asked)
        except ValueError as error:
            raise web.HTTPBadRequest from error
    if found is None:
        raise web.HTTPNotFound
    body = to_json(asked.instance, found.document)
    return Kept(body=body, status=GONE if isinstance(found, Gone) else 200)
