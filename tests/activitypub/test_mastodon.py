"""Mastodon's API as we ask it: within limits, without redirects, with nothing taken on trust."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.client import Call, Client, FetchFailed
from dosfed.activitypub.mastodon import (
    ApiFailed,
    App,
    Errand,
    Failure,
    MastodonApi,
    Status,
    is_same,
    may_post,
    wanted_scope,
)
from dosfed.activitypub.remote import RemoteActor
from dosfed.settings import Settings
from dosfed.storage.engine import Database
from tests.activitypub.development import open_client
from tests.activitypub.peer import Peer
from tests.conftest import GivenClock

APP = App(client_id="id", client_secret="hush", scope="profile")
ERRAND = Errand(
    redirect_uri="https://delib.example/sign-in/fediverse/callback/masto.example",
    scope="profile",
    state="a state",
    verifier="a verifier",
)
ANA = RemoteActor(
    id="https://masto.example/users/ana",
    host="masto.example",
    type="Person",
    handle="Ana",
    name="Ana",
    url="https://masto.example/@ana",
    inbox="https://masto.example/users/ana/inbox",
    shared_inbox=None,
)
JSON = "application/json"


@pytest.fixture
def api(peer: Peer, client: Client) -> MastodonApi:
    return MastodonApi(client, peer.url("").rstrip("/"))


def test_neither_secrets_nor_tokens_are_printed() -> None:
    assert "hush" not in repr(APP)
    assert "verifier" not in repr(ERRAND).replace("verifier=", "")


def test_the_door_is_told_everything_but_the_verifier(client: Client) -> None:
    door = MastodonApi(client, "https://masto.example").door(APP, ERRAND)
    parts = urlsplit(door)
    challenge = urlsafe_b64encode(sha256(b"a verifier").digest()).rstrip(b"=").decode()
    assert (parts.netloc, parts.path) == ("masto.example", "/oauth/authorize")
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["id"],
        "redirect_uri": [ERRAND.redirect_uri],
        "scope": ["profile"],
        "state": ["a state"],
        "code_challenge": [challenge],
        "code_challenge_method": ["S256"],
    }


async def test_a_form_is_neither_signed_nor_sent_on(peer: Peer, client: Client) -> None:
    peer.redirects("/oauth/token", peer.url("/elsewhere", name="other"))
    response = await client.call(Call(url=peer.url("/oauth/token"), fields={"code": "secret"}))
    assert response.status == 302
    (request,) = peer.seen
    assert request.body == b"code=secret"
    assert "signature" not in request.headers


async def test_a_token_is_not_sent_on_either(peer: Peer, api: MastodonApi) -> None:
    peer.redirects("/api/v1/accounts/verify_credentials", peer.url("/x", name="other"))
    with pytest.raises(ApiFailed) as failed:
        await api.whose("token")
    assert failed.value.failure is Failure.NO_ANSWER
    (request,) = peer.seen
    assert request.headers["authorization"] == "Bearer token"


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://[::1]/x", "http://masto.example/"])
async def test_in_production_no_form_reaches_a_private_address(
    url: str, database: Database, clock: GivenClock, settings: Settings
) -> None:
    async with open_client(database, settings, clock) as client:
        with pytest.raises(FetchFailed) as caught:
            await client.call(Call(url=url, fields={"code": "secret"}))
    assert caught.value.is_final


async def test_a_server_that_hangs_is_left_in_time(peer: Peer, client: Client) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")

    peer.replies["/oauth/token"] = drip
    with pytest.raises(FetchFailed):
        await client.call(Call(url=peer.url("/oauth/token"), fields={}), total_seconds=0.2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        b"{}",
        b'{"access_token": ""}',
        b'{"access_token": 7}',
        b'{"access_token": ["a"]}',
        b'{"access_token": "a\\r\\nX: y"}',
        '{"access_token": "é"}'.encode(),
        b'{"access_token": "' + b"x" * 3_000 + b'"}',
        b'{"access_token": "x", "note": "' + b"x" * 300_000 + b'"}',
    ],
)
async def test_a_token_that_cannot_be_one_is_no_answer(
    peer: Peer, api: MastodonApi, body: bytes
) -> None:
    peer.says("/oauth/token", body, content_type=JSON)
    with pytest.raises(ApiFailed) as failed:
        await api.redeem(APP, ERRAND, "code")
    assert failed.value.failure is Failure.NO_ANSWER


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (401, b'{"error": "invalid_client"}', Failure.UNKNOWN_APP),
        (400, b'{"error": "invalid_client"}', Failure.UNKNOWN_APP),
        (400, b'{"error": "invalid_grant"}', Failure.TURNED_DOWN),
        (401, b"nonsense", Failure.UNKNOWN_APP),
        (403, b"{}", Failure.NO_ENTRY),
        (422, b"{}", Failure.TURNED_DOWN),
        (429, b"{}", Failure.TOO_OFTEN),
        (500, b"{}", Failure.NO_ANSWER),
        (304, b"", Failure.NO_ANSWER),
    ],
)
async def test_each_refusal_is_told_from_the_others(
    peer: Peer, api: MastodonApi, status: int, body: bytes, failure: Failure
) -> None:
    peer.says("/oauth/token", body, status=status, content_type=JSON)
    with pytest.raises(ApiFailed) as failed:
        await api.redeem(APP, ERRAND, "code")
    assert failed.value.failure is failure


async def test_only_the_post_that_was_asked_for_is_found(peer: Peer, api: MastodonApi) -> None:
    statuses = [{"id": "1", "uri": "https://evil.example/p/1"}, "nonsense", {"id": 7}]
    peer.says("/api/v2/search", orjson.dumps({"statuses": statuses}), content_type=JSON)
    assert await api.find_status("token", "https://delib.example/p/1") is None
    statuses.append({"id": "42", "uri": "https://delib.example/p/1"})
    peer.says("/api/v2/search", orjson.dumps({"statuses": statuses}), content_type=JSON)
    assert await api.find_status("token", "https://delib.example/p/1") == "42"


async def test_a_post_is_found_in_its_boost(peer: Peer, api: MastodonApi) -> None:
    uri = "https://delib.example/p/1"
    boost = {"id": "1", "uri": "https://snac.example/a/Announce", "url": None}
    statuses = [{**boost, "reblog": None}, {**boost, "reblog": {"id": "42", "uri": uri}}]
    peer.says("/api/v2/search", orjson.dumps({"statuses": statuses}), content_type=JSON)
    assert await api.find_status("token", uri) == "42"


async def test_a_token_that_is_refused_says_nothing_of_the_application(
    peer: Peer, api: MastodonApi
) -> None:
    peer.says("/api/v1/accounts/verify_credentials", b"{}", status=401, content_type=JSON)
    with pytest.raises(ApiFailed) as failed:
        await api.whose("token")
    assert failed.value.failure is Failure.NO_ENTRY


@pytest.mark.parametrize(
    ("status", "body", "is_known"),
    [
        (200, b'{"access_token": "x"}', True),
        (400, b'{"error": "unsupported_grant_type"}', True),
        (403, b"{}", True),
        (401, b"", False),
        (400, b'{"error": "invalid_client"}', False),
        (400, b'{"error": "invalid_request", "error_description": "redirect_uri"}', True),
        # GoToSocial, in words alone.
        (
            400,
            b'{"error": "invalid_request", "error_description": "No application found"}',
            False,
        ),
    ],
)
async def test_an_application_is_gone_where_its_server_says_so(
    *, peer: Peer, api: MastodonApi, status: int, body: bytes, is_known: bool
) -> None:
    peer.says("/oauth/token", body, status=status, content_type=JSON)
    assert await api.knows(APP, ERRAND.redirect_uri) is is_known
    (request,) = peer.seen
    assert parse_qs(request.body.decode())["redirect_uri"] == [ERRAND.redirect_uri]


async def test_a_post_is_public_and_sent_once(peer: Peer, api: MastodonApi) -> None:
    peer.says("/api/v1/statuses", b'{"uri": "https://masto.example/1"}', content_type=JSON)
    status = Status(text="Oui & non", is_markdown=False, language="fr", in_reply_to="42", key="key")
    assert await api.post_status("token", status) == "https://masto.example/1"
    (request,) = peer.seen
    assert parse_qs(request.body.decode()) == {
        "status": ["Oui & non"],
        "visibility": ["public"],
        "language": ["fr"],
        "in_reply_to_id": ["42"],
    }
    assert request.headers["idempotency-key"] == "key"


async def test_a_post_in_markdown_says_that_it_is_one(peer: Peer, api: MastodonApi) -> None:
    peer.says("/api/v1/statuses", b'{"uri": "https://gts.example/1"}', content_type=JSON)
    status = Status(text="*Oui*", is_markdown=True, language=None, in_reply_to=None, key="key")
    await api.post_status("token", status)
    (request,) = peer.seen
    assert parse_qs(request.body.decode())["content_type"] == ["text/markdown"]


@pytest.mark.parametrize(
    ("document", "takes"),
    [
        ({"configuration": {"statuses": {"supported_mime_types": ["text/markdown"]}}}, True),
        ({"pleroma": {"metadata": {"post_formats": ["text/plain", "text/markdown"]}}}, True),
        ({"pleroma": {"metadata": {"post_formats": ["text/x.misskeymarkdown"]}}}, False),
        ({"configuration": {"statuses": {"max_characters": 500}}}, False),
        ({"configuration": {"statuses": {"supported_mime_types": "text/markdown"}}}, False),
        ({"configuration": {"statuses": {"supported_mime_types": [[], {}, None]}}}, False),
        ({"configuration": ["statuses"], "pleroma": {"metadata": 7}}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_server_takes_markdown_if_either_of_its_descriptions_says_so(
    *, peer: Peer, api: MastodonApi, document: dict[str, object], takes: bool, version: str
) -> None:
    other = "v2" if version == "v1" else "v1"
    peer.says(f"/api/{version}/instance", orjson.dumps(document), content_type=JSON)
    peer.says(f"/api/{other}/instance", b"{}", status=404, content_type=JSON)
    assert await api.takes_markdown("token") is takes


async def test_a_server_that_does_not_say_what_it_takes_is_not_waited_for_twice(
    peer: Peer, api: MastodonApi
) -> None:
    peer.says("/api/v2/instance", b"", status=500, content_type=JSON)
    assert not await api.takes_markdown("token")
    assert len(peer.seen) == 1


@given(
    st.frozensets(
        st.sampled_from(
            [
                "read",
                "write",
                "profile",
                "read:accounts",
                "follow",
                "read:search",
                "write:statuses",
                "admin:write",
                "push",
            ]
        )
    )
)
def test_no_more_is_wanted_than_identity_and_posts(offered: frozenset[str]) -> None:
    identity = wanted_scope(offered, posts=False)
    posts = wanted_scope(offered, posts=True)
    assert len(identity.split()) == 1
    assert "write" not in identity
    assert posts.startswith(identity)
    assert may_post(posts)
    assert set(posts.split()).isdisjoint({"follow", "push", "admin:write"})
    # Of what a server gave us, the same is wanted again.
    assert wanted_scope(frozenset(posts.split()), posts=True) == posts


@pytest.mark.parametrize("scope", ["", "profile", "write:statuses", "read:search", "writer reader"])
def test_half_a_grant_does_not_let_us_post(scope: str) -> None:
    assert not may_post(scope)


@pytest.mark.parametrize(
    ("account", "is_ana"),
    [
        ({"uri": ANA.id}, True),
        ({"uri": ANA.id + "/"}, False),
        ({"uri": ANA.id.upper()}, False),
        ({"uri": "https://evil.example/users/ana", "acct": "ana", "url": ANA.url}, False),
        ({"acct": "ana", "url": ANA.url}, True),
        ({"acct": "ana@masto.example", "url": ANA.id}, True),
        ({"acct": "ana@evil.example", "url": ANA.url}, False),
        ({"acct": "ana", "url": None}, False),
        ({"url": ANA.url}, False),
        ({}, False),
    ],
)
def test_an_account_is_the_actor_only_if_it_says_so_in_full(
    *, account: dict[str, str], is_ana: bool
) -> None:
    assert is_same(account, ANA) is is_ana
