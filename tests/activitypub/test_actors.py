"""Actors of this instance: names, keys, documents."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from dosfed.activitypub.actors import (
    BadName,
    LocalActor,
    actor_document,
    actor_with_handle,
    check_name,
    delete_actor,
    drop_idle_keys,
    ensure_instance_actor,
    instance_actor_document,
    local_actor,
    make_actor,
)
from dosfed.activitypub.keys import KeyRing
from dosfed.activitypub.tables import Actors, Deliveries
from dosfed.instance import Instance
from dosfed.storage.engine import Database
from tests.conftest import START

TOWN = "https://delib.example/o/mairie"


async def make_town(database: Database, handle: str = "mairie") -> None:
    async with database.write() as connection:
        await make_actor(
            connection,
            id=f"https://delib.example/o/{handle}",
            handle=handle,
            kind="organiser",
            name="Ville de Sauveterre",
            at=START,
            language="fr",
        )


async def found(database: Database, actor: str) -> LocalActor:
    async with database.read() as connection:
        row = await local_actor(connection, actor)
    assert row is not None
    return row


@pytest.mark.parametrize("name", ["a_b", "quais", "x", "42", "_", "a" * 64])
def test_plain_names_are_accepted(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "Mairie", "é", "a-b", "a.b", "a b", "a@b", "a/b", "quais\n", "²", "a" * 65],
)
def test_names_that_some_server_would_stumble_over_are_refused(name: str) -> None:
    with pytest.raises(BadName, match="1 to 64"):
        check_name(name)


@pytest.mark.parametrize("name", ["actor", "inbox", "admin", "api", "c", "o", "u", "p", "a", "n"])
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(BadName, match="reserved"):
        check_name(name)


async def test_a_handle_is_given_once_whatever_the_kind(database: Database) -> None:
    await make_town(database)
    with pytest.raises(BadName, match="taken"):
        async with database.write() as connection:
            await make_actor(
                connection,
                id="https://delib.example/c/mairie",
                handle="mairie",
                kind="consultation",
                name="Mairie",
                at=START,
            )
    async with database.read() as connection:
        assert (await connection.execute(select(Actors.id))).scalars().all() == [TOWN]


async def test_the_database_itself_refuses_a_second_handle(database: Database) -> None:
    await make_town(database)
    async with database.read() as connection:
        row = (await connection.execute(select(*Actors.__table__.columns))).mappings().one()
    twin = insert(Actors).values(dict(row) | {"id": "https://delib.example/u/mairie"})

    async def write_twin() -> None:
        async with database.write() as connection:
            await connection.execute(twin)

    with pytest.raises(IntegrityError):
        await write_twin()


async def test_the_document_has_what_every_known_server_asks_for(
    database: Database, instance: Instance
) -> None:
    await make_town(database)
    document = actor_document(await found(database, TOWN), instance)

    assert document["id"] == document["url"] == TOWN
    assert document["type"] == "Service"
    assert document["preferredUsername"] == "mairie"
    assert document["name"] == "Ville de Sauveterre"
    for name in ("inbox", "outbox", "followers", "following", "featured"):
        assert document[name] == f"{TOWN}/{name}"
    assert document["endpoints"] == {"sharedInbox": "https://delib.example/inbox"}
    assert document["manuallyApprovesFollowers"] is False
    assert document["published"] == "2026-05-01T12:00:00Z"


async def test_the_signing_key_is_one_rsa_object_with_the_proof_key_apart(
    database: Database, instance: Instance
) -> None:
    await make_town(database)
    document = actor_document(await found(database, TOWN), instance)

    key: dict[str, Any] = document["publicKey"]
    assert key["id"] == f"{TOWN}#main-key"
    assert key["owner"] == TOWN
    public = load_pem_public_key(key["publicKeyPem"].encode())
    assert isinstance(public, RSAPublicKey)
    assert public.key_size == 2048
    (proof,) = document["assertionMethod"]
    assert proof["type"] == "Multikey"
    assert proof["controller"] == TOWN
    assert proof["publicKeyMultibase"].startswith("z6Mk")


async def test_no_private_key_is_in_what_a_document_is_made_of(
    database: Database, instance: Instance
) -> None:
    await make_town(database)
    actor = await found(database, TOWN)
    assert "PRIVATE" not in str(actor_document(actor, instance))
    assert "PRIVATE" not in repr(actor)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("organiser", "Service"), ("consultation", "Group"), ("citizen", "Person")],
)
async def test_each_kind_has_its_plain_type(
    database: Database, instance: Instance, kind: Any, expected: str
) -> None:
    uri = f"https://delib.example/x/{kind}"
    async with database.write() as connection:
        await make_actor(connection, id=uri, handle=kind, kind=kind, name="", at=START)
    document = actor_document(await found(database, uri), instance)

    assert document["type"] == expected
    assert document["name"] == kind
    assert document["discoverable"] is (kind != "citizen")
    assert document["generator"]["id"] == "https://delib.example/actor"


async def test_a_deleted_actor_is_a_tombstone_whose_key_stays(
    database: Database, instance: Instance
) -> None:
    await make_town(database)
    async with database.write() as connection:
        await delete_actor(connection, TOWN, START + timedelta(days=1))
        await delete_actor(connection, TOWN, START + timedelta(days=2))

    document = actor_document(await found(database, TOWN), instance)
    assert document["type"] == "Tombstone"
    assert document["formerType"] == "Service"
    assert document["deleted"] == "2026-05-02T12:00:00Z"
    assert "Sauveterre" not in str(document)


async def test_the_key_of_who_left_goes_with_the_last_delivery(database: Database) -> None:
    await make_town(database)
    await make_town(database, "another")
    async with database.write() as connection:
        await delete_actor(connection, TOWN, START)
        farewell = {"activity": "a", "actor": TOWN, "host": "masto.example", "inbox": ""}
        await connection.execute(insert(Deliveries), [farewell | {"created_at": START}])

    async def keys() -> list[bool]:
        async with database.write() as connection:
            await drop_idle_keys(connection)
            rows = await connection.execute(
                select(Actors.private_key, Actors.proof_key).order_by(Actors.id.desc())
            )
            return ["PRIVATE KEY" in key for row in rows for key in row]

    assert await keys() == [True, True, True, True]
    assert (await KeyRing(database).signer(TOWN)).key_id == f"{TOWN}#main-key"
    async with database.write() as connection:
        await connection.execute(update(Deliveries).values(finished_at=START, status=0))
    assert await keys() == [False, False, True, True]
    with pytest.raises(LookupError):
        await KeyRing(database).signer(TOWN)


async def test_the_instance_actor_is_made_once_and_keeps_its_keys(
    database: Database, instance: Instance
) -> None:
    documents = []
    for _ in range(2):
        async with database.write() as connection:
            await ensure_instance_actor(connection, instance, START)
        async with database.read() as connection:
            documents.append(await instance_actor_document(connection, instance))

    first, second = documents
    assert first == second
    assert first["id"] == "https://delib.example/actor"
    assert first["type"] == "Application"
    assert first["preferredUsername"] == "delib.example"
    async with database.read() as connection:
        found = await actor_with_handle(connection, "delib.example")
    assert found is not None
    assert found.kind == "instance"
