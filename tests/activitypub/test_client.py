"""The one way out: what is asked for, how it is signed, what is believed of the answer."""

import asyncio
import gzip
import hashlib

import pytest
from aiohttp import web

from dosfed import __version__
from dosfed.activitypub.client import (
    ACCEPT,
    Answer,
    Client,
    FetchFailed,
    Unreachable,
)
from dosfed.activitypub.keys import KeyRing
from dosfed.settings import Settings
from dosfed.storage.engine import Database
from tests.activitypub.development import (
    BASE_URL,
    INSTANCE,
    open_client,
)
from tests.activitypub.peer import Peer
from tests.conftest import GivenClock
from tests.simulated.signing import MEDIA_TYPE, Form, Request, check_signature, public_pem

BODY = b'{"type": "Like"}'
DIGEST = hashlib.sha256(BODY).digest()


async def our_pem(database: Database) -> str:
    signer = await KeyRing(database).signer(INSTANCE.actor)
    return public_pem(signer.key)


async def test_a_get_is_signed_by_the_instance_actor(
    peer: Peer, client: Client, database: Database, clock: GivenClock
) -> None:
    peer.says("/users/ana", b"{}", content_type=MEDIA_TYPE)

    response = await client.get(peer.url("/users/ana?page=1"), accept=ACCEPT)

    assert (response.status, response.body, response.content_type) == (200, b"{}", MEDIA_TYPE)
    request = peer.seen[0]
    assert f'keyId="{BASE_URL}/actor#main-key"' in request.headers["signature"]
    check_signature(request, await our_pem(database), now=clock.now())
    assert request.headers["user-agent"] == f"dosfed/{__version__} (+{BASE_URL}/)"
    assert request.headers["accept"] == ACCEPT
    assert "cookie" not in request.headers


async def test_after_a_401_the_path_is_signed_alone_then_in_the_newer_form(
    peer: Peer, client: Client, database: Database, clock: GivenClock
) -> None:
    peer.says("/outbox", status=401)

    response = await client.get(peer.url("/outbox?page=1"), accept=ACCEPT)

    assert response.status == 401
    assert len(peer.seen) == 3
    pem = await our_pem(database)
    whole, path_alone, message = peer.seen
    check_signature(whole, pem, now=clock.now())
    check_signature(
        Request(method="GET", url=peer.url("/outbox"), headers=path_alone.headers, body=b""),
        pem,
        now=clock.now(),
    )
    assert "signature-input" in message.headers
    check_signature(message, pem, now=clock.now())


async def test_a_get_may_go_unsigned(peer: Peer, client: Client) -> None:
    peer.says("/.well-known/nodeinfo")
    await client.get(peer.url("/.well-known/nodeinfo"), accept="application/json", signed=False)
    assert "signature" not in peer.seen[0].headers


async def test_a_redirect_is_followed_and_signed_anew_on_the_same_origin_only(
    peer: Peer, client: Client, database: Database, clock: GivenClock
) -> None:
    peer.redirects("/a", "/b")
    peer.redirects("/b", peer.url("/c", name="other"))
    peer.says("/c", b"there")

    response = await client.get(peer.url("/a"), accept=ACCEPT)

    assert response.body == b"there"
    assert response.url == peer.url("/c", name="other")
    first, second, third = peer.seen
    for request in (first, second):
        check_signature(request, await our_pem(database), now=clock.now())
    assert "signature" not in third.headers


async def test_redirects_come_to_an_end(peer: Peer, client: Client) -> None:
    peer.redirects("/a", "/a")
    with pytest.raises(FetchFailed, match="redirects") as caught:
        await client.get(peer.url("/a"), accept=ACCEPT)
    assert caught.value.is_final
    assert len(peer.seen) == 4


@pytest.mark.parametrize("location", ["ftp://peer.localhost/", "http://[::1", "", BASE_URL + "/x"])
async def test_a_redirect_to_where_nobody_may_go_fails(
    peer: Peer, client: Client, location: str
) -> None:
    if not location:
        peer.says("/a", status=302, headers={"Location": "http://"})
    else:
        peer.redirects("/a", location)
    with pytest.raises(FetchFailed) as caught:
        await client.get(peer.url("/a"), accept=ACCEPT)
    assert caught.value.is_final


async def test_a_body_beyond_the_limit_is_not_read(peer: Peer, client: Client) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    peer.replies["/endless"] = endless
    with pytest.raises(FetchFailed, match="too large"):
        await client.get(peer.url("/endless"), accept=ACCEPT, max_bytes=100_000)


