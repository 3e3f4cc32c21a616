"""One simulated server: its accounts, its manners and what reached it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from tests.simulated.actors import Now, SimulatedActor, wall_clock
from tests.simulated.api import Api
from tests.simulated.mastodon import Document
from tests.simulated.signing import Form, pool_key

BOTH_FORMS: frozenset[Form] = frozenset({"cavage", "rfc9421"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a server answers: late, when it may, with a failure, or never."""

    status: int | None = None  # instead of the true one
    retry_after: int | None = None
    delay: float = 0.0  # in seconds
    until: asyncio.Event | None = None  # which a test sets
    is_silent: bool = False  # the request is read, an answer never comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An activity that came in and was rightly signed."""

    path: str
    activity: Document
    body: bytes
    key_id: str
    form: Form


@dataclass(slots=True, kw_only=True)
class SimulatedServer:
    """One host of the simulated fediverse, with its accounts and what reached it.

    Tests change `inbox`, `documents`, `answers`, `forms` and `wants_signed_gets` as they please.
    """

    origin: str
    software: str
    handles_at: str | None = None  # the host of its people's handles, if it is not its own
    now: Now = wall_clock
    actors: dict[str, SimulatedActor] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # paths that answer 410
    inbox: Behaviour = Behaviour()
    documents: Behaviour = Behaviour()
    answers: Behaviour = Behaviour()  # of the API
    api: Api = field(default_factory=Api)
    forms: frozenset[Form] = BOTH_FORMS  # signatures that it understands
    wants_signed_gets: bool = False
    received: list[Delivery] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # why, in order
    asked: list[str] = field(default_factory=list)  # paths of the documents asked for
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        """Have the manners of its software."""
        self.api.gate.software = self.software
        if self.software == "snac":
            self.api.gate.offered = None

    @property
    def host(self) -> str:
        """The host of all its ids, with the port."""
        return urlsplit(self.origin).netloc

    def actor(self, name: str, *, type: str = "Person") -> SimulatedActor:  # noqa: A002  # as on the wire
        """Return the account of that name, making it first if need be."""
        if name not in self.actors:
            number = sum(ord(letter) for letter in self.host + name) + len(self.actors)
            self.actors[name] = SimulatedActor(
                origin=self.origin,
                name=name,
                private=pool_key(number),
                now=self.now,
                type=type,
                key_suffix="/main-key" if self.software == "gotosocial" else "#main-key",
            )
        return self.actors[name]

    def change_key(self, name: str) -> SimulatedActor:
        """Give an account another key, as after a reinstallation; return it."""
        old = self.actors[name]
        number = next(n for n in range(2) if pool_key(n) is not old.private)
        self.actors[name] = replace(old, private=pool_key(number))
        return self.actors[name]

    def remove(self, name: str) -> SimulatedActor:
        """Make the server forget an account: its id answers 410 from now on."""
        actor = self.actors.pop(name)
        self.gone.add(urlsplit(actor.id).path)
        return actor

    async def record(self, delivery: Delivery) -> None:
        """Keep what came in and wake those who wait for it."""
        async with self._arrived:
            self.received.append(delivery)
            self._arrived.notify_all()

    async def wait_for(
        self, wanted: Callable[[Document], bool], *, seconds: float = 30.0
    ) -> Document:
        """Return the first activity of the wanted kind that came in, or raise `TimeoutError`."""

        def found() -> Document | None:
            return next((d.activity for d in self.received if wanted(d.activity)), None)

        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(lambda: found() is not None)
            activity = found()
        if activity is None:
            raise LookupError("an activity that was there is gone")
        return activity

    async def wait_for_type(self, kind: str, *, seconds: float = 30.0) -> Document:
        """Return the first activity of a type that came in, or raise `TimeoutError`."""
        return await self.wait_for(lambda activity: activity["type"] == kind, seconds=seconds)
