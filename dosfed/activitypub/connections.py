"""A client's connection, whose requests must arrive without long pauses."""

import asyncio
from typing import Any

from aiohttp import EMPTY_PAYLOAD, web

# A head is sent in one go, and so is what follows it; a proxy waits for both before it sends.
HEAD_SECONDS = 10.0
PAUSE_SECONDS = 10.0
END_OF_HEAD = b"\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Connection(web.RequestHandler):
    """Waits so long for a whole head, and so long for each next part of a body.

    The library waits for either as long as the connection is open. It closes connections that
    are idle, and whoever reads a body says how long all of it may take; what is left is here.
    The library's own state is asked for, since nothing else says where a request begins.
    """

    __slots__ = ("_body", "_deadline", "_last", "_timer")

    def __init__(self, manager: web.Server, **settings: Any) -> None:
        super().__init__(manager, **settings)
        self._body: Any = None  # what still arrives of the last request
        self._deadline: float | None = None
        self._last = b""  # the last few bytes that came
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
        # The library parses what came, and one packet may end a body, and hold a whole request, and
        # half of the next. Only the count of requests and the last bytes tell where it stands.
        heads = self._request_count
        super().data_received(data)
        self._last = (self._last + data)[-len(END_OF_HEAD) :]
        is_new = self._request_count != heads
        if is_new:
            self._deadline = None
            self._body = self._messages[-1][1] if self._messages else None
        if self._body is EMPTY_PAYLOAD:
            self._body = None
            is_new = self._last == END_OF_HEAD  # else the next head has begun right behind it
        if self._body is None:
            if not is_new and self._deadline is None:
                self._expect(HEAD_SECONDS)
        elif self._body.is_eof():
            self._deadline = self._body = None
        else:
            self._expect(PAUSE_SECONDS)

    def _expect(self, seconds: float) -> None:
        # The timer is left as it is and looks again when it rings: to move it with each packet of
        # a large body would cost more than to look once in vain.
        self._deadline = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        elif self._is_our_turn():
            self._expect(PAUSE_SECONDS)
        elif self._body is None:
            self._end()
        else:
            self._deadline = None
            self._body.set_exception(TimeoutError("the rest of a body does not come"))

    def _is_our_turn(self) -> bool:
        """Whether the client may be waiting for us: for an answer, or until more can be read."""
        is_answering = self._current_request is not None or bool(self._messages)
        return self._reading_paused or (self._body is None and is_answering)

    def _end(self) -> None:
        # A connection on which nothing came at all just ends, as an idle one does.
        if self._last and self.transport is not None:
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
