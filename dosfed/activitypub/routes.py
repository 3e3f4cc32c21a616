"""The routes of the protocol: what servers ask, apart from objects that people read as well."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import collections, receiving, wellknown
from dosfed.activitypub.actors import actor_document, local_actor
from dosfed.activitypub.negotiation import answer_document, problem, wants_page
from dosfed.activitypub.outbox import activity_body
from dosfed.activitypub.writing import to_json
from dosfed.context import DATABASE, INSTANCE

NAME = "{name:[a-z0-9_]{1,64}}"
# Long enough for the thousand servers that a boost sends here, short enough to follow changes.
ACTOR_SECONDS = 300
COLLECTION_SECONDS = 60
ACTIVITY_SECONDS = 60  # what it speaks of may be edited, hidden or deleted
DAY = 86_400

Build = Callable[[AsyncConnection, str], Awaitable[dict[str, Any]]]


def add_routes(app: web.Application) -> None:
    """Add everything that other servers ask for; objects and actors' pages belong to the web."""
    app[receiving.KNOWN_INBOXES] = set()
    app.router.add_routes([*receiving.routes(), *wellknown.routes()])
    app.router.add_get("/actor", instance_actor)
    for path in ("/actor", *(f"/{prefix}/{NAME}" for prefix in "uoc")):
        app.router.add_get(f"{path}/outbox", outbox)
        app.router.add_get(f"{path}/followers", followers)
        app.router.add_get(f"{path}/following", following)
    app.router.add_get("/actor/featured", nothing_featured)
    app.router.add_get("/activities/{token:[a-z0-9]{1,64}}", activity)


async def instance_actor(request: web.Request) -> web.Response:
    """GET /actor: readable unsigned, or two careful servers would wait for each other's key.

    The instance's page for people is its home.
    """
    if wants_page(request):
        return web.Response(status=303, headers={"Location": "/", "Vary": "Accept"})
    instance = request.app[INSTANCE]
    async with request.app[DATABASE].read() as connection:
        actor = await local_actor(connection, instance.actor)
    if actor is None:
        return problem(404)
    return answer_document(
        request, to_json(instance, actor_document(actor, instance)), max_age=ACTOR_SECONDS
    )


async def outbox(request: web.Request) -> web.Response:
    """GET …/outbox: its cover, or with `?page=true` the latest activities before a number."""
    if "page" not in request.query:
        return await _answer_collection(request, collections.outbox)
    before = request.query.get("before")
    if before is not None and collections.NUMBER.fullmatch(before) is None:
        return problem(400, "before: expected a number")

    async def page(connection: AsyncConnection, actor: str) -> dict[str, Any]:
        number = None if before is None else int(before)
        return await collections.outbox_page(connection, actor, before=number)

    return await _answer_collection(request, page)


async def followers(request: web.Request) -> web.Response:
    """GET …/followers: how many."""
    return await _answer_collection(request, collections.followers)


async def following(request: web.Request) -> web.Response:
    """GET …/following: how many."""
    return await _answer_collection(request, collections.following)


async def nothing_featured(request: web.Request) -> web.Response:
    """GET /actor/featured: the instance itself puts nothing forward."""
    instance = request.app[INSTANCE]
    uri = f"{instance.actor}/featured"
    return answer_document(request, to_json(instance, collections.whole(uri, ())), max_age=DAY)


async def _answer_collection(request: web.Request, build: Build) -> web.Response:
    """Answer with a collection of the actor whose path is one step up."""
    instance = request.app[INSTANCE]
    uri = instance.base_url + request.path.rpartition("/")[0]
    async with request.app[DATABASE].read() as connection:
        actor = await local_actor(connection, uri)
        if actor is None or actor.deleted_at is not None:
            return problem(404 if actor is None else 410)
        document = await build(connection, uri)
    return answer_document(request, to_json(instance, document), max_age=COLLECTION_SECONDS)


async def activity(request: web.Request) -> web.Response:
    """GET /activities/{token}: what was public when it was sent; a ballot is not there."""
    uri = request.app[INSTANCE].base_url + request.path
    async with request.app[DATABASE].read() as connection:
        body = await activity_body(connection, uri)
    if body is None:
        return problem(404)
    return answer_document(request, body, max_age=ACTIVITY_SECONDS)
