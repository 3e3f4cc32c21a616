"""How others find us: WebFinger, host-meta, NodeInfo."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import quoteattr

import orjson
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import __version__
from dosfed.activitypub.actors import TYPES, LocalActor, actor_with_handle, local_actor
from dosfed.activitypub.handles import read_handle
from dosfed.activitypub.negotiation import problem
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.instance import Instance

AS = "https://www.w3.org/ns/activitystreams"
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema"
NODEINFO_VERSIONS = ("2.0", "2.1")
REPOSITORY = "https://w3id.org/dosfed"
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]")
MINUTES_10 = "public, max-age=600"
OPEN = {"Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How an instance is used, as NodeInfo tells it: accounts, posts, replies to posts.

    `in_month` and `in_half_year` are the accounts used within 30 and 180 days. With `is_open`,
    anybody may make an account.
    """

    name: str
    users: int
    in_month: int
    in_half_year: int
    posts: int
    comments: int
    is_open: bool


Count = Callable[[AsyncConnection, datetime], Awaitable[Usage]]
COUNTS: web.AppKey[Count] = web.AppKey("counts")


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/.well-known/webfinger", webfinger),
        web.get("/.well-known/host-meta", host_meta),
        web.get("/.well-known/host-meta.json", host_meta_json),
        web.get("/.well-known/nodeinfo", nodeinfo_links),
        web.get("/nodeinfo/{version:2\\.[01]}", nodeinfo),
    ]


async def webfinger(request: web.Request) -> web.Response:
    """GET /.well-known/webfinger (RFC 7033)."""
    resource = request.query.get("resource", "").strip()
    instance = request.app[INSTANCE]
    if not _is_resource(resource):
        return problem(400, "resource: expected a URI such as acct:name@host", headers=OPEN)
    async with request.app[DATABASE].read() as connection:
        actor = await find_actor(connection, instance, resource)
    if actor is None:
        return problem(404, "resource: unknown here", headers=OPEN)
    if actor.deleted_at is not None:
        return problem(410, "resource: deleted", headers=OPEN)
    document = jrd_for(actor, instance)
    if rels := request.query.getall("rel", []):  # RFC 7033, section 4.3
        document["links"] = [link for link in document["links"] if link["rel"] in rels]
    return _json(document, "application/jrd+json")


async def find_actor(
    connection: AsyncConnection, instance: Instance, resource: str
) -> LocalActor | None:
    """Return the actor that a handle, an actor's id or our origin names."""
    if resource.rstrip("/") == instance.base_url:
        return await local_actor(connection, instance.actor)
    if resource.startswith(("https://", "http://")):
        return await local_actor(connection, resource)
    handle = read_handle(resource)
    # In development our host has a port, which people leave out.
    if handle is None or handle.host not in {instance.host, instance.handle}:
        return None
    return await actor_with_handle(connection, handle.name)


def jrd_for(actor: LocalActor, instance: Instance) -> dict[str, Any]:
    """Return an actor's JRD: Mastodon drops actors whose handle does not lead back to their id.

    There is exactly one link that may be read as an ActivityPub document: Lemmy tries all.
    """
    interact = f"{instance.base_url}/authorize_interaction?uri="
    self_link = {
        "type": "application/activity+json",
        "href": actor.id,
        "properties": {f"{AS}#type": TYPES[actor.kind]},
    }
    document: dict[str, Any] = {
        "subject": f"acct:{actor.handle}@{instance.host}",
        "aliases": [actor.id],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": actor.id},
            {"rel": "self", **self_link},
            {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": interact + "{uri}"},
            {"rel": "https://w3id.org/fep/3b86/Object", "template": interact + "{object}"},
        ],
    }
    if actor.kind == "instance":  # FEP-d556
        document["aliases"].append(f"{instance.base_url}/")
        document["links"].append({"rel": f"{AS}#Service", **self_link})
    return document


async def host_meta(request: web.Request) -> web.Response:
    """GET /.well-known/host-meta, for servers that ask here before WebFinger (RFC 6415)."""
    template = quoteattr(_lrdd_template(request.app[INSTANCE]))
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template={template}/>\n'
        "</XRD>\n"
    )
    headers = {"Content-Type": "application/xrd+xml; charset=utf-8", "Cache-Control": MINUTES_10}
    return web.Response(body=body.encode(), headers=headers | OPEN)


async def host_meta_json(request: web.Request) -> web.Response:
    """GET /.well-known/host-meta.json."""
    link = {"rel": "lrdd", "template": _lrdd_template(request.app[INSTANCE])}
    return _json({"links": [link]}, "application/json")


async def nodeinfo_links(request: web.Request) -> web.Response:
    """GET /.well-known/nodeinfo, which names the instance actor as well (FEP-2677).

    The actor comes first: some take the last link for the newest NodeInfo, whatever it is.
    """
    instance = request.app[INSTANCE]
    links = [{"rel": f"{AS}#Application", "href": instance.actor}]
    links += [
        {"rel": f"{NODEINFO}/{version}", "href": f"{instance.base_url}/nodeinfo/{version}"}
        for version in NODEINFO_VERSIONS
    ]
    return _json({"links": links}, "application/json")


async def nodeinfo(request: web.Request) -> web.Response:
    """GET /nodeinfo/{version}."""
    version = request.match_info["version"]
    async with request.app[DATABASE].read() as connection:
        usage = await request.app[COUNTS](connection, request.app[CLOCK].now())
    document = nodeinfo_document(version, usage)
    return _json(document, f'application/json; profile="{NODEINFO}/{version}#"')


def nodeinfo_document(version: str, usage: Usage) -> dict[str, Any]:
    """Return a NodeInfo document of version 2.0 or 2.1, which alone names the source code."""
    software = {"name": "dosfed", "version": __version__}
    if version != "2.0":
        software |= {"repository": REPOSITORY, "homepage": REPOSITORY}
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": usage.is_open,
        "usage": {
            "users": {
                "total": usage.users,
                "activeHalfyear": usage.in_half_year,
                "activeMonth": usage.in_month,
            },
            "localPosts": usage.posts,
            "localComments": usage.comments,
        },
        "metadata": {"nodeName": usage.name},
    }


def _is_resource(text: str) -> bool:
    """Whether this is a URI (RFC 7033, section 4.1), and if it has our scheme, a handle."""
    if SCHEME.match(text) is None:
        return False
    return not text.startswith("acct:") or read_handle(text) is not None


def _lrdd_template(instance: Instance) -> str:
    return f"{instance.base_url}/.well-known/webfinger?resource={{uri}}"


def _json(document: Mapping[str, Any], content_type: str) -> web.Response:
    headers = {"Content-Type": content_type, "Cache-Control": MINUTES_10}
    return web.Response(body=orjson.dumps(document), headers=headers | OPEN)
