"""Actors of other servers: read strictly, remembered, forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from dosfed.activitypub.keys import make_proof_key, public_multibase
from dosfed.activitypub.reading import Malformed
from dosfed.activitypub.remote import (
    Register,
    RemoteActor,
    fetch_actor,
    forget,
    known,
    read_actor,
    remember,
    remember_all,
)
from dosfed.activitypub.tables import RemoteActors, RemoteKeys
from dosfed.storage.engine import Database
from tests.activitypub.door import Door
from tests.conftest import START, GivenClock
from tests.simulated.actors import SimulatedActor
from tests.simulated.servers import SimulatedServer
from tests.simulated.signing import pool_key, public_pem

ANA = SimulatedActor(origin="https://masto.example", name="ana", private=pool_key(0))
MULTIKEY = {
    "id": f"{ANA.id}#ed25519-key",
    "type": "Multikey",
    "controller": ANA.id,
    "publicKeyMultibase": public_multibase(make_proof_key()),
}


def read(**changes: Any) -> RemoteActor:
    return read_actor({**ANA.document(), **changes}, ANA.id)


async def keys_of(database: Database, owner: str) -> set[str]:
    async with database.read() as connection:
        rows = await connection.execute(select(RemoteKeys.id).where(RemoteKeys.owner == owner))
        return set(rows.scalars())


def test_an_actor_is_read() -> None:
    assert read() == RemoteActor(
        id=ANA.id,
        host="masto.example",
        type="Person",
        handle="ana",
        name="Ana",
        url="https://masto.example/@ana",
        inbox=ANA.inbox,
        shared_inbox="https://masto.example/inbox",
        keys=((ANA.key.id, public_pem(ANA.private)),),
    )


def test_what_lies_on_another_host_is_left_out() -> None:
    actor = read(
        url="https://elsewhere.example/@ana",
        endpoints={"sharedInbox": "https://elsewhere.example/inbox"},
        publicKey={**ANA.public_key(), "id": "https://elsewhere.example/key"},
    )
    assert (actor.url, actor.shared_inbox, actor.keys) == (None, None, ())


@pytest.mark.parametrize(
    "inbox", ["https://public-api.example/inbox", "https://masto.example:444/inbox"]
)
def test_an_inbox_may_lie_on_another_host_and_then_no_shared_one_stands_for_it(inbox: str) -> None:
    actor = read(inbox=inbox)
    assert (actor.host, actor.inbox, actor.shared_inbox) == ("masto.example", inbox, None)


@pytest.mark.parametrize(
    "url",
    [
        ["https://masto.example/@ana", "https://masto.example/@other"],
        {"type": "Link", "href": "https://masto.example/@ana"},
        [{"type": "Link", "href": "https://masto.example/@ana", "mediaType": "text/html"}],
    ],
)
def test_a_page_may_be_given_as_a_link_or_among_others(url: Any) -> None:
    assert read(url=url).url == "https://masto.example/@ana"


def test_a_page_with_a_script_for_a_scheme_is_left_out() -> None:
    assert read(url="javascript:alert(1)").url is None


def test_the_type_may_stand_in_a_list() -> None:
    assert read(type=["Service", "dosfed:Organiser"]).type == "Service"


def test_long_names_are_cut() -> None:
    assert len(read(name="n" * 10_000).name) == 100


@pytest.mark.rule("3.25")
@pytest.mark.parametrize(
    "handle",
    [
        *("maire@town.example", "maire\uff20town.example", "ma ire", "maire\n", "\u202eeriam"),
        *("a\u200bb", "a/b", "<b>", "", "u" * 10_000, None, ["maire@a", "b"], {"id": 1}),
    ],
)
def test_a_name_that_is_none_or_looks_like_another_is_not_taken(handle: object) -> None:
    assert read(preferredUsername=handle).handle == "ana"
    assert read(id="https://masto.example/", preferredUsername=handle).handle == "?"


@pytest.mark.rule("3.25")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana\n Paz", "Ana Paz"),
        ("\u202eanA\u202c \u2066x\u2069\x07", "anA x"),
        ("A\u200bn\u2060a\ufeff", "Ana"),
        (
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("@maire@town.example", "ana"),
        ("Mairie \uff20town.example", "ana"),
        ("\u3164\u3164", "ana"),
    ],
)
def test_a_name_is_a_line_that_can_be_read_and_looks_like_no_address(name: str, shown: str) -> None:
    assert read(name=name).name == shown


def test_an_actor_without_a_name_goes_by_its_handle() -> None:
    assert read(name=None).name == "ana"


def test_an_ed25519_key_is_read_beside_the_other() -> None:
    actor = read(assertionMethod=[MULTIKEY, {**MULTIKEY, "publicKeyMultibase": "z6Mk"}, "x"])
    assert [key_id for key_id, _ in actor.keys] == [ANA.key.id, MULTIKEY["id"]]


def test_only_so_many_keys_are_read() -> None:
    keys = [{**ANA.public_key(), "id": f"{ANA.id}#{number}"} for number in range(50)]
    assert len(read(publicKey=keys).keys) == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": 7},
        {"id": "https://elsewhere.example/users/ana"},
        {"id": "https://masto.example/" + "x" * 3000},
        {"id": "https://masto.example/é"},
        {"type": None},
        {"type": "Note"},
        {"type": [["Person"]]},
        {"type": [{}]},
        {"inbox": None},
        {"inbox": {}},
        {"inbox": "acct:ana@masto.example"},
        {"inbox": "javascript://masto.example/inbox"},
        {"inbox": "https:///inbox"},
    ],
)
def test_what_is_no_actor_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read(**changes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(ANA.id),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = ["id", "type", "inbox", "url", "endpoints", "publicKey", "assertionMethod", "name"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_document_whatsoever_leads_to_anything_but_a_clean_refusal(
    changes: dict[str, Any],
) -> None:
    try:
        actor = read(**changes)
    except Malformed:
        return
    assert actor.host == "masto.example"


async def test_an_actor_is_remembered_as_it_is_now(database: Database) -> None:
    async with database.write() as connection:
        await remember(connection, read(assertionMethod=[MULTIKEY]), START)
        await remember(connection, read(name="Ana B."), START + timedelta(days=1))
        found = await known(connection, [ANA.id, ANA.id, "https://masto.example/users/bo"])
    assert {actor.id: actor.name for actor in found.values()} == {ANA.id: "Ana B."}
    assert await keys_of(database, ANA.id) == {ANA.key.id}


async def test_many_actors_are_remembered_and_found(database: Database) -> None:
    actors = [
        read_actor(actor.document(), actor.id)
        for number in range(1200)
        for actor in [
            SimulatedActor(origin="https://m.example", name=f"u{number}", private=pool_key(0))
        ]
    ]
    async with database.write() as connection:
        await remember_all(connection, actors, START)
        await remember_all(connection, [], START)
        found = await known(connection, [actor.id for actor in actors])
    assert len(found) == 1200


async def test_a_forgotten_actor_is_no_longer_known_and_has_no_keys(database: Database) -> None:
    async with database.write() as connection:
        await remember(connection, read(), START)
        await forget(connection, ANA.id, START)
        assert await known(connection, [ANA.id]) == {}
    assert await keys_of(database, ANA.id) == set()

    async with database.write() as connection:
        await remember(connection, read(), START)
        assert list(await known(connection, [ANA.id])) == [ANA.id]


async def test_actors_that_arrive_together_are_written_together(
    database: Database, clock: GivenClock
) -> None:
    register = Register(database, clock)
    actors = [
        read_actor(actor.document(), actor.id)
        for number in range(20)
        for actor in [
            SimulatedActor(origin="https://m.example", name=f"u{number}", private=pool_key(0))
        ]
    ]
    await asyncio.gather(*(register.add(actor) for actor in actors))
    await register.add(actors[0])
    async with database.read() as connection:
        rows = await connection.execute(select(func.count()).select_from(RemoteActors))
        assert rows.scalar_one() == 20


async def test_an_actor_is_fetched_from_its_own_server(masto: SimulatedServer, door: Door) -> None:
    ana = masto.actor("ana")
    assert (await fetch_actor(door.client, ana.id)).inbox == ana.inbox
