"""The wire between whole servers of one process: it delays, drops, repeats and reorders."""

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum

import orjson
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

# Only what our servers ask of each other is at the mercy of the wire, not what a browser asks.
ASKER = re.compile(r"^dosfed/\S+ \(\+http://([^/]+)/\)$")
ARRIVAL_SECONDS = 60.0  # on a machine that is busy
PER_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Fate(Enum):
    """What becomes of a request on its way."""

    ARRIVES = "arrives"
    TWICE = "arrives, and then once more"
    LOST = "never arrives; the sender sees a broken connection"
    UNANSWERED = "arrives; the answer is lost"
    HANGS = "never arrives, and the sender waits"
    HANGS_AFTER = "arrives; the sender waits for the answer"
    LATER = "is acknowledged, and arrives when the test says so"
    FAILS = "is answered by 503"


ARRIVALS = {Fate.ARRIVES: 1, Fate.TWICE: 2, Fate.UNANSWERED: 1, Fate.HANGS_AFTER: 1}
ANSWERED = frozenset({Fate.ARRIVES, Fate.TWICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A request of one server to another; `status` is the answer that the sender got, or 0."""

    sender: str
    receiver: str
    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes
    status: int = 0

    @property
    def activity(self) -> str:
        """The id of the activity that is delivered; "" for a GET."""
        return str(orjson.loads(self.body)["id"]) if self.body else ""

    @property
    def kind(self) -> str:
        """The type of the activity that is delivered; "" for a GET."""
        return str(orjson.loads(self.body)["type"]) if self.body else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: CIMultiDict[str]
    body: bytes


Fates = Callable[[Crossing], Fate]


def kindly(_crossing: Crossing) -> Fate:
    """Let everything arrive."""
    return Fate.ARRIVES


@dataclass(slots=True, kw_only=True)
class Wire:
    """One loopback port on which all servers are found, told apart by the Host header.

    `fate` decides of each request between servers; `down` are hosts that nobody reaches;
    `crossed` are the requests that were made, in the order in which they ended.
    """

    port: int
    session: ClientSession
    fate: Fates = kindly
    down: set[str] = field(default_factory=set)
    crossed: list[Crossing] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    _later: list[Crossing] = field(default_factory=list)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def connect(self, host: str, port: int) -> None:
        """Let a host be found at a port of this machine."""
        self._places[host] = port

    def disconnect(self, host: str) -> None:
        """Let a host be found no longer, and nothing hang."""
        del self._places[host]
        self.free()

    def free(self) -> None:
        """Let go of the requests that hang; their senders find the connection broken."""
        self._freed.set()
        self._freed = asyncio.Event()

    async def hand_over(self, order: random.Random) -> int:
        """Let what was acknowledged arrive twice, in another order; return how much it was."""
        held, self._later = self._later * 2, []
        order.shuffle(held)
        for crossing in held:
            await self._forward(crossing)
        return len(held)

    def posts(self, receiver: str) -> list[Crossing]:
        """Return the deliveries to a host, in the order in which they ended."""
        return [one for one in self.crossed if one.receiver == receiver and one.method == "POST"]

    async def wait_for(self, wanted: Callable[[Crossing], bool]) -> Crossing:
        """Return the first request of the wanted kind that has ended, or raise `TimeoutError`."""

        def found() -> Crossing | None:
            return next((one for one in self.crossed if wanted(one)), None)

        async with asyncio.timeout(ARRIVAL_SECONDS), self._news:
            await self._news.wait_for(lambda: found() is not None)
            crossing = found()
        assert crossing is not None
        return crossing

    async def carry(self, request: web.Request) -> web.Response:
        """Take one request where it belongs, if its fate allows."""
        crossing = await _read(request)
        answer = await self._meet(crossing, self._fate_of(crossing))
        if answer is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    def _fate_of(self, crossing: Crossing) -> Fate:
        if crossing.receiver not in self._places:
            return Fate.LOST
        if not crossing.sender:
            return Fate.ARRIVES
        return Fate.LOST if crossing.receiver in self.down else self.fate(crossing)

    async def _meet(self, crossing: Crossing, fate: Fate) -> _Answer | None:
        """Let a request meet its fate; return what the sender is answered, if anything."""
        answer: _Answer | None = None
        for _ in range(ARRIVALS.get(fate, 0)):
            answer = await self._forward(crossing)
        if fate is Fate.LATER:
            self._later.append(crossing)
            answer = _Answer(status=202, headers=CIMultiDict(), body=b"")
        elif fate is Fate.FAILS:
            answer = _Answer(status=503, headers=CIMultiDict(), body=b"")
        elif fate not in ANSWERED:
            answer = None
        freed = self._freed
        await self._note(crossing, answer.status if answer else 0)
        if fate in {Fate.HANGS, Fate.HANGS_AFTER}:
            await freed.wait()
        return answer

    async def _forward(self, crossing: Crossing) -> _Answer:
        port = self._places[crossing.receiver]
        url = URL(f"http://127.0.0.1:{port}{crossing.path}", encoded=True)
        async with self.session.request(
            crossing.method,
            url,
            headers=crossing.headers,
            data=crossing.body or None,
            allow_redirects=False,
        ) as response:
            return _Answer(
                status=response.status,
                headers=_between_ends(response.headers.items()),
                body=await response.read(),
            )

    async def _note(self, crossing: Crossing, status: int) -> None:
        if not crossing.sender:
            return
        async with self._news:
            self.crossed.append(replace(crossing, status=status))
            self._news.notify_all()


async def _read(request: web.Request) -> Crossing:
    asker = ASKER.match(request.headers.get("User-Agent", ""))
    return Crossing(
        sender=asker[1] if asker else "",
        receiver=request.headers["Host"],
        method=request.method,
        path=request.raw_path,
        headers=_between_ends(request.headers.items()),
        body=await request.read(),
    )


def _between_ends(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    """Return the headers that are meant for the other end, not for the next hop."""
    return CIMultiDict((name, value) for name, value in headers if name.lower() not in PER_HOP)


@asynccontextmanager
async def open_wire() -> AsyncIterator[Wire]:
    """Open a wire on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    async with ClientSession(
        connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar(), auto_decompress=False
    ) as session:
        wire = Wire(port=listener.getsockname()[1], session=session)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", wire.carry)
        runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield wire
        finally:
            wire.free()
            await runner.cleanup()
