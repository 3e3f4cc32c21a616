"""A server that answers each path as a test wishes."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.simulated.signing import MEDIA_TYPE, Request

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Peer:
    """A server that answers each path as a test wishes, and keeps what it was asked."""

    port: int = 0
    replies: dict[str, Reply] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)

    def url(self, path: str, name: str = "peer") -> str:
        return f"http://{name}.localhost:{self.port}{path}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(
            Request(
                method=request.method,
                url=f"http://{request.headers['Host']}{request.raw_path}",
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.read(),
            )
        )
        reply = self.replies.get(request.path)
        return await reply(request) if reply else web.Response(status=404)

    def says(self, path: str, body: Any = b"", **options: Any) -> None:
        """Answer a path always in the same way."""
        if not isinstance(body, bytes):
            options.setdefault("content_type", MEDIA_TYPE)
            body = json.dumps(body).encode()

        async def reply(_request: web.Request) -> web.Response:
            return web.Response(body=body, **options)

        self.replies[path] = reply

    def redirects(self, path: str, to: str) -> None:
        self.says(path, status=302, headers={"Location": to})
