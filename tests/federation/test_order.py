"""What waits for another server: it steps aside, holds no poll open, and keeps its order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.activitypub.tables import Inbox
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.votes.tables import Polls
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import (
    BASE,
    POLL,
    Document,
    found_town,
    later,
    people,
    person,
    reply,
    vote,
)

ANA = person("ana")
END = datetime(2026, 12, 1, tzinfo=UTC)
NOWHERE = "https://nowhere.example/notes/1"
MINUTE = 61


def update(create: Document, html: str) -> Document:
    note = {**create["object"], "content": html, "updated": "2026-05-02T00:00:00Z"}
    return {**create, "id": f"{create['id']}/update", "type": "Update", "object": note}


def delete(actor: str, uri: str) -> dict[str, Any]:
    return {"id": f"{uri}#delete", "type": "Delete", "actor": actor, "object": uri}


def poll_vote(actor: str) -> dict[str, Any]:
    return {
        "id": f"{actor}/poll-votes/1",
        "type": "PollVote",
        "actor": actor,
        "object": POLL,
        "choice_text": "Abstention",
    }


async def test_a_ballot_is_judged_though_an_earlier_act_of_its_voter_waits(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.store(reply(ANA, "<p>Ah.</p>", in_reply_to=NOWHERE))
    await town.store(vote(ANA, "Abstention"))

    judged = await town.judge_all()
    await town.receive(vote(ANA, "D'accord", number=2))

    assert [want.uri for want in judged.wanted] == [NOWHERE]
    assert await town.standing() == {ANA: "0"}


@pytest.mark.rule("1.6")
async def test_what_waits_for_another_server_holds_no_poll_open(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    later(clock, END - timedelta(seconds=1))
    for number in range(1, 41):
        to = f"https://nowhere{number}.example/notes/1"
        await town.store(reply(ANA, "<p>Ah.</p>", in_reply_to=to, number=number))
    await town.store(vote(ANA, "Abstention"))
    await town.judge_all()

    later(clock, END + timedelta(seconds=2))
    await town.take_turn()

    assert await closed(database) == {POLL}


NOTE = vote(ANA, "Abstention")["object"]


@pytest.mark.rule("1.6")
@pytest.mark.parametrize(
    ("activity", "is_held"),
    [
        (vote(ANA, "Abstention"), True),
        ({**vote(ANA, "Abstention"), "object": [NOTE, {**NOTE, "id": f"{ANA}#votes/2"}]}, True),
        (poll_vote(ANA), True),
        (delete(ANA, ANA), True),
        (delete(ANA, f"{ANA}#votes/1"), True),
        (vote(ANA, "Abstention", poll=f"{BASE}/p/another"), False),
        (reply(ANA, "<p>Ah.</p>", in_reply_to=f"{ANA}/statuses/9"), False),
    ],
)
async def test_a_poll_waits_for_its_own_ballots_and_for_what_may_take_one_back(
    activity: Document, *, is_held: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    later(clock, END - timedelta(seconds=1))
    await town.store(activity)
    later(clock, END + timedelta(seconds=2))

    await town.take_turn()
    assert await closed(database) == (set() if is_held else {POLL})

    await town.judge_all()
    await town.take_turn()
    assert await closed(database) == {POLL}


async def test_a_change_and_a_deletion_stay_behind_the_very_post_that_waits(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    parent = reply(person("bo", "other.example"), "<p>D'abord.</p>")
    post = reply(ANA, "<p>Ah.</p>", in_reply_to=parent["object"]["id"])
    gone = reply(ANA, "<p>Oh.</p>", in_reply_to=parent["object"]["id"], number=2)
    for activity in (post, gone, update(post, "<p>Eh.</p>"), delete(ANA, gone["object"]["id"])):
        await town.store(activity)
    waiting = (await town.judge_all()).wanted
    await town.receive(parent)
    assert await words(database) == {parent["object"]["id"]: "<p>D'abord.</p>"}

    for want in waiting:
        await town.judge.judge_with(want.row, {want.uri: None})
    assert (await town.judge_all()).number == 2

    assert await words(database) == {
        parent["object"]["id"]: "<p>D'abord.</p>",
        post["object"]["id"]: "<p>Eh.</p>",
    }


async def test_other_acts_of_the_same_actor_do_not_stay_behind(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.store(reply(ANA, "<p>Ah.</p>", in_reply_to=NOWHERE))
    await town.store(reply(ANA, "<p>Oui.</p>", number=2))
    await town.judge_all()
    assert list((await words(database)).values()) == ["<p>Oui.</p>"]


async def test_what_is_given_up_lets_go_of_what_stayed_behind(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    post = reply(ANA, "<p>Ah.</p>", in_reply_to=NOWHERE)
    await town.store(post)
    await town.store(update(post, "<p>Eh.</p>"))
    (want,) = (await town.judge_all()).wanted
    await town.judge.give_up(want.row, "refused", "not to be had")
    # The change is the post from now on, and asks for what it answers by itself.
    (want,) = (await town.judge_all()).wanted
    await town.judge.give_up(want.row, "refused", "not to be had")
    assert (await town.last()).outcome == "refused"


async def test_who_leaves_takes_along_what_waits(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    parent = reply(person("bo", "other.example"), "<p>D'abord.</p>")
    await town.store(reply(ANA, "<p>Ah.</p>", in_reply_to=parent["object"]["id"]))
    (want,) = (await town.judge_all()).wanted
    await town.store(reply(ANA, "<p>Oh.</p>", in_reply_to=NOWHERE, number=2))
    await town.store(delete(ANA, ANA))
    await town.judge_all()
    await town.receive(parent)

    await town.judge.judge_with(want.row, {want.uri: None})

    assert list(await words(database)) == [parent["object"]["id"]]
    async with database.read() as connection:
        rows = await connection.execute(select(Inbox.actor, Inbox.body, Inbox.object))
        assert [row for row in rows if row.actor == ANA or (row.body and b"Ah." in row.body)] == []


async def test_what_is_tried_again_never_stands_before_what_came_in_since(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for number, author in enumerate(people(120)):
        to = f"https://nowhere{number}.example/notes/1"
        await town.store(reply(author, "<p>Ah.</p>", in_reply_to=to))
    assert len((await town.judge_all()).wanted) == 120
    clock.advance(seconds=MINUTE)
    await town.store(vote(ANA, "Abstention"))

    judged = await town.judge_all()

    assert await town.standing() == {ANA: "1"}
    assert len(judged.wanted) == 50
    assert len((await town.judge_all()).wanted) == 50
    assert len((await town.judge_all()).wanted) == 20
    assert (await town.judge_all()).wanted == ()


async def closed(database: Database) -> set[str]:
    async with database.read() as connection:
        rows = await connection.execute(select(Polls.id).where(Polls.closed_at.is_not(None)))
        return set(rows.scalars())


async def words(database: Database) -> dict[str, str]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Arguments.id, Arguments.html).where(Arguments.deleted_at.is_(None))
        )
        return {row.id: row.html for row in rows}
