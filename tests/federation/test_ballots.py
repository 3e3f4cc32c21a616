"""Ballots that arrive: in every shape, once, in time, and from nobody else than their voter."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.activitypub.reading import many
from dosfed.activitypub.tables import Followings, Inbox
from dosfed.acts.erasing import erase_some
from dosfed.deliberation.votes.methods.by_name import fold_option
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots
from dosfed.storage.engine import Database
from tests.activitypub.expected.threads import CHOSEN
from tests.conftest import START, GivenClock
from tests.federation.town import BASE, POLL, found_town, later, people, person, vote

DOCUMENTS = Path(__file__).parent.parent / "documents"
VOTES = sorted(
    path
    for path in DOCUMENTS.glob("*/*.json")
    if ("vote" in path.stem or "ballot" in path.stem) and "announce" not in path.stem
)
ANA = person("ana")


def sample(path: Path) -> Any:
    return json.loads(path.read_bytes())


def names_in(path: Path) -> list[str]:
    chosen = CHOSEN.get(f"{path.parent.name}/{path.stem}")
    return [*chosen] if chosen else [note["name"] for note in many(sample(path), "object")]


@pytest.mark.parametrize("path", VOTES, ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_a_ballot_counts_in_the_shape_that_each_software_sends(
    path: Path, database: Database, clock: GivenClock
) -> None:
    activity = sample(path)
    names = [fold_option(name) for name in names_in(path)]
    town = await found_town(
        database, clock, poll={"method": "multiple", "options": ["Other", *names]}
    )

    kept = await town.receive(activity)

    assert (kept.kind, kept.outcome, kept.reason) == ("ballot", "admitted", None)
    assert list((await town.standing()).values()) == [
        ",".join(str(position) for position in range(1, len(names) + 1))
    ]


def test_there_are_sample_ballots_of_many_kinds() -> None:
    assert len({path.parent.name for path in VOTES}) >= 8


@pytest.mark.parametrize("marked", ["the Create", "the Note"])
async def test_a_choice_marked_as_complete_replaces_what_was_added(
    marked: str, database: Database, clock: GivenClock
) -> None:
    poll = {"method": "multiple", "options": ["A", "B", "C"]}
    town = await found_town(database, clock, poll=poll)
    for number, name in enumerate("AB"):
        await town.receive(vote(ANA, name, number=number))
    assert await town.standing() == {ANA: "0,1"}

    mark: dict[str, Any] = {"dosfed:complete": True}
    if marked == "the Note":
        await town.receive(vote(ANA, "C", number=2, **mark))
    else:
        await town.receive({**vote(ANA, "C", number=2), **mark})
    assert await town.standing() == {ANA: "2"}


async def test_the_same_delivery_twice_is_one_act(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    ballot = vote(ANA, "Abstention")
    for _ in range(3):
        await town.receive(ballot)
    async with database.read() as connection:
        assert len((await connection.execute(select(Inbox.id))).all()) == 1
        assert len((await connection.execute(select(Ballots.id))).all()) == 1


async def test_the_same_id_with_another_body_is_a_new_act(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(vote(ANA, "Abstention", number=7))
    await town.receive(vote(ANA, "D'accord", number=7))
    assert await town.standing() == {ANA: "0"}


@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        ({"name": "Peut-être"}, "refused", "unknown-option"),
        ({"inReplyTo": "https://delib.example/p/nowhere"}, "refused", "unknown-poll"),
        ({"attributedTo": person("bo")}, "malformed", "object.attributedTo: not the actor"),
        ({"id": "https://evil.example/1"}, "malformed", "object.id: not on the actor's host"),
    ],
)
async def test_a_ballot_that_cannot_count_leaves_its_reason_and_nothing_else(
    change: dict[str, str],
    outcome: str,
    reason: str,
    database: Database,
    clock: GivenClock,
) -> None:
    town = await found_town(database, clock)
    activity = vote(ANA, "Abstention")
    kept = await town.receive({**activity, "object": {**activity["object"], **change}})
    assert (kept.outcome, kept.reason) == (outcome, reason)
    assert await town.standing() == {}


async def test_a_vote_with_words_in_it_is_an_argument(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    public = ["https://www.w3.org/ns/activitystreams#Public"]
    activity = vote(ANA, "Abstention", content="<p>Parce que.</p>")
    activity = {**activity, "object": {**activity["object"], "to": public}}
    kept = await town.receive(activity)
    assert (kept.kind, kept.outcome) == ("argument", "admitted")
    assert await town.standing() == {}


NOTE = vote(ANA, "Abstention")["object"]
POLL_VOTE = sample(DOCUMENTS / "piefed" / "poll_vote.json")


@pytest.mark.rule("1.8")
@pytest.mark.parametrize(
    "passed_on",
    [
        vote(ANA, "Abstention"),
        POLL_VOTE,
        NOTE,
        [f"{ANA}/statuses/1", NOTE],
        {**vote(ANA, "Abstention"), "object": [NOTE, NOTE]},
        {key: value for key, value in vote(ANA, "Abstention").items() if key != "actor"},
        {**vote(ANA, "Abstention"), "type": "Update"},
        {"type": "Announce", "actor": ANA, "object": vote(ANA, "Abstention")},
        {"type": "Undo", "actor": ANA, "object": POLL_VOTE},
        {"type": "Vote", "actor": ANA, "id": f"{ANA}/v", "object": POLL, "option": "Abstention"},
        {"type": ["Answer"], "actor": ANA, "id": f"{ANA}/v", "inReplyTo": POLL, "name": "x"},
        {"type": "Collection", "id": f"{ANA}/v", "items": [NOTE]},
        {"inReplyTo": POLL, "name": "Abstention", "attributedTo": ANA},
        {"id": f"{ANA}/v", "inReplyTo": POLL, "choice_text": "Abstention"},
        {"type": "Create", "actor": ANA, "id": f"{ANA}/v", "object": POLL, "instrument": NOTE},
        {"type": "Note", "id": f"{ANA}/v", "inReplyTo": POLL, "choice_text": "Abstention"},
        {"type": "Note", "id": f"{ANA}/v", "inReplyTo": POLL, "nameMap": {"fr": "Abstention"}},
    ],
)
@pytest.mark.parametrize("is_followed", [True, False])
async def test_a_ballot_announced_by_somebody_else_is_refused_in_whatever_shape(
    passed_on: Any, *, is_followed: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    if is_followed:
        await let_follow(database, person("group"))
    kept = await town.receive(announce(passed_on))
    assert (kept.outcome, kept.reason) == ("refused", "announced-ballot")
    assert await town.standing() == {}


@pytest.mark.parametrize(
    "passed_on",
    [
        f"{ANA}/statuses/1",
        {"type": "Like", "actor": ANA, "id": f"{ANA}/l", "object": POLL},
        {"type": "Lock", "actor": ANA, "id": f"{ANA}/l", "object": POLL},
        {"type": "Undo", "actor": ANA, "id": f"{ANA}/u", "object": {"type": "Dislike"}},
        {"type": "Question", "id": f"{ANA}/q", "name": "?", "oneOf": [{"type": "Note"}]},
        {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{ANA}/n"},
        {"type": "Note", "id": f"{ANA}/n", "inReplyTo": POLL, "attachment": [{"type": "Image"}]},
        {"type": "Note", "id": f"{ANA}/n", "inReplyTo": POLL, "contentMap": {"fr": "Parce que."}},
    ],
)
async def test_what_cannot_be_a_ballot_is_not_taken_for_one(
    passed_on: Any, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    kept = await town.receive(announce(passed_on))
    assert (kept.outcome, kept.reason) == ("ignored", "announced by somebody we do not follow")


@pytest.mark.rule("1.8")
async def test_a_ballot_that_is_fetched_is_refused(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await let_follow(database, person("group"))
    await town.store(announce(NOTE["id"]))
    (want,) = (await town.judge_all()).wanted
    await town.judge.judge_with(want.row, {want.uri: NOTE})
    kept = await town.last()
    assert (kept.outcome, kept.reason) == ("refused", "announced-ballot")


def announce(passed_on: Any) -> dict[str, Any]:
    group = person("group")
    return {"id": f"{group}/a", "type": "Announce", "actor": group, "object": passed_on}


async def let_follow(database: Database, group: str) -> None:
    row = {"follower": f"{BASE}/actor", "followed": group, "follow_id": f"{BASE}/f/1"}
    async with database.write() as connection:
        values = {**row, "state": "accepted", "asked_at": START, "answered_at": START}
        await connection.execute(insert(Followings).values(values))


async def test_what_counts_is_when_it_was_stored_not_what_the_sender_says(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    end = datetime(2026, 12, 1, tzinfo=UTC)
    later(clock, end - timedelta(seconds=1))
    await town.store(vote(person("early"), "Abstention"))
    later(clock, end)
    await town.store(vote(person("late"), "Abstention", published="2026-11-01T00:00:00Z"))
    later(clock, end + timedelta(seconds=1))

    await town.judge_all()

    assert await town.standing() == {person("early"): "1"}
    assert (await town.last()).reason == "not-open"


async def test_a_poll_waits_for_what_was_received_in_time_and_then_closes_for_good(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll={"counts_from": 1})
    later(clock, datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC))
    await town.store(vote(ANA, "Abstention"))
    clock.advance(seconds=10)

    await town.take_turn()
    assert (await town.shown()).closed_at is None

    await town.judge_all()
    await town.take_turn()
    closed = await town.shown()
    assert closed.closed_at == clock.now()
    assert closed.counts == [0, 1, 0]
    final = (await town.sent("Update"))[-1]["object"]
    assert final["closed"] == final["endTime"] == "2026-12-01T00:00:00Z"
    assert [option["replies"]["totalItems"] for option in final["oneOf"]] == [0, 1, 0]


@pytest.mark.rule("4.1")
async def test_the_evidence_of_ballots_is_erased_by_the_clock_and_the_tally_stays(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, erase_after_days=30)
    for voter in people(6):
        await town.receive(vote(voter, "D'accord"))
    later(clock, datetime(2026, 12, 1, 0, 0, 3, tzinfo=UTC))
    await town.take_turn()
    clock.advance(days=31)
    chance = random.SystemRandom()
    async with database.write() as connection:
        while await erase_some(connection, town.house, now=clock.now(), shuffle=chance):
            continue

    assert await town.standing() == {}
    async with database.read() as connection:
        rows = (await connection.execute(select(Inbox.actor, Inbox.activity, Inbox.body))).all()
        assert {tuple(row) for row in rows} == {(None, None, None)}
        kept = (await connection.execute(select(ErasedBallots.origin, ErasedBallots.choices))).all()
        assert [tuple(row) for row in kept] == [("fediverse", "0")] * 6
    assert (await town.shown()).counts == [6, 0, 0]


@pytest.mark.rule("4.2")
async def test_who_leaves_before_the_end_takes_the_ballot_along(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(vote(ANA, "D'accord"))
    kept = await town.receive(
        {"id": f"{ANA}#delete", "type": "Delete", "actor": ANA, "object": ANA}
    )
    assert await town.standing() == {}
    assert (kept.outcome, kept.actor, kept.body) == ("admitted", None, None)
    async with database.read() as connection:
        actors = (await connection.execute(select(Inbox.actor))).scalars()
        assert set(actors) == {None}
