"""Our actors can be put into collections of others (FEP-7aa9), citizens excepted."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.activitypub.actors import make_actor
from dosfed.activitypub.remote import remember
from dosfed.activitypub.tables import Inbox
from dosfed.activitypub.verification import Verified
from dosfed.acts.documents import Asked, Found, document
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import (
    BASE,
    GROUP,
    ORGANISER,
    Kept,
    Town,
    found_town,
    person,
    remembered,
)

ANA = person("ana")
COLLECTION = f"{ANA}/collections/7"
COLLECTION_OF_ANA = {
    "id": COLLECTION,
    "type": "FeaturedCollection",
    "attributedTo": ANA,
    "name": "Démocratie",
    "orderedItems": [],
}
CITIZEN = f"{BASE}/u/mia"


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    town = await found_town(database, clock)
    async with database.write() as connection:
        await make_actor(
            connection, id=CITIZEN, handle="mia", kind="citizen", name="", at=clock.now()
        )
    return town


async def ask(town: Town, asked: str, collection: dict[str, Any] | None, **more: Any) -> Kept:
    """Receive a request as Mastodon writes it, signed by Ana, with the collection at hand."""
    request = {
        "id": f"{ANA}/feature-requests/1",
        "type": "FeatureRequest",
        "object": asked,
        "instrument": COLLECTION,
        **more,
    }
    async with town.database.write() as connection:
        await remember(connection, remembered(ANA), town.clock.now())
    verified = Verified(actor=ANA, key_id=f"{ANA}#main-key")
    await town.receiver.receive(verified, json.dumps(request).encode(), request)
    wanted = (await town.judge_all()).wanted
    async with town.database.read() as connection:
        row = (await connection.execute(select(Inbox.id).order_by(Inbox.id.desc()))).scalars()
        last = next(iter(row))
    assert [want.uri for want in wanted] in ([COLLECTION], [])
    if wanted:
        await town.judge.judge_with(last, {COLLECTION: collection})
    return await town.last()


@pytest.mark.parametrize("actor", [GROUP, ORGANISER])
async def test_whoever_asks_may_have_an_actor_and_the_stamp_answers(town: Town, actor: str) -> None:
    kept = await ask(town, actor, COLLECTION_OF_ANA)

    assert kept.outcome == "admitted"
    (accept,) = await town.sent("Accept")
    assert (accept["actor"], accept["to"]) == (actor, [ANA])
    assert accept["object"] == f"{ANA}/feature-requests/1"
    stamp = accept["result"]
    assert stamp["type"] == "FeatureAuthorization"
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (COLLECTION, actor)
    assert stamp["id"].startswith(f"{actor}/features/")
    assert "#" not in stamp["id"]
    path = stamp["id"].removeprefix(BASE)
    asked = Asked(instance=town.house.instance, path=path, query={}, now=town.clock.now())
    async with town.database.read() as connection:
        found = await document(connection, asked)
    assert found == Found(document=stamp)


async def test_a_citizen_is_not_put_into_collections(town: Town) -> None:
    await ask(town, CITIZEN, COLLECTION_OF_ANA)
    assert await town.sent("Accept") == []
    (reject,) = await town.sent("Reject")
    assert (reject["actor"], reject["object"]) == (CITIZEN, f"{ANA}/feature-requests/1")
    assert "result" not in reject


@pytest.mark.parametrize(
    ("actor", "collection"),
    [
        (GROUP, COLLECTION_OF_ANA | {"attributedTo": person("bo")}),
        (GROUP, {"id": COLLECTION}),
        (GROUP, None),
        (f"{BASE}/o/nobody", COLLECTION_OF_ANA),
        (person("bo"), COLLECTION_OF_ANA),
    ],
)
async def test_nothing_is_granted_for_a_collection_that_is_not_the_askers(
    town: Town, actor: str, collection: dict[str, Any] | None
) -> None:
    kept = await ask(town, actor, collection)
    assert kept.outcome == "ignored"
    assert await town.sent("Accept") == await town.sent("Reject") == []


async def test_a_named_actor_is_taken_as_well(town: Town) -> None:
    kept = await ask(town, GROUP, COLLECTION_OF_ANA, actor=ANA)
    assert kept.outcome == "admitted"