async def test_a_packed_body_is_unpacked_within_the_limit(peer: Peer, client: Client) -> None:
    packed = {"Content-Encoding": "gzip"}
    peer.says("/small", gzip.compress(b"x" * 1000), headers=packed)
    peer.says("/bomb", gzip.compress(bytes(50_000_000)), headers=packed)
    peer.says("/broken", b"nonsense", headers=packed)
    peer.says("/other", b"nonsense", headers={"Content-Encoding": "br"})

    response = await client.get(peer.url("/small"), accept=ACCEPT)

    assert response.body == b"x" * 1000
    for path in ("/bomb", "/broken", "/other"):
        with pytest.raises(FetchFailed):
            await client.get(peer.url(path), accept=ACCEPT)


async def test_a_slow_body_does_not_outlast_the_deadline(peer: Peer, client: Client) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.02)

    peer.replies["/slow"] = drip
    with pytest.raises(FetchFailed, match="in time") as caught:
        await client.get(peer.url("/slow"), accept=ACCEPT, total_seconds=0.2)
    assert not caught.value.is_final


async def test_a_server_that_is_down_may_be_up_the_next_time(client: Client) -> None:
    with pytest.raises(FetchFailed) as caught:
        await client.get("http://down.localhost:1/", accept=ACCEPT)
    assert not caught.value.is_final


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://localhost/"]
)
async def test_in_production_this_machine_is_out_of_reach(
    url: str, database: Database, clock: GivenClock, settings: Settings
) -> None:
    async with open_client(database, settings, clock) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.get(url, accept=ACCEPT)
        assert caught.value.is_final
        signer = await KeyRing(database).signer(f"{settings.base_url}/actor")
        with pytest.raises(Unreachable):
            await client.post(url, BODY, digest=DIGEST, signer=signer, form="cavage")


@pytest.mark.parametrize("form", ["cavage", "rfc9421"])
async def test_a_delivery_is_signed_by_the_actor(
    peer: Peer, client: Client, database: Database, clock: GivenClock, form: Form
) -> None:
    peer.says("/inbox", status=202)
    signer = await KeyRing(database).signer(INSTANCE.actor)

    answer = await client.post(peer.url("/inbox"), BODY, digest=DIGEST, signer=signer, form=form)

    assert answer == Answer(status=202, retry_after=None)
    request = peer.seen[0]
    assert request.body == BODY
    assert request.headers["content-type"] == MEDIA_TYPE
    assert ("signature-input" in request.headers) is (form == "rfc9421")
    check_signature(request, await our_pem(database), now=clock.now())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 01 May 2026 12:01:00 GMT", 60.0),
        ("Fri, 01 May 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_an_inbox_may_say_when_to_come_back(
    peer: Peer, client: Client, database: Database, header: str, seconds: float | None
) -> None:
    peer.says("/inbox", status=503, headers={"Retry-After": header})
    signer = await KeyRing(database).signer(INSTANCE.actor)
    answer = await client.post(
        peer.url("/inbox"), BODY, digest=DIGEST, signer=signer, form="cavage"
    )
    assert answer == Answer(status=503, retry_after=seconds)


async def test_a_delivery_follows_no_redirect(
    peer: Peer, client: Client, database: Database
) -> None:
    peer.redirects("/inbox", "/elsewhere")
    signer = await KeyRing(database).signer(INSTANCE.actor)
    answer = await client.post(
        peer.url("/inbox"), BODY, digest=DIGEST, signer=signer, form="cavage"
    )
    assert answer.status == 302
    assert len(peer.seen) == 1


async def test_deliveries_share_a_connection(
    peer: Peer, client: Client, database: Database
) -> None:
    connections = set()

    async def take(request: web.Request) -> web.Response:
        connections.add(request.transport)
        return web.Response(status=202, text="taken")

    peer.replies["/inbox"] = take
    signer = await KeyRing(database).signer(INSTANCE.actor)
    for _ in range(3):
        await client.post(peer.url("/inbox"), BODY, digest=DIGEST, signer=signer, form="cavage")
    assert len(connections) == 1


async def test_an_inbox_that_cannot_be_reached_is_said_so(
    client: Client, database: Database
) -> None:
    signer = await KeyRing(database).signer(INSTANCE.actor)
    for url in ("http://down.localhost:1/inbox", "nonsense", BASE_URL + "/inbox"):
        with pytest.raises(Unreachable):
            await client.post(url, BODY, digest=DIGEST, signer=signer, form="cavage")
