"""Follows, answers and quotes between this instance and others."""

import json
from pathlib import Path

from sqlalchemy import select

from dosfed.activitypub import follows
from dosfed.activitypub.tables import Deliveries, Followers
from dosfed.acts.documents import Asked, Found, document
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import BASE, GROUP, POLL, found_town, person

DOCUMENTS = Path(__file__).parent.parent / "documents"
ANA = person("ana")
FOLLOW = {"id": f"{ANA}#follows/1", "type": "Follow", "actor": ANA, "object": GROUP}


async def test_a_follow_is_accepted_each_time_and_kept_once(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(FOLLOW)
    await town.receive(FOLLOW)  # the same bytes: the first Accept may have been lost
    await town.receive({**FOLLOW, "id": f"{ANA}#follows/2"})

    accepts = await town.sent("Accept")
    assert [accept["object"]["id"] for accept in accepts] == [
        f"{ANA}#follows/1",
        f"{ANA}#follows/1",
        f"{ANA}#follows/2",
    ]
    assert {accept["actor"] for accept in accepts} == {GROUP}
    async with database.read() as connection:
        rows = await connection.execute(select(Followers.follower))
        assert rows.scalars().all() == [ANA]
        inboxes = await connection.execute(select(Deliveries.inbox).distinct())
        assert inboxes.scalars().all() == [f"{ANA}/inbox"]


async def test_whoever_is_not_here_cannot_be_followed(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    kept = await town.receive({**FOLLOW, "object": f"{BASE}/c/nobody"})
    assert kept.outcome == "ignored"
    assert await town.sent("Accept") == []


async def test_a_follow_is_undone_by_the_pair_or_by_its_id(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    whole = {**FOLLOW, "id": f"{ANA}#made-up"}
    for number, inner in enumerate((whole, FOLLOW["id"])):
        await town.receive({**FOLLOW, "seq": number})
        undo = {"id": f"{ANA}#undo/{number}", "type": "Undo", "actor": ANA, "object": inner}
        assert (await town.receive(undo)).outcome == "admitted"
        async with database.read() as connection:
            assert await follows.count_followers(connection, GROUP) == 0


async def test_nobody_undoes_the_follow_of_another(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await town.receive(FOLLOW)
    eve = person("eve", "evil.example")
    for inner in (FOLLOW, FOLLOW["id"]):
        await town.receive({"id": f"{eve}#u", "type": "Undo", "actor": eve, "object": inner})
    async with database.read() as connection:
        assert await follows.count_followers(connection, GROUP) == 1


async def test_an_accept_is_believed_from_the_followed_actor_only(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    instance, home = town.house.instance, "https://home.example/c/river"
    async with database.write() as connection:
        asked = await follows.follow(connection, instance, (instance.actor, home), clock.now())
    eve = person("eve", "evil.example")
    for by, outcome in ((eve, "ignored"), (home, "admitted")):
        accept = {"id": f"{by}#accept", "type": "Accept", "actor": by, "object": dict(asked)}
        assert (await town.receive(accept)).outcome == outcome


async def test_a_quote_is_granted_with_a_stamp_that_answers(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    request = json.loads((DOCUMENTS / "mastodon" / "quote_request.json").read_bytes())
    kept = await town.receive({**request, "object": POLL})
    assert kept.outcome == "admitted"
    (accept,) = await town.sent("Accept")
    path = accept["result"].removeprefix(BASE)
    asked = Asked(instance=town.house.instance, path=path, query={}, now=clock.now())
    async with database.read() as connection:
        found = await document(connection, asked)
    assert isinstance(found, Found)
    assert found.document["interactionTarget"] == POLL
    quoting = request["instrument"]
    assert found.document["interactingObject"] == (
        quoting if isinstance(quoting, str) else quoting["id"]
    )
