"""Clients that send half of something, or one byte at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dosfed.activitypub import connections
from dosfed.storage.engine import Database
from tests.activitypub.serving import Served, serve
from tests.conftest import GivenClock

SECONDS = 20
GET = b"GET /actor HTTP/1.1\r\nHost: localhost\r\nAccept: application/activity+json\r\n\r\n"
POST = (
    b"POST /inbox HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/activity+json\r\n"
    b"Content-Length: 100\r\n\r\n"
)


@pytest.fixture
async def served(database: Database, clock: GivenClock) -> AsyncIterator[Served]:
    async with serve(database, clock) as served:
        yield served


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connections, "PAUSE_SECONDS", 0.3)


@asynccontextmanager
async def connected(
    served: Served,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    port = int(served.instance.host.partition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(SECONDS):
            yield reader, writer
    finally:
        writer.close()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(GET)
    return await read_answer(reader)


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
    await reader.readexactly(int(length))
    return head


async def is_left_open(reader: asyncio.StreamReader) -> bool:
    """Whether nothing happens for longer than a head, or a body, may take."""
    silence = asyncio.create_task(reader.read(1))
    await asyncio.wait([silence], timeout=1.0)
    is_silent = not silence.done()
    silence.cancel()
    await asyncio.gather(silence, return_exceptions=True)
    return is_silent


async def test_who_sends_half_a_head_is_not_waited_for(served: Served) -> None:
    async with connected(served) as (reader, writer):
        writer.write(GET[:40])

        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_drips_is_not_waited_for(served: Served) -> None:
    """What comes makes it no longer: it would be waited for as long as there are bytes."""
    async with connected(served) as (reader, writer):
        answer = asyncio.create_task(reader.read())
        writer.write(GET[:40])
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait([answer], timeout=0.02)

        assert answer.result().startswith(b"HTTP/1.1 408 ")


async def test_who_says_nothing_at_all_is_hung_up_on(served: Served) -> None:
    async with connected(served) as (reader, _):
        assert await reader.read() == b""


async def test_half_a_second_head_is_not_waited_for_either(served: Served) -> None:
    async with connected(served) as (reader, writer):
        assert b" 200 " in await ask(reader, writer)
        writer.write(GET[:40])

        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_half_a_head_in_one_packet_with_a_whole_request_is_not_waited_for(
    served: Served,
) -> None:
    async with connected(served) as (reader, writer):
        writer.write(GET + GET[:40])
        answers = await reader.read()

        assert answers.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in answers


async def test_a_head_that_came_byte_by_byte_leaves_the_connection_open(served: Served) -> None:
    async with connected(served) as (reader, writer):
        for number in range(len(GET)):
            writer.write(GET[number : number + 1])
            await writer.drain()
        await read_answer(reader)

        assert await is_left_open(reader)


async def test_a_connection_between_two_requests_may_be_idle(served: Served) -> None:
    async with connected(served) as (reader, writer):
        await ask(reader, writer)
        assert await is_left_open(reader)

        assert b" 200 " in await ask(reader, writer)


async def test_a_head_that_comes_in_two_parts_is_answered(served: Served) -> None:
    async with connected(served) as (reader, writer):
        await ask(reader, writer)
        writer.write(GET[:40])
        await writer.drain()
        await asyncio.sleep(0.05)

        writer.write(GET[40:])

        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")


async def test_a_body_that_stops_halfway_is_not_waited_for(served: Served) -> None:
    async with connected(served) as (reader, writer):
        writer.write(POST + b'{"id": ')

        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    assert await served.rejected() == {("too_slow", ""): 1}


async def test_a_body_that_nobody_reads_is_not_waited_for(served: Served) -> None:
    async with connected(served) as (reader, writer):
        writer.write(POST.replace(b"/inbox", b"/nowhere") + b'{"id": ')

        assert (await reader.read()).startswith(b"HTTP/1.1 404 ")
