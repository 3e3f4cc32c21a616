"""Who follows whom: states that repeats do not change."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import follows, recipients
from dosfed.activitypub.parsing import read_activity
from dosfed.activitypub.tables import Followers, Followings, FormerFollowers
from dosfed.activitypub.vocabulary import Follow
from dosfed.instance import Instance
from dosfed.storage.engine import Database
from tests.conftest import START

GROUP = "https://delib.example/c/quais"
INSTANCE = "https://delib.example/actor"
ANA = "https://masto.example/users/ana"
ELSEWHERE = "https://otra.example/c/muelles"


@dataclass(frozen=True)
class Place:
    inbox: str
    shared_inbox: str | None


HOME = Place(inbox=f"{ANA}/inbox", shared_inbox="https://masto.example/inbox")


def follow_of(actor: str, number: int = 1) -> Follow:
    document = {"id": f"{actor}#follows/{number}", "type": "Follow", "actor": actor}
    follow = read_activity({**document, "object": GROUP})
    assert isinstance(follow, Follow)
    return follow


async def test_a_repeated_follow_counts_once_and_renews_the_inbox(database: Database) -> None:
    moved = Place(inbox=f"{ANA}/inbox2", shared_inbox=None)
    async with database.write() as connection:
        await follows.receive(connection, follow_of(ANA, 1), HOME, START)
        await follows.receive(connection, follow_of(ANA, 2), moved, START + timedelta(hours=1))
        rows = (await connection.execute(select(Followers.__table__))).all()
        assert await follows.count_followers(connection, GROUP) == 1
    (row,) = rows
    assert (row.inbox, row.shared_inbox, row.host) == (f"{ANA}/inbox2", None, "masto.example")
    assert row.follow_id == f"{ANA}#follows/2"
    assert row.since == START


async def test_who_unfollows_is_gone_and_others_stay(database: Database) -> None:
    bo = "https://other.example/users/bo"
    async with database.write() as connection:
        await follows.receive(connection, follow_of(ANA), HOME, START)
        await follows.receive(connection, follow_of(bo), HOME, START)
        await follows.undo(connection, ANA, GROUP)
        await follows.undo(connection, ANA, GROUP)
        assert list((await connection.execute(select(Followers.follower))).scalars()) == [bo]


async def test_a_request_of_ours_keeps_its_id_while_it_stands(
    database: Database, instance: Instance
) -> None:
    pair = (INSTANCE, ELSEWHERE)
    async with database.write() as connection:
        first = await follows.follow(connection, instance, pair, START)
        again = await follows.follow(connection, instance, pair, START)
        await answer(connection, first["id"], is_accepted=True)
        accepted = await follows.follow(connection, instance, pair, START)
    assert first["type"] == "Follow"
    assert (first["actor"], first["object"]) == pair
    assert first["id"].startswith("https://delib.example/activities/")
    assert first == again == accepted


async def test_after_a_rejection_the_request_is_a_new_one(
    database: Database, instance: Instance
) -> None:
    pair = (INSTANCE, ELSEWHERE)
    async with database.write() as connection:
        first = await follows.follow(connection, instance, pair, START)
        assert await answer(connection, first["id"], is_accepted=False)
        assert await follows.state_of(connection, *pair) == "rejected"
        second = await follows.follow(connection, instance, pair, START)
        assert await follows.state_of(connection, *pair) == "pending"
    assert first["id"] != second["id"]


async def test_an_answer_is_found_by_id_or_by_the_pair(
    database: Database, instance: Instance
) -> None:
    async with database.write() as connection:
        first = await follows.follow(connection, instance, (INSTANCE, ELSEWHERE), START)
        assert await follows.state_of(connection, INSTANCE, ELSEWHERE) == "pending"
        assert await answer(connection, first["id"], is_accepted=True)
        assert await follows.state_of(connection, INSTANCE, ELSEWHERE) == "accepted"
        assert await answer(connection, (INSTANCE, ELSEWHERE), is_accepted=False)
        assert await follows.state_of(connection, INSTANCE, ELSEWHERE) == "rejected"
        assert not await answer(connection, "https://delib.example/activities/x", is_accepted=True)


async def test_only_the_followed_actor_can_answer(database: Database, instance: Instance) -> None:
    async with database.write() as connection:
        request = await follows.follow(connection, instance, (INSTANCE, ELSEWHERE), START)
        for request_named in (request["id"], (INSTANCE, ELSEWHERE)):
            assert not await follows.answered(
                connection, request_named, by=ANA, is_accepted=True, at=START
            )
        assert await follows.state_of(connection, INSTANCE, ELSEWHERE) == "pending"


async def test_only_accepted_requests_count_as_following(
    database: Database, instance: Instance
) -> None:
    async with database.write() as connection:
        await follows.follow(connection, instance, (INSTANCE, ANA), START)
        request = await follows.follow(connection, instance, (INSTANCE, ELSEWHERE), START)
        assert await follows.count_following(connection, INSTANCE) == 0
        await answer(connection, request["id"], is_accepted=True)
        assert await follows.count_following(connection, INSTANCE) == 1


async def test_who_is_gone_neither_follows_nor_is_followed(
    database: Database, instance: Instance
) -> None:
    async with database.write() as connection:
        await follows.receive(connection, follow_of(ANA), HOME, START)
        await follows.follow(connection, instance, (INSTANCE, ANA), START)
        await follows.forget(connection, ANA)
        assert await follows.count_followers(connection, GROUP) == 0
        assert (await connection.execute(select(Followings.followed))).all() == []


async def answer(
    connection: AsyncConnection, request: str | tuple[str, str], *, is_accepted: bool
) -> bool:
    return await follows.answered(
        connection, request, by=ELSEWHERE, is_accepted=is_accepted, at=START
    )


async def test_where_somebody_followed_once_is_remembered_without_who_it_was(
    database: Database,
) -> None:
    lone = Place(inbox="https://gts.example/users/cy/inbox", shared_inbox=None)
    cy = "https://gts.example/users/cy"
    async with database.write() as connection:
        for actor, place in ((ANA, HOME), (cy, lone)):
            await follows.receive(connection, follow_of(actor), place, START)
            await follows.undo(connection, actor, GROUP)
        kept = (await connection.execute(select(FormerFollowers.__table__))).all()
        assert await recipients.follower_inboxes(connection, [GROUP]) == set()
        assert await recipients.hearers(connection, [GROUP]) == {HOME.shared_inbox}

    assert sorted(tuple(row) for row in kept) == [
        (GROUP, "gts.example", None),
        (GROUP, "masto.example", HOME.shared_inbox),
    ]
