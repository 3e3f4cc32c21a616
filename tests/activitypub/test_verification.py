"""Who signed a request: keys found, kept, changed, refused, over real connections."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from multidict import CIMultiDict

from dosfed.activitypub.remote import known, read_actor, remember
from dosfed.activitypub.verification import SignedRequest, Unverified, Verified
from tests.activitypub.development import BASE_URL, INSTANCE
from tests.activitypub.door import BODY, STRANGER, Door, forger_of, shows
from tests.simulated.fediverse import Fediverse
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.simulated.signing import Form


@pytest.mark.parametrize("form", ["cavage", "rfc9421"])
async def test_a_signature_in_either_form_is_verified(
    masto: SimulatedServer, door: Door, form: Form
) -> None:
    ana = masto.actor("ana")
    assert await door.take(ana, form=form) == Verified(actor=ana.id, key_id=ana.key.id)


async def test_an_actor_is_asked_for_once_and_kept(masto: SimulatedServer, door: Door) -> None:
    ana = masto.actor("ana")
    for _ in range(3):
        await door.take(ana)
    await door.again().take(ana)

    assert masto.asked == ["/users/ana"]
    assert await door.keys() == {ana.key.id: ana.id}
    async with door.database.read() as connection:
        row = (await known(connection, [ana.id]))[ana.id]
    assert (row.host, row.handle, row.name, row.type) == (masto.host, "ana", "Ana", "Person")
    assert (row.inbox, row.shared_inbox) == (ana.inbox, f"{masto.origin}/inbox")


async def test_requests_that_arrive_together_ask_once(masto: SimulatedServer, door: Door) -> None:
    masto.documents = Behaviour(delay=0.05)
    ana, bo = masto.actor("ana"), masto.actor("bo")
    await asyncio.gather(*(door.take(actor) for actor in [ana, bo] * 10))
    assert sorted(masto.asked) == ["/users/ana", "/users/bo"]
    assert sorted(await door.actors()) == [ana.id, bo.id]


async def test_nothing_is_kept_before_a_signature_fits(masto: SimulatedServer, door: Door) -> None:
    ana = masto.actor("ana")
    refusal = await door.refusal(forger_of(ana))

    assert (refusal.status, refusal.reason, refusal.host) == (401, "forged", masto.host)
    assert await door.actors() == []
    assert await door.keys() == {}


async def test_a_forger_cannot_make_us_ask_again_and_again(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    for _ in range(20):
        assert (await door.refusal(forger_of(ana))).status == 401
    assert len(masto.asked) == 2

    door.clock.advance(seconds=61)
    await door.refusal(forger_of(ana))
    assert len(masto.asked) == 3
    await door.take(ana)


async def test_a_changed_key_is_learnt_with_its_first_use(
    masto: SimulatedServer, door: Door
) -> None:
    old = masto.actor("ana")
    await door.take(old)
    new = masto.change_key("ana")

    await door.take(new)

    assert len(masto.asked) == 2
    assert (await door.refusal(old)).status == 401
    await door.again().take(new)
    assert len(masto.asked) == 2


async def test_a_key_that_the_owner_no_longer_lists_is_dropped(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = masto.actor("ana")
    await door.take(ana)
    shows(ana, monkeypatch, publicKey=None)

    assert (await door.refusal(forger_of(ana))).reason == "key_unconfirmed"

    assert await door.keys() == {}
    assert (await door.refusal(ana)).reason == "key_unconfirmed"


async def test_a_key_with_a_path_of_its_own_is_confirmed_by_its_owner(
    world: Fediverse, door: Door
) -> None:
    server = world.server("gts", software="gotosocial")
    zoe = server.actor("zoe")
    assert await door.take(zoe) == Verified(actor=zoe.id, key_id=f"{zoe.id}/main-key")
    assert server.asked == ["/users/zoe/main-key", "/users/zoe"]


async def test_a_document_for_the_key_alone_is_not_enough(
    masto: SimulatedServer, door: Door
) -> None:
    ana, mallory = masto.actor("ana"), masto.actor("mallory")
    key_id = f"{mallory.id}/key"
    document = {**mallory.public_key(), "id": key_id, "type": "Key", "owner": ana.id}
    mallory.objects[key_id] = document

    refusal = await door.refusal(replace(mallory, key_suffix="/key"))

    assert (refusal.status, refusal.reason) == (401, "key_unconfirmed")
    assert masto.asked == ["/users/mallory/key", "/users/ana"]


async def test_a_document_for_the_key_leads_to_its_owner(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = masto.actor("ana")
    signer = replace(ana, key_suffix="/key")
    shows(ana, monkeypatch, publicKey={**ana.public_key(), "id": f"{ana.id}/key"})
    ana.objects[f"{ana.id}/key"] = {"id": f"{ana.id}/key", "type": "Key", "owner": ana.id}

    assert (await door.take(signer)).actor == ana.id


async def test_an_owner_on_another_host_is_not_believed(
    world: Fediverse, masto: SimulatedServer, door: Door
) -> None:
    victim = world.server("victim").actor("ana")
    mallory = masto.actor("mallory")
    key_id = f"{mallory.id}/key"
    mallory.objects[key_id] = {
        **mallory.public_key(),
        "id": key_id,
        "type": "Key",
        "owner": victim.id,
    }
    assert (await door.refusal(replace(mallory, key_suffix="/key"))).status == 401
    assert world.server("victim").asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"publicKey": None},
        {"publicKey": "https://elsewhere.example/key"},
        {"publicKey": {"id": "…", "owner": "…", "publicKeyPem": "…"}},
        {"inbox": None},
        {"id": "https://elsewhere.example/users/ana"},
        {"id": "nonsense"},
        {"type": "Note"},
    ],
)
async def test_an_owner_that_does_not_list_the_key_as_its_own_is_refused(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    ana = masto.actor("ana")
    shows(ana, monkeypatch, **changes)
    refusal = await door.refusal(ana)
    assert (refusal.status, refusal.reason) == (401, "key_unconfirmed")


async def test_somebody_whose_inbox_lies_elsewhere_signs_like_anybody(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = masto.actor("ana")
    shows(ana, monkeypatch, inbox="https://public-api.example/inbox")
    assert (await door.take(ana)).actor == ana.id


async def test_a_key_of_somebody_elses_is_refused(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = masto.actor("ana")
    shows(ana, monkeypatch, publicKey={**ana.public_key(), "owner": f"{masto.origin}/users/bo"})
    assert (await door.refusal(ana)).reason == "key_unconfirmed"


async def test_one_key_among_several_is_found(
    masto: SimulatedServer, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = masto.actor("ana")
    other = {**ana.public_key(), "id": f"{ana.id}#old"}
    shows(ana, monkeypatch, publicKey=[other, ana.public_key()])
    assert (await door.take(ana)).key_id == ana.key.id
    assert len(await door.keys()) == 2


async def test_a_weak_key_is_refused(masto: SimulatedServer, door: Door) -> None:
    weak = replace(masto.actor("ana"), private=rsa.generate_private_key(65_537, 1024))  # noqa: S505 - that is the point
    masto.actors["ana"] = weak
    refusal = await door.refusal(weak)
    assert (refusal.status, refusal.reason) == (401, "weak_key")


@pytest.mark.parametrize("suffix", ["acct", "empty", "other"])
async def test_a_key_id_that_is_no_url_is_refused(
    masto: SimulatedServer, door: Door, suffix: str
) -> None:
    key_id = {"acct": "acct:ana@masto.example", "empty": "", "other": "key-1"}[suffix]
    request = door.request(masto.actor("ana"))
    assert isinstance(request.headers, CIMultiDict)
    header = request.headers["Signature"].replace(masto.actor("ana").key.id, key_id)
    request.headers["Signature"] = header
    with pytest.raises(Unverified) as caught:
        await door.verifier.verify(request, STRANGER)
    assert (caught.value.status, caught.value.reason) == (401, "bad_key_id")


async def test_our_own_key_ids_are_not_asked_for(masto: SimulatedServer, door: Door) -> None:
    ours = replace(masto.actor("ana"), origin=BASE_URL)
    assert (await door.refusal(ours)).status == 401


async def test_an_unsigned_request_is_refused(door: Door) -> None:
    request = SignedRequest(
        method="POST", path_qs="/inbox", headers=CIMultiDict({"Host": INSTANCE.host}), body=BODY
    )
    with pytest.raises(Unverified) as caught:
        await door.verifier.verify(request, STRANGER)
    assert (caught.value.status, caught.value.reason) == (401, "unsigned")


async def test_a_stale_request_is_refused(masto: SimulatedServer, door: Door) -> None:
    request = door.request(masto.actor("ana"))
    door.clock.advance(hours=2)
    with pytest.raises(Unverified) as caught:
        await door.verifier.verify(request, STRANGER)
    assert (caught.value.status, caught.value.reason) == (401, "stale")
    assert masto.asked == []


async def test_the_newer_form_decides_where_both_are_given(
    masto: SimulatedServer, door: Door
) -> None:
    request = door.request(masto.actor("ana"))
    assert isinstance(request.headers, CIMultiDict)
    request.headers["Signature-Input"] = 'sig1=();created=1;keyid="x"'
    with pytest.raises(Unverified) as caught:
        await door.verifier.verify(request, STRANGER)
    assert caught.value.status == 401


async def test_what_an_update_has_taught_is_used_after_a_restart(
    masto: SimulatedServer, door: Door
) -> None:
    ana = masto.actor("ana")
    actor = read_actor(ana.document(), ana.id)
    async with door.database.write() as connection:
        await remember(connection, actor, door.clock.now())
    await door.take(ana)
    assert masto.asked == []
