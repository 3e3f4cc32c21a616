"""Send prepared requests over kept connections, at little cost to the sender."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from time import monotonic
from typing import cast

RETRY_SECONDS = 1.0
PATIENCE = 30  # times that one request is sent again
UNAVAILABLE = 503


class Lane(asyncio.Protocol):
    """One connection that sends its requests one after another, each after the last answer.

    A request that is answered with 503 is sent again, as every server does, before the
    next one: what a lane sends arrives in order.
    """

    def __init__(self, requests: Iterable[bytes], statuses: Counter[int]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests: Iterator[bytes] = iter(requests)
        self._statuses = statuses
        self._request = b""
        self._tries = 0
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send_next()

    def data_received(self, data: bytes) -> None:
        """Send the next request once the answer is whole."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        if len(self._received) < end + 4 + _content_length(head):
            return
        self._received = b""
        status = int(head[9:12])
        self._statuses[status] += 1
        if status == UNAVAILABLE and self._tries < PATIENCE:
            self._tries += 1
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._send)
        else:
            self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits if there was more to send."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def _send_next(self) -> None:
        self._request = next(self._requests, b"")
        self._tries = 0
        self._send()

    def _send(self) -> None:
        if self._transport is None or self.done.done():
            return
        if self._request:
            self._transport.write(self._request)
            return
        self.done.set_result(None)
        self._transport.close()


def _content_length(head: bytes) -> int:
    start = head.find(b"\r\ncontent-length:")
    if start < 0:
        raise ValueError("an answer without a Content-Length")
    return int(head[start + 17 :].split(b"\r\n", 1)[0])


async def send(port: int, lanes: Sequence[Iterable[bytes]]) -> Counter[int]:
    """Send each lane's requests over a connection of its own; return the statuses counted."""
    statuses: Counter[int] = Counter()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(partial(Lane, lane, statuses), "127.0.0.1", port)
        for lane in lanes
    ]
    await asyncio.gather(*(lane.done for _, lane in opened))
    return statuses


async def ask_for(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float
) -> float:
    """Send requests in turn, over and over, for a while; return how many were answered a second."""
    turns = itertools.cycle(requests)

    def repeated() -> Iterator[bytes]:
        while monotonic() < until:
            yield next(turns)

    began = monotonic()
    until = began + seconds
    statuses = await send(port, [repeated() for _ in range(connections)])
    if set(statuses) != {200}:
        raise ValueError(f"answered with {dict(statuses)}")
    return statuses.total() / (monotonic() - began)


async def time_each(port: int, requests: Sequence[bytes], *, seconds: float) -> list[float]:
    """Send requests one after another, with nobody else there; return how long each took."""
    took: list[float] = []

    def timed() -> Iterator[bytes]:
        asked = monotonic()
        for request in itertools.cycle(requests):
            yield request
            took.append(monotonic() - asked)
            asked = monotonic()
            if asked > until:
                return

    until = monotonic() + seconds
    statuses = await send(port, [timed()])
    if set(statuses) != {200}:
        raise ValueError(f"answered with {dict(statuses)}")
    return took
