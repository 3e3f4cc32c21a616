"""The simulated servers sign and check as the true ones do."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from httpsig.verify import HeaderVerifier

from tests.simulated.fediverse import fediverse
from tests.simulated.servers import Behaviour
from tests.simulated.signing import (
    BadSignature,
    Form,
    Key,
    Message,
    Request,
    check_signature,
    key_id_of,
    pool_key,
    public_pem,
    signed_headers,
)

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
KEY = Key(id="https://masto.example/users/ana#main-key", private=pool_key(0))
FORMS: tuple[Form, ...] = ("cavage", "rfc9421")
MESSAGE = Message(
    method="POST", url="https://delib.example/inbox?a=1", body=b'{"type": "Like"}', at=NOW
)


def signed(message: Message, form: Form) -> Request:
    headers = {name.lower(): value for name, value in signed_headers(message, KEY, form).items()}
    return Request(method=message.method, url=message.url, headers=headers, body=message.body)


def test_another_implementation_accepts_the_signature() -> None:
    request = signed(MESSAGE, "cavage")
    path = urlsplit(MESSAGE.url)
    verifier = HeaderVerifier(
        dict(request.headers),
        public_pem(KEY.private),
        required_headers=["(request-target)", "host", "date", "digest"],
        method="POST",
        path=f"{path.path}?{path.query}",
        sign_header="signature",
    )
    assert verifier.verify()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("body", [MESSAGE.body, b""])
def test_a_signature_is_accepted_under_its_own_key(form: Form, body: bytes) -> None:
    method = "POST" if body else "GET"
    request = signed(Message(method=method, url=MESSAGE.url, body=body, at=NOW), form)
    assert key_id_of(request) == KEY.id
    check_signature(request, public_pem(KEY.private), now=NOW)


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_body_key_or_hour_is_refused(form: Form) -> None:
    request = signed(MESSAGE, form)
    changed = Request(method="POST", url=MESSAGE.url, headers=request.headers, body=b"{}")
    pem = public_pem(KEY.private)
    for bad, key, now in (
        (changed, pem, NOW),
        (request, public_pem(pool_key(1)), NOW),
        (request, pem, NOW + timedelta(minutes=6)),
    ):
        with pytest.raises(BadSignature):
            check_signature(bad, key, now=now)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("software", ["mastodon", "gotosocial"])
async def test_servers_hear_each_other(form: Form, software: str) -> None:
    async with fediverse() as world:
        ana = world.server("masto").actor("ana")
        bo = world.server("other", software=software).actor("bo")
        follow = bo.follow(ana.id)

        assert await world.post(bo, ana.inbox, follow, form) == 202

        assert await world.server("masto").wait_for_type("Follow") == follow
        assert world.server("masto").received[0].form == form


async def test_a_server_that_reads_one_form_refuses_the_other() -> None:
    async with fediverse() as world:
        masto = world.server("masto")
        masto.forms = frozenset({"rfc9421"})
        bo = world.server("other").actor("bo")
        inbox = masto.actor("ana").inbox
        assert await world.post(bo, inbox, bo.follow(inbox), "cavage") == 401
        assert await world.post(bo, inbox, bo.follow(inbox), "rfc9421") == 202


async def test_a_server_fails_as_told() -> None:
    async with fediverse() as world:
        masto = world.server("masto")
        masto.inbox = Behaviour(status=503, retry_after=60)
        bo = world.server("other").actor("bo")
        assert await world.post(bo, masto.actor("ana").inbox, bo.like(bo.id)) == 503
        assert masto.received == []


async def test_a_server_with_authorised_fetch_wants_signed_gets() -> None:
    async with fediverse() as world:
        masto, other = world.server("masto"), world.server("other")
        masto.wants_signed_gets = True
        ana, bo = masto.actor("ana"), other.actor("bo")
        assert await world.get(ana.id) == (401, None)
        assert await world.get(ana.id, bo) == (200, ana.document())


async def test_posts_answer_at_their_ids_until_deleted() -> None:
    async with fediverse() as world:
        ana = world.server("masto").actor("ana")
        note = ana.reply("http://home.localhost/p/1", "http://home.localhost/o/town", "Yes.")
        status = note["object"]["id"]
        assert (await world.get(status))[1]["content"] == note["object"]["content"]
        ana.delete(status)
        assert (await world.get(status))[0] == 410


async def test_removed_accounts_are_gone() -> None:
    async with fediverse() as world:
        masto = world.server("masto")
        ana = masto.actor("ana")
        masto.remove("ana")
        assert (await world.get(ana.id))[0] == 410
