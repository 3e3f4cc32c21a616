"""A client's connection, whose requests must arrive without long pauses."""

import asyncio
from typing import Any

from aiohttp import web

# A head is sent in one go, and so is what follows it; a proxy waits for both before it sends.
HEAD_SECONDS = 10.0
PAUSE_SECONDS = 10.0
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Connection(web.RequestHandler):
    """Waits so long for a whole head, and so long for each next part of a body.

    The library waits for either as long as the connection stands. It closes connections that
    are idle, and whoever reads a body says how long all of it may take; what is left is here.
    The library's own state is asked for, since nothing else says where a request begins.
    """

    __slots__ = ("_body", "_deadline", "_has_begun", "_timer")

    def __init__(self, manager: web.Server, **settings: Any) -> None:
        super().__init__(manager, **settings)
        self._body: Any = None  # what still arrives of the last request
        self._deadline: float | None = None
        self._has_begun = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect the first head."""
        super().connection_made(transport)
        self._expect(HEAD_SECONDS)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Expect nothing more."""
        super().connection_lost(exc)
        self._deadline = self._body = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """See which part of a request has arrived, and what is to be expected next."""
        heads, is_idle = self._request_count, self._waiter is not None
        super().data_received(data)
        self._has_begun = True
        if self._request_count != heads:
            self._body = self._messages[-1][1] if self._messages else None
            self._deadline = None
        if self._body is not None:
            if self._body.is_eof():
                self._deadline = self._body = None
            else:
                self._expect(PAUSE_SECONDS)
        elif is_idle and self._request_count == heads and self._deadline is None:
            self._expect(HEAD_SECONDS)

    def _expect(self, seconds: float) -> None:
        self._deadline = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        elif self._body is None:
            self._end()
        elif self._reading_paused:  # it is our turn, not the sender's
            self._expect(PAUSE_SECONDS)
        else:
            self._deadline = None
            self._body.set_exception(TimeoutError("the rest of a body does not come"))

    def _end(self) -> None:
        if self._has_begun and self.transport is not None:
            self.transport.write(TOO_SLOW)
        self.force_close()


class Server(web.Server):
    """Makes a `Connection` for each client."""

    def __init__(self, made: web.Server, settings: dict[str, Any]) -> None:
        handler, factory = made.request_handler, made.request_factory
        super().__init__(handler, request_factory=factory, **settings)

    def __call__(self) -> Connection:
        """Return what answers a client that has just connected."""
        return Connection(self, loop=self._loop, **self._kwargs)
