"""Inboxes store what is verified and turn the rest away with the status that senders know."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from sqlalchemy import insert

from dosfed.activitypub import gate, receiving
from dosfed.activitypub.actors import delete_actor
from dosfed.activitypub.budgets import PER_SERVER, Spent
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.tables import Budgets, RemoteActors
from dosfed.instance import host_of
from dosfed.storage.clock import hour_of
from dosfed.storage.engine import Database
from tests.activitypub.serving import Served, serve
from tests.conftest import START, GivenClock
from tests.people import block
from tests.simulated.actors import SimulatedActor
from tests.simulated.servers import Behaviour
from tests.simulated.signing import Form, Message, signed_headers

AP = "application/activity+json"
SECONDS = 30  # for what takes no time, on a machine that is busy


@pytest.fixture
async def served(database: Database, clock: GivenClock) -> AsyncIterator[Served]:
    async with serve(database, clock) as served:
        yield served


@pytest.fixture
def ana(served: Served) -> SimulatedActor:
    return served.world.server("masto").actor("ana")


async def post(served: Served, body: Any, headers: dict[str, str] | None = None) -> int:
    url = served.instance.shared_inbox
    async with served.world.session.post(
        url, data=body, headers={"Content-Type": AP} | (headers or {})
    ) as response:
        said = await response.read()
        assert response.status != 410
        if response.status == 202:
            assert said == b""
        else:
            assert response.headers["Content-Type"] == "application/problem+json"
            problem = orjson.loads(said)
            assert problem["status"] == response.status
            assert problem["detail"] in set(Reason)
        return response.status


@pytest.mark.parametrize("form", ["cavage", "rfc9421"])
@pytest.mark.parametrize("path", ["/inbox", "/actor/inbox", "/o/mairie/inbox"])
async def test_what_is_signed_is_stored_at_any_of_our_inboxes(
    served: Served, ana: SimulatedActor, path: str, form: Form
) -> None:
    follow = ana.follow(served.town)

    assert await served.world.post(ana, served.instance.base_url + path, follow, form) == 202

    assert await served.stored() == [follow["id"]]
    assert await served.rejected() == {}


async def test_a_repeat_is_taken_and_stored_once(served: Served, ana: SimulatedActor) -> None:
    like = ana.like(served.town)
    for _ in range(3):
        assert await served.world.post(ana, served.instance.shared_inbox, like) == 202
    assert await served.stored() == [like["id"]]


async def test_a_repeated_follow_is_stored_again_since_each_is_answered(
    served: Served, ana: SimulatedActor
) -> None:
    follow = ana.follow(served.town)
    for _ in range(2):
        assert await served.world.post(ana, served.instance.shared_inbox, follow) == 202
    assert await served.stored() == [follow["id"], follow["id"]]


async def test_who_asks_to_feature_an_actor_is_known_by_the_signature(
    served: Served, ana: SimulatedActor
) -> None:
    asked = {
        "id": f"{ana.id}/feature-requests/1",
        "type": "FeatureRequest",
        "object": served.town,
        "instrument": f"{ana.id}/collections/1",
    }
    inbox = served.instance.shared_inbox
    assert await served.world.post(ana, inbox, asked) == 202
    eve = served.world.server("other").actor("eve")
    named = {**asked, "id": f"{eve.id}/2", "actor": ana.id}
    assert await served.world.post(eve, inbox, named) == 403
    # Of any other type whoever acts is named.
    assert await served.world.post(ana, inbox, {**asked, "type": "Like"}) == 400
    await block_host(served, eve.id)
    assert await served.world.post(eve, inbox, {**asked, "id": f"{eve.id}/3"}) == 403

    assert await served.stored() == [asked["id"]]


async def block_host(served: Served, actor: str) -> None:
    async with served.database.write() as connection:
        await block(connection, host_of(actor), "spam", START)
    async with served.database.read() as connection:
        await served.blocklist.load(connection)


async def test_an_inbox_of_nobody_is_not_there(served: Served, ana: SimulatedActor) -> None:
    async with served.database.write() as connection:
        await delete_actor(connection, served.town, START)
    for path in ("/o/nobody/inbox", "/u/mairie/inbox", "/o/mairie/inbox", "/o/MAIRIE/inbox"):
        url = served.instance.base_url + path
        assert await served.world.post(ana, url, ana.follow(served.town)) == 404
    assert await served.stored() == []


async def test_what_nobody_signed_is_turned_away(served: Served, ana: SimulatedActor) -> None:
    assert await post(served, orjson.dumps(ana.follow(served.town))) == 401
    assert await served.stored() == []
    assert await served.rejected() == {("unsigned", ""): 1}


async def test_nobody_speaks_for_another(served: Served, ana: SimulatedActor) -> None:
    bo = served.world.server("other").actor("bo")
    eve = served.world.server("masto").actor("eve")
    inbox = served.instance.shared_inbox
    assert await served.world.post(bo, inbox, ana.follow(served.town)) == 403
    assert await served.world.post(eve, inbox, ana.follow(served.town)) == 403
    assert await served.stored() == []
    reasons = await served.rejected()
    assert reasons == {
        ("not_the_actor", served.world.server("other").host): 1,
        ("not_the_actor", served.world.server("masto").host): 1,
    }


async def test_a_changed_body_is_turned_away(served: Served, ana: SimulatedActor) -> None:
    body = orjson.dumps(ana.follow(served.town))
    message = Message(method="POST", url=served.instance.shared_inbox, body=body, at=START)
    headers = signed_headers(message, ana.key)
    assert await post(served, body.replace(b"Follow", b"Undo"), headers) == 401
    assert await served.stored() == []


async def test_the_blocked_are_turned_away_and_their_servers_not_asked(
    served: Served, ana: SimulatedActor
) -> None:
    masto = served.world.server("masto")
    async with served.database.write() as connection:
        await block(connection, masto.host, "spam", START)
        await served.blocklist.load(connection)

    inbox = served.instance.shared_inbox
    assert await served.world.post(ana, inbox, ana.follow(served.town)) == 403

    assert await served.stored() == []
    assert await served.rejected() == {("blocked", masto.host): 1}
    assert masto.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"{}",
        b'{"id":"https://a.example/1"}',
        b'{"id":"https://a.example/1","actor":"nobody"}',
        b'{"id":"https://a.example/1","actor":"https://a.example/u","x":NaN}',
        b'{"id":"https://a.example/1","id":"https://a.example/2","actor":"https://a.example/u"}',
        b'{"id":"https://a.example/1","actor":"https://a.example/u","@graph":[]}',
        b'{"id":"https://a.example/1","actor":"https://a.example/u","x":"\xff"}',
        b'{"id":"https://a.example/1","actor":"https://a.example/u","x":"\\ud800"}',
        b'{"x":' * 40 + b"1" + b"}" * 40,
        b"[" * 100_000,
    ],
)
async def test_what_is_not_our_json_is_a_bad_request(
    served: Served, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert await post(served, body) == 400
    assert await served.stored() == []
    assert await served.rejected() == {("malformed", ""): 1}
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/html"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/activity+json; charset=iso-8859-1"},
        {"Content-Type": "application/activity+json; charset=utf-16"},
        {"Content-Encoding": "br"},
    ],
)
async def test_other_types_charsets_and_encodings_are_a_bad_request(
    served: Served, ana: SimulatedActor, headers: dict[str, str]
) -> None:
    assert await post(served, orjson.dumps(ana.follow(served.town)), headers) == 400
    assert await served.stored() == []


@pytest.mark.parametrize(
    "content_type",
    [
        AP,
        "application/activity+json; charset=utf-8",
        "application/activity+json;charset=UTF-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/ld+json",
        "application/json",
        "Application/Activity+JSON",
    ],
)
async def test_the_types_that_servers_send_are_taken(
    served: Served, ana: SimulatedActor, content_type: str
) -> None:
    body = orjson.dumps(ana.follow(served.town))
    message = Message(method="POST", url=served.instance.shared_inbox, body=body, at=START)
    headers = signed_headers(message, ana.key, "rfc9421") | {"Content-Type": content_type}
    assert await post(served, body, headers) == 202


async def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(
    served: Served, ana: SimulatedActor
) -> None:
    follow = orjson.dumps(ana.follow(served.town))
    inbox = served.instance.shared_inbox
    for extra, status in ((0, 202), (1, 413)):
        body = follow.ljust(receiving.MAX_BODY + extra)
        assert await served.world.post_bytes(ana, inbox, body) == status
    assert await served.rejected() == {("too_large", served.world.server("masto").host): 1}


async def test_a_body_without_length_is_cut_off_at_the_limit(served: Served) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * 1_024

    assert await post(served, endless()) == 413


@pytest.mark.parametrize("how", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_a_sender_that_goes_away_halfway_is_turned_away_quietly(
    served: Served, how: str
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", _port(served))
    writer.write(_head(served, how) + b"5\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with asyncio.timeout(SECONDS):
        while not (rejected := await served.rejected()):  # noqa: ASYNC110 - nobody hears of it
            await asyncio.sleep(0.01)
    assert rejected == {("malformed", ""): 1}


async def test_a_body_that_drips_is_not_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", _port(served))
    writer.write(_head(served, "Content-Length: 100") + b"{")
    async with asyncio.timeout(SECONDS):
        answer = await reader.readuntil(b"\r\n")
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert await served.rejected() == {("too_slow", ""): 1}


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 100\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{",
    ],
)
async def test_a_sender_who_leaves_midway_leaves_no_trace(
    served: Served, rest: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    head = _head(served, "").removesuffix(b"\r\n\r\n") + rest
    _, writer = await asyncio.open_connection("127.0.0.1", _port(served))
    writer.write(head)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with asyncio.timeout(SECONDS):  # the next request is served all the same
        assert await post(served, b"{}") == 400
    assert await served.stored() == []
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_body_in_broken_chunks_is_a_bad_request(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", _port(served))
    writer.write(_head(served, "Transfer-Encoding: chunked") + b"5\r\n{")
    await writer.drain()
    writer.write(b"}   \r\nzz\r\n")
    async with asyncio.timeout(SECONDS):
        answer = await reader.readuntil(b"\r\n")
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1] == b"400"
    assert [record for record in caplog.records if record.exc_info] == []


async def test_the_end_of_a_stranger_is_taken_without_asking_for_its_key(
    served: Served, ana: SimulatedActor
) -> None:
    masto = served.world.server("masto")
    farewell = ana.delete_self()
    masto.remove("ana")

    assert await served.world.post(ana, served.instance.shared_inbox, farewell) == 202

    assert masto.asked == []
    assert await served.stored() == []
    assert await served.rejected() == {}


async def test_the_end_of_somebody_known_has_to_be_signed(
    served: Served, ana: SimulatedActor
) -> None:
    async with served.database.write() as connection:
        await connection.execute(
            insert(RemoteActors).values(
                id=ana.id,
                host=served.world.server("masto").host,
                type="Person",
                handle="ana",
                name="Ana",
                inbox=ana.inbox,
                fetched_at=START,
            )
        )
    assert await post(served, orjson.dumps(ana.delete_self())) == 401
    assert await served.world.post(ana, served.instance.shared_inbox, ana.delete_self()) == 202
    assert len(await served.stored()) == 1


async def test_somebody_known_whose_account_is_gone_may_say_so_days_later(
    served: Served, ana: SimulatedActor, clock: GivenClock
) -> None:
    inbox = served.instance.shared_inbox
    assert await served.world.post(ana, inbox, ana.like(served.town)) == 202
    served.world.server("masto").remove("ana")
    clock.advance(days=3)

    assert await served.world.post(ana, inbox, ana.like(served.town)) == 401
    assert await served.world.post(ana, inbox, ana.delete_self()) == 202


@pytest.mark.parametrize("change", ["update_self", "delete_self"])
async def test_whoever_changes_or_leaves_is_asked_for_the_key_before_that_is_judged(
    served: Served, ana: SimulatedActor, change: str
) -> None:
    masto, inbox = served.world.server("masto"), served.instance.shared_inbox
    assert await served.world.post(ana, inbox, ana.like(served.town)) == 202
    new = masto.change_key("ana")

    assert await served.world.post(ana, inbox, getattr(ana, change)()) == 202
    assert await served.world.post(ana, inbox, ana.like(served.town)) == 401
    assert await served.world.post(new, inbox, new.like(served.town)) == 202


async def test_nobody_has_the_key_of_another_doubted(served: Served, ana: SimulatedActor) -> None:
    masto, inbox = served.world.server("masto"), served.instance.shared_inbox
    assert await served.world.post(ana, inbox, ana.like(served.town)) == 202
    bo = masto.actor("bo")
    assert await served.world.post(bo, inbox, {**ana.update_self(), "actor": bo.id}) == 202
    assert await served.world.post(bo, inbox, ana.update_self()) == 403
    assert await served.world.post(ana, inbox, ana.like(served.town)) == 202
    assert masto.asked == ["/users/ana", "/users/bo"]


async def test_a_stranger_who_deletes_something_else_has_to_sign(
    served: Served, ana: SimulatedActor
) -> None:
    assert await post(served, orjson.dumps(ana.delete(_a_post(ana)))) == 401


async def test_a_key_out_of_reach_for_now_asks_the_sender_to_come_again(
    served: Served, ana: SimulatedActor
) -> None:
    served.world.server("masto").documents = Behaviour(status=500)
    body = orjson.dumps(ana.follow(served.town))
    message = Message(method="POST", url=served.instance.shared_inbox, body=body, at=START)
    async with served.world.session.post(
        served.instance.shared_inbox, data=body, headers=signed_headers(message, ana.key)
    ) as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) >= 1
    assert await served.stored() == []


async def test_inboxes_are_written_to_not_read(served: Served) -> None:
    for path in ("/inbox", "/o/mairie/inbox"):
        async with served.world.session.get(served.instance.base_url + path) as response:
            assert response.status == 405


def _a_post(ana: SimulatedActor) -> str:
    reply = ana.reply("https://delib.example/p/1", "https://delib.example/o/mairie", "Yes.")
    return str(reply["object"]["id"])


def _port(served: Served) -> int:
    return int(served.instance.host.partition(":")[2])


def _head(served: Served, header: str) -> bytes:
    lines = ["POST /inbox HTTP/1.1", f"Host: {served.instance.host}", f"Content-Type: {AP}"]
    if header:
        lines.append(header)
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("name", ["actor", "server"])
async def test_who_spent_a_budget_is_asked_to_come_again_and_counted(
    served: Served, ana: SimulatedActor, name: str
) -> None:
    spender = ana.id if name == "actor" else ana.id.split("/")[2]
    hour = {"what": "useless", "hour": hour_of(START), "spent": PER_SERVER[Spent.USELESS]}
    async with served.database.write() as connection:
        await connection.execute(insert(Budgets).values(name=spender, **hour))

    inbox = served.instance.shared_inbox
    assert await served.world.post(ana, inbox, ana.follow(served.town)) == 429

    assert await served.stored() == []
    ((reason, host), count), *others = (await served.rejected()).items()
    assert (reason, host, count, others) == ("over_budget", ana.id.split("/")[2], 1, [])


async def test_while_the_judge_is_far_behind_senders_are_asked_to_come_again(
    served: Served, ana: SimulatedActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "BACKLOG", 1)
    inbox = served.instance.shared_inbox
    statuses = [await served.world.post(ana, inbox, ana.follow(served.town)) for _ in range(2)]
    assert statuses == [202, 503]
    assert [reason for reason, _ in await served.rejected()] == ["behind"]


async def test_requests_of_nobody_do_not_close_the_gate(
    served: Served, ana: SimulatedActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "BACKLOG", 2)
    inbox = served.instance.shared_inbox
    for _ in range(3):
        assert await post(served, orjson.dumps(ana.follow(served.town))) == 401

    assert await served.world.post(ana, inbox, ana.follow(served.town)) == 202
