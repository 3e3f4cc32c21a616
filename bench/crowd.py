"""Many people on many simulated servers, and the requests that they sign beforehand."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import orjson

from bench.load import send
from bench.processes import BenchFailed, Home, wait_until_idle
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import Fediverse
from tests.simulated.mastodon import Document
from tests.simulated.signing import Message, signed_headers

HOSTS = 40
LANES = 200  # five from each of forty servers
ACCEPTED = 202
AGENT = "Mastodon/4.5.0 (http.rb/5.3.1; +https://masto.example/)"


def gather(world: Fediverse, people: int, hosts: int = HOSTS) -> list[SimulatedActor]:
    """Return people spread over simulated servers."""
    return [world.server(f"s{number % hosts}").actor(f"p{number}") for number in range(people)]


def signed(actor: SimulatedActor, inbox: str, activity: Document) -> bytes:
    """Return the whole request by which an actor's server sends an activity, signed now."""
    body = orjson.dumps(activity)
    message = Message(method="POST", url=inbox, body=body, at=datetime.now(UTC))
    headers = {
        **signed_headers(message, actor.key),
        "User-Agent": AGENT,
        "Content-Length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {urlsplit(inbox).path} HTTP/1.1\r\n{lines}\r\n".encode("ascii") + body


def in_lanes(requests: Iterable[tuple[int, bytes]]) -> Sequence[Sequence[bytes]]:
    """Spread requests over connections: those of one person stay in order on one of them."""
    lanes: list[list[bytes]] = [[] for _ in range(LANES)]
    for person, request in requests:
        lanes[person % LANES].append(request)
    return lanes


async def deliver(home: Home, requests: Iterable[tuple[int, bytes]]) -> None:
    """Send requests, each with the number of the person; all must be accepted."""
    statuses = await send(home.port, in_lanes(requests))
    if set(statuses) != {ACCEPTED}:
        raise BenchFailed(f"answered with {dict(statuses)}")


async def introduce(home: Home, people: Sequence[SimulatedActor], inbox: str, thing: str) -> None:
    """Let the server meet everybody, so that all keys are known afterwards."""
    likes = (
        (number, signed(actor, inbox, actor.like(thing))) for number, actor in enumerate(people)
    )
    statuses = await send(home.port, in_lanes(likes))
    if not statuses[ACCEPTED] == len(people):
        raise BenchFailed(f"of {len(people)} people {statuses[ACCEPTED]} were let in: {statuses}")
    await wait_until_idle(home)
