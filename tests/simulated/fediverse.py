"""A simulated fediverse: many hosts on one loopback port, told apart by the Host header."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.simulated import api
from tests.simulated.actors import Now, SimulatedActor, wall_clock
from tests.simulated.answers import answer
from tests.simulated.mastodon import Document
from tests.simulated.servers import Behaviour, Delivery, SimulatedServer
from tests.simulated.signing import (
    BadSignature,
    Form,
    Message,
    Request,
    check_signature,
    form_of,
    key_id_of,
    signed_headers,
)

ACCEPT = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


class LoopbackResolver(AbstractResolver):
    """Finds every host on this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the loopback address, whatever the name."""
        del family
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held open."""


class Fediverse:
    """Simulated servers that share one loopback port (`fediverse()` opens one)."""

    def __init__(self, session: ClientSession, port: int, now: Now) -> None:
        self.session = session
        self.port = port
        self.now = now
        self.servers: dict[str, SimulatedServer] = {}
        self._pems: dict[str, str] = {}

    def server(self, name: str, *, software: str = "mastodon") -> SimulatedServer:
        """Return the server at `http://<name>.localhost:<port>`, making it first if need be."""
        origin = f"http://{name}.localhost:{self.port}"
        host = urlsplit(origin).netloc
        if host not in self.servers:
            self.servers[host] = SimulatedServer(origin=origin, software=software, now=self.now)
        return self.servers[host]

    async def post(
        self, actor: SimulatedActor, inbox: str, activity: Document, form: Form = "cavage"
    ) -> int:
        """Send an activity under the actor's signature; return the status of the answer."""
        body = json.dumps(activity, ensure_ascii=False).encode("utf-8")
        return await self.post_bytes(actor, inbox, body, form)

    async def post_bytes(
        self, actor: SimulatedActor, inbox: str, body: bytes, form: Form = "cavage"
    ) -> int:
        """Send these very bytes under the actor's signature; return the status of the answer."""
        message = Message(method="POST", url=inbox, body=body, at=self.now())
        headers = signed_headers(message, actor.key, form)
        async with self.session.post(inbox, data=body, headers=headers) as response:
            await response.read()
            return response.status

    async def get(self, url: str, signer: SimulatedActor | None = None) -> tuple[int, Any]:
        """Ask for a document; return the status and the JSON, or None where there is none."""
        headers = {}
        if signer is not None:
            message = Message(method="GET", url=url, body=b"", at=self.now())
            headers = signed_headers(message, signer.key)
        async with self.session.get(
            url, headers={**headers, "Accept": ACCEPT}, allow_redirects=False
        ) as response:
            if "json" not in response.content_type:
                return response.status, None
            return response.status, await response.json(content_type=None)

    async def take(self, request: web.Request) -> web.Response:
        """POST to an inbox, shared or personal: what is rightly signed is recorded."""
        server = self._server_of(request)
        if api.is_api(request.path):
            return await self._serve_api(server, request)
        body = await request.read()
        try:
            key_id, form = await self._check(_plain(request, server, body), server)
        except BadSignature as error:
            server.refused.append(str(error))
            return web.Response(status=401)
        status = await _behave(server.inbox)
        if status is None:
            activity = json.loads(body)
            await server.record(
                Delivery(path=request.path, activity=activity, body=body, key_id=key_id, form=form)
            )
        return _empty(status or 202, server.inbox)

    async def show(self, request: web.Request) -> web.Response:
        """GET an actor, a key, a post or a discovery document."""
        server = self._server_of(request)
        server.asked.append(request.path)
        if api.is_api(request.path):
            return await self._serve_api(server, request)
        status = await _behave(server.documents)
        if status is not None:
            return _empty(status, server.documents)
        if server.wants_signed_gets and not request.path.startswith(("/.well-known/", "/nodeinfo")):
            try:
                await self._check(_plain(request, server, b""), server)
            except BadSignature as error:
                server.refused.append(str(error))
                return web.Response(status=401)
        return answer(server, request)

    async def _serve_api(self, server: SimulatedServer, request: web.Request) -> web.Response:
        """Answer an application, or somebody who is asked whether to let one in."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        if request.method == "POST":
            server.asked.append(request.path)
        status = await _behave(server.answers)
        if status is not None:
            return _empty(status, server.answers)
        asked = api.Asked(
            request=request,
            origin=server.origin,
            actors=server.actors,
            api=server.api,
            wire=api.Wire(get=self.get, post=self.post),
            fields=fields,
        )
        return await api.answer(asked)

    def _server_of(self, request: web.Request) -> SimulatedServer:
        server = self.servers.get(request.headers.get("Host", ""))
        if server is None:
            raise web.HTTPMisdirectedRequest
        return server

    async def _check(self, request: Request, server: SimulatedServer) -> tuple[str, Form]:
        """Return which key signed a request and how, or raise `BadSignature`."""
        form = form_of(request)
        if form not in server.forms:
            raise BadSignature(f"{form} is not understood here")
        key_id = key_id_of(request)
        if key_id not in self._pems:
            self._pems[key_id] = await self._fetch_key(key_id)
        check_signature(request, self._pems[key_id], now=self.now())
        return key_id, form

    async def _fetch_key(self, key_id: str) -> str:
        status, owner = await self.get(key_id.partition("#")[0])
        if status != 200 or not isinstance(owner, dict):
            raise BadSignature(f"the key's owner answered {status}")
        key = owner.get("publicKey", {})
        if key.get("id") != key_id or key.get("owner") != owner.get("id"):
            raise BadSignature("the owner does not confirm the key")
        return str(key["publicKeyPem"])


@asynccontextmanager
async def fediverse(now: Now = wall_clock) -> AsyncIterator[Fediverse]:
    """Open an empty simulated fediverse on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    connector = TCPConnector(resolver=LoopbackResolver(), limit=0)
    async with ClientSession(connector=connector) as session:
        world = Fediverse(session, listener.getsockname()[1], now)
        app = web.Application()
        app.router.add_post("/{path:.*}", world.take)
        app.router.add_get("/{path:.*}", world.show)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield world
        finally:
            await runner.cleanup()


def _plain(request: web.Request, server: SimulatedServer, body: bytes) -> Request:
    return Request(
        method=request.method,
        url=server.origin + request.path_qs,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


async def _behave(behaviour: Behaviour) -> int | None:
    """Wait as the server does, and return the status it answers instead of the true one."""
    if behaviour.is_silent:
        await asyncio.Event().wait()
    if behaviour.delay:
        await asyncio.sleep(behaviour.delay)
    if behaviour.until is not None:
        await behaviour.until.wait()
    return behaviour.status


def _empty(status: int, behaviour: Behaviour) -> web.Response:
    if behaviour.retry_after is None:
        return web.Response(status=status)
    return web.Response(status=status, headers={"Retry-After": str(behaviour.retry_after)})
