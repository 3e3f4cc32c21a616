"""Published tallies: what they tell, when they move, who hears of it, how they end."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from dosfed.activitypub.tables import Deliveries
from dosfed.acts.clockwork import count_ended, tick
from dosfed.acts.leaving import leave
from dosfed.acts.perform import perform
from dosfed.acts.submission import Submission
from dosfed.deliberation.model import ActorId, PollId
from dosfed.deliberation.votes.methods.model import Names
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.polls import load_polls
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots, Polls, Tallies
from dosfed.deliberation.votes.tallies import count_whole, is_anything_due, load_lots
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import GROUP, POLL, Document, Town, found_town, later, people, vote
from tests.federation.town import person as person_of

OPTIONS = ("D'accord", "Abstention", "Pas d'accord")
ANA = person_of("ana")
MIRROR = "https://mirror.example/actor"
AFTER = datetime(2026, 12, 1, 0, 0, 3, tzinfo=UTC)
LISTED = "friend.example"


async def all_vote(town: Town, voters: Sequence[str], option: str, *, number: int = 1) -> None:
    for voter in voters:
        await town.store(vote(voter, option, number=number))
    await town.judge_all()


def deletion(actor: str) -> Document:
    return {"id": f"{actor}#delete", "type": "Delete", "actor": actor, "object": actor}


async def test_the_tally_moves_in_lots_and_goes_to_servers_that_voted(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(25), "D'accord")
    await town.take_turn()
    assert (await town.shown()).counts is None
    assert await town.sent("Update") == []

    await all_vote(town, [person_of("last")], "Abstention")
    await town.take_turn()
    assert (await town.shown()).counts == [13, 0, 0]
    assert len(await town.sent("Update")) == 1

    await all_vote(town, people(13, "other.example"), "Pas d'accord")
    await town.take_turn()
    assert (await town.shown()).counts == [13, 0, 0]  # once an interval
    clock.advance(seconds=181)
    await town.take_turn()
    assert (await town.shown()).counts == [25, 1, 0]
    _, update_ = await town.sent("Update")
    assert update_["object"]["votersCount"] == 26
    async with database.read() as connection:
        hosts = select(Deliveries.host).where(Deliveries.activity == update_["id"])
        found = set((await connection.execute(hosts)).scalars())
    assert found == {"masto.example", "other.example"}


async def test_somebody_with_four_ballots_reads_nobody_s_choice(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    puppets, told = people(4, "evil.example"), set()
    await all_vote(town, people(10, "crowd.example"), "D'accord")
    for turn, victim in enumerate(people(6, "town.example")):
        await all_vote(town, puppets, OPTIONS[turn % 2], number=turn)
        await all_vote(town, [victim], "Pas d'accord")
        clock.advance(seconds=181)
        await town.take_turn()
        told.add(str((await town.shown()).counts))
    assert told == {"None"}


async def test_the_end_adds_no_single_ballot_to_what_was_shown(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(26), "D'accord")
    await town.take_turn()
    await all_vote(town, [person_of("late")], "Pas d'accord")
    later(clock, AFTER)
    before = (await town.shown()).counts
    await town.take_turn()
    assert (before, (await town.shown()).counts) == ([13, 0, 0], [26, 0, 1])


async def test_one_voter_who_keeps_changing_moves_nothing(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(12), "D'accord")
    for number in range(40):
        await town.receive(vote(ANA, OPTIONS[number % 2], number=number))
    clock.advance(seconds=181)
    await town.take_turn()
    assert (await town.shown()).counts is None


async def test_who_comes_and_goes_under_one_name_after_the_other_moves_nothing(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for puppet in people(30, "evil.example"):
        await town.receive(vote(puppet, "D'accord"))
        await town.receive(deletion(puppet))
    await town.receive(vote(ANA, "Abstention"))
    await town.take_turn()
    assert (await town.shown()).counts is None
    async with database.read() as connection:
        assert (await load_lots(connection, [POLL]))[POLL].voters == 1


async def test_a_poll_that_shows_everything_moves_with_each_ballot_origins_too(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll={"counts_from": 1}, instances=[LISTED])
    await town.receive(vote(ANA, "Abstention"))
    await town.take_turn()
    await town.receive(vote(person_of("bo", LISTED), "D'accord"))
    await town.take_turn()
    shown = await town.shown()
    assert (shown.counts, shown.voters) == ([1, 1, 0], 2)
    assert shown.origins == {"here": 0, "listed": 1, "fediverse": 1}


async def test_origins_are_those_of_the_counts_beside_them(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, instances=[LISTED])
    await all_vote(town, people(20), "D'accord")
    await all_vote(town, people(6, LISTED), "Abstention")
    await town.take_turn()
    assert (await town.shown()).counts == [13, 0, 0]
    assert (await town.shown()).origins == {"here": 0, "listed": 0, "fediverse": 13}
    later(clock, AFTER)
    await town.take_turn()
    assert (await town.shown()).origins == {"here": 0, "listed": 6, "fediverse": 20}


@pytest.mark.rule("2.4")
async def test_origins_are_not_told_where_few_come_from_one(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, instances=[LISTED])
    await all_vote(town, people(4, LISTED), "Abstention")
    await all_vote(town, people(22), "D'accord")
    await town.take_turn()
    assert (await town.shown()).counts == [9, 4, 0]
    assert (await town.shown()).origins is None


@pytest.mark.rule("2.1")
async def test_hidden_counts_go_nowhere_before_the_end(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll={"counts": "hidden"})
    await all_vote(town, people(30), "D'accord")
    await town.take_turn()
    assert await town.sent("Update") == []
    async with database.read() as connection:
        assert not await is_anything_due(
            connection, interval=town.house.tally_interval, now=clock.now()
        )
    later(clock, AFTER)
    await town.take_turn()
    (update_,) = await town.sent("Update")
    assert update_["object"]["votersCount"] == 30


@pytest.mark.parametrize("seed", range(4))
async def test_the_count_that_is_kept_is_that_of_the_ballots_whatever_happens(
    seed: int, database: Database, clock: GivenClock
) -> None:
    town = await found_town(
        database, clock, instances=[LISTED], poll={"method": "multiple", "options": ["A", "B", "C"]}
    )
    lot = random.Random(seed)  # noqa: S311 - a lot that can be drawn again
    voters = [*people(15), *people(10, LISTED)]
    gone: set[str] = set()
    for number in range(12):
        for voter in lot.sample(voters, 12):
            if voter not in gone and lot.random() < 0.1:
                gone.add(voter)
                await town.store(deletion(voter))
            elif voter not in gone:
                said: dict[str, Any] = {"dosfed:complete": lot.random() < 0.5}
                if lot.random() < 0.5:
                    said["published"] = f"2026-05-01T00:00:{lot.randrange(60):02}Z"
                await town.store(vote(voter, lot.choice("ABC"), number=number, **said))
        await town.judge_all()
        clock.advance(seconds=200)
        await town.take_turn()
        await check_count(town)
    later(clock, AFTER)
    async with database.read() as connection:
        expected = (await count_ended(connection, town.house, now=clock.now()))[POLL].whole
    await town.take_turn()
    assert (await town.shown()).counts == list(expected[:3])


async def test_what_several_processes_judge_at_once_is_counted_once(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)

    async def judge(host: str, choices: Sequence[str]) -> None:
        for voter in people(3, host):
            async with database.write() as connection:
                runs = [
                    Submission(
                        command=CastBallot(
                            poll=PollId(POLL),
                            voter=ActorId(voter),
                            said=Names(names=(choice,)),
                            adds=False,
                            published=None,
                        ),
                        at=clock.now(),
                    )
                    for choice in choices
                ]
                await perform(connection, runs, town.house)

    hosts = [f"s{number}.example" for number in range(15)]
    await asyncio.gather(
        *(judge(host, OPTIONS[: 1 + place % 3]) for place, host in enumerate(hosts))
    )
    await check_count(town)
    await town.take_turn()
    assert (await town.shown()).voters == 26  # of 45, in lots of 13 of which the third is held


async def check_count(town: Town) -> None:
    async with town.database.read() as connection:
        record = (await load_polls(connection, [POLL]))[POLL]
        counted = await count_whole(connection, record, here=town.house.instance.host)
    assert counted.whole == counted.running


async def test_who_leaves_while_the_last_count_is_made_is_not_in_it(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(8), "D'accord")
    later(clock, AFTER)
    async with database.read() as connection:
        counted = await count_ended(connection, town.house, now=clock.now())
    async with database.write() as connection:
        await leave(connection, person_of("v3"), town.house, at=clock.now())
    async with database.write() as connection:
        await tick(connection, town.house, counted, now=clock.now())
    assert (await town.shown()).closed_at is None
    await town.take_turn()
    assert (await town.shown()).counts == [7, 0, 0]


@pytest.mark.parametrize("host", ["masto.example", LISTED])
async def test_who_leaves_after_the_end_stays_counted_where_they_came_from(
    host: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, instances=[LISTED])
    await all_vote(town, people(6, host), "D'accord")
    later(clock, AFTER)
    await town.take_turn()
    await town.receive(deletion(person_of("v0", host)))
    async with database.read() as connection:
        kept = (await connection.execute(select(ErasedBallots.origin, ErasedBallots.choices))).all()
    origin = "listed" if host == LISTED else "fediverse"
    assert [tuple(row) for row in kept] == [(origin, "0")]
    assert (await town.shown()).counts == [6, 0, 0]


async def test_nothing_of_the_lots_is_left_beside_a_final_tally(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(40), "D'accord")
    later(clock, AFTER)
    await town.take_turn()
    async with database.read() as connection:
        rows = await connection.execute(
            select(Tallies.lot_voters, Tallies.running, Tallies.held, Tallies.ready)
        )
        assert [tuple(row) for row in rows] == [(0, None, None, None)]


@pytest.mark.rule("2.6")
async def test_a_poll_that_closes_with_few_ballots_tells_everybody_that_and_why(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for follower, said in ((person_of("mia"), {}), (MIRROR, {"dosfed:mirror": True})):
        await town.receive(
            {"id": f"{follower}#f", "type": "Follow", "actor": follower, "object": GROUP, **said}
        )
    await town.receive(vote(person_of("eva", "voter.example"), "D'accord"))
    later(clock, AFTER)
    await town.take_turn()

    assert (await town.shown()).counts is None
    (update_,) = await town.sent("Update")
    question = update_["object"]
    assert question["closed"] == "2026-12-01T00:00:00Z"
    assert question["updated"] == "2026-12-01T00:00:03Z"
    assert {option["replies"]["totalItems"] for option in question["oneOf"]} == {0}
    assert question["votersCount"] == 0
    assert "Moins de 5 personnes ont voté" in question["content"]
    assert question["contentMap"] == {"fr": question["content"]}
    async with database.read() as connection:
        hosts = select(Deliveries.host).where(Deliveries.activity == update_["id"])
        found = sorted((await connection.execute(hosts)).scalars())
    assert found == ["masto.example", "mirror.example", "voter.example"]


async def test_a_poll_that_closes_with_enough_ballots_says_nothing_in_its_text(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(5), "D'accord")
    later(clock, AFTER)
    await town.take_turn()
    (update_,) = await town.sent("Update")
    assert "Moins de" not in update_["object"]["content"]
    assert "updated" not in update_["object"]


async def test_a_count_that_was_kept_wrongly_decides_nothing(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await all_vote(town, people(6), "D'accord")
    async with database.write() as connection:
        await connection.execute(update(Tallies).values(running=[9, 9, 9, 0, 0, 27]))
    later(clock, AFTER)
    await town.take_turn()
    assert (await town.shown()).counts == [6, 0, 0]
    async with database.read() as connection:
        assert (await connection.execute(select(Polls.closed_at))).scalar_one() == clock.now()
        rows = await connection.execute(select(Ballots.id))
        assert len(rows.all()) == 6
