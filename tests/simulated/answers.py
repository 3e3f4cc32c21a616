"""What a simulated server answers to a GET."""

from aiohttp import web

from tests.simulated.mastodon import CONTEXT, Document
from tests.simulated.servers import SimulatedServer
from tests.simulated.signing import MEDIA_TYPE

# Who names no page where its people interact, and has none at Mastodon's path.
WITHOUT_TEMPLATE = frozenset({"gotosocial", "hollo", "fedify"})


def answer(server: SimulatedServer, request: web.Request) -> web.Response:
    """Return an actor, a key, a post or a discovery document, or 404 or 410."""
    path = request.path
    if path == "/.well-known/webfinger":
        return _webfinger(server, request.query.get("resource", ""))
    if path == "/.well-known/nodeinfo":
        href = f"{server.origin}/nodeinfo/2.0"
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return web.json_response({"links": [{"rel": rel, "href": href}]})
    if path == "/nodeinfo/2.0":
        return web.json_response(_nodeinfo(server))
    if path in server.gone:
        tombstone = {"@context": CONTEXT, "id": server.origin + path, "type": "Tombstone"}
        return web.json_response(tombstone, status=410, content_type=MEDIA_TYPE)
    document = _document(server, path)
    if document is None:
        return web.Response(status=404)
    status = 410 if document["type"] == "Tombstone" else 200
    return web.json_response(document, status=status, content_type=MEDIA_TYPE)


def _document(server: SimulatedServer, path: str) -> Document | None:
    parts = path.split("/")
    if len(parts) < 3 or parts[1] != "users" or parts[2] not in server.actors:
        return None
    actor = server.actors[parts[2]]
    if len(parts) == 3:
        return actor.document()
    if path.endswith("/main-key") and actor.key_suffix == "/main-key":
        # GoToSocial answers at a key's id with a stub of its owner.
        whole = actor.document()
        names = ("@context", "id", "type", "preferredUsername", "publicKey")
        return {name: whole[name] for name in names}
    return actor.objects.get(server.origin + path)


def _webfinger(server: SimulatedServer, resource: str) -> web.Response:
    name, _, host = resource.removeprefix("acct:").rpartition("@")
    # Handles leave the port out where the asker does, as with some servers in development.
    hosts = {server.host, server.host.partition(":")[0], server.handles_at}
    if name not in server.actors or host not in hosts:
        return web.Response(status=404)
    host = server.handles_at or host
    uri = server.actors[name].id
    links = [{"rel": "self", "type": MEDIA_TYPE, "href": uri}]
    if server.software not in WITHOUT_TEMPLATE:
        template = f"{server.origin}/authorize_interaction?uri={{uri}}"
        links.append({"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template})
    return web.json_response(
        {"subject": f"acct:{name}@{host}", "aliases": [uri], "links": links},
        content_type="application/jrd+json",
    )


def _nodeinfo(server: SimulatedServer) -> Document:
    return {
        "version": "2.0",
        "software": {"name": server.software, "version": "1.0.0"},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {"total": len(server.actors)}},
        "metadata": {},
    }
