"""Whoever only voted is forgotten with the ballot; whoever takes part is not."""

import random
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from dosfed.accounts.tables import FediverseAccounts, Sessions, Subscriptions
from dosfed.activitypub import outbox
from dosfed.activitypub.remote import remember_all
from dosfed.activitypub.tables import (
    Blocks,
    Deliveries,
    Destinations,
    Followers,
    RemoteActors,
    RemoteKeys,
)
from dosfed.acts import strangers
from dosfed.acts.clockwork import sweep
from dosfed.acts.erasing import erase_some
from dosfed.deliberation.debate.tables import Arguments, Weights
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.proposals.tables import CoSigners
from dosfed.deliberation.votes.tables import ErasedBallots
from dosfed.storage.engine import Database
from dosfed.storage.schema import Table
from tests.conftest import GivenClock
from tests.federation.town import (
    GROUP,
    POLL,
    Town,
    found_town,
    later,
    person,
    remembered,
    reply,
    vote,
)
from tests.ticking import take_turn
from tests.traces import scrub, traces

END = datetime(2026, 12, 1, 0, 0, 3, tzinfo=UTC)
VOTES = 6


@pytest.fixture
def mark() -> str:
    """What the names of voters, and of their servers, begin with."""
    return "v" + secrets.token_hex(6)


async def held(database: Database, word: str) -> set[str]:
    """Return the tables that have a word anywhere."""
    found = set()
    async with database.read() as connection:
        for table in Table.metadata.sorted_tables:
            rows = (await connection.execute(select(table))).all()
            if any(word in str(value) for row in rows for value in row):
                found.add(table.name)
    return found


async def let_vote(town: Town, mark: str) -> Sequence[str]:
    voters = [person(f"{mark}{number}", f"{mark}{number}.example") for number in range(VOTES)]
    for voter in voters:
        await town.receive(vote(voter, "D'accord"))
    await town.receive(vote(voters[0], "Abstention", number=2))  # one changes their mind
    await keep_keys(town, voters)
    return voters


async def keep_keys(town: Town, actors: Sequence[str]) -> None:
    """Remember what is learnt where somebody signs, and where they are answered."""
    async with town.database.write() as connection:
        for actor in actors:
            now, host = town.clock.now(), actor.split("/")[2]
            key = {"id": f"{actor}#key", "owner": actor, "pem": "…", "fetched_at": now}
            await connection.execute(insert(RemoteKeys), [key])
            server = {"host": host, "is_waiting": False, "next_at": now, "failures": 0}
            await connection.execute(insert(Destinations), [server])


async def erase(town: Town) -> None:
    """Let the poll end, and time pass, until the clock has erased all that it will."""
    later(town.clock, END)
    await take_turn(town.database, town.house, town.clock.now())
    async with town.database.write() as connection:
        # As if all had answered.
        await connection.execute(update(Deliveries).values(finished_at=END, status=202))
        await connection.execute(update(Destinations).values(is_waiting=False))
    town.clock.advance(days=91)
    await clear(town)


async def clear(town: Town) -> None:
    now, chance = town.clock.now(), random.SystemRandom()
    async with town.database.write() as connection:
        await sweep(connection, now=now, since=None)
        while await outbox.purge(connection, now):
            continue
        while await erase_some(connection, town.house, now=now, shuffle=chance):
            continue
        await strangers.look_for_them(connection, erased=0)
        while await strangers.forget_some(connection, now=now):
            continue


@pytest.mark.rule("4.5")
async def test_whoever_only_voted_is_in_no_table_and_no_file(
    database: Database, clock: GivenClock, mark: str
) -> None:
    town = await found_town(database, clock)
    await let_vote(town, mark)
    assert await held(database, mark) >= {"inbox", "ballots", "remote_actors", "remote_keys"}
    await erase(town)

    assert await held(database, mark) == set()
    await scrub(database, clock)
    assert not await traces(database, mark)


async def test_what_voters_said_of_themselves_or_took_back_goes_with_them(
    database: Database, clock: GivenClock, mark: str
) -> None:
    town = await found_town(database, clock)
    (voter, other, *_) = await let_vote(town, mark)
    profile = {"id": voter, "type": "Person", "preferredUsername": "x", "inbox": f"{voter}/inbox"}
    boost = {"id": f"{other}/boosts/1", "type": "Announce", "actor": other, "object": POLL}
    for activity in (
        {"id": f"{voter}#1", "type": "Update", "actor": voter, "object": profile},
        boost,
        {"id": f"{other}#2", "type": "Undo", "actor": other, "object": boost},
    ):
        assert (await town.receive(activity)).outcome == "admitted"
    await erase(town)

    assert await held(database, mark) == set()


async def test_a_ballot_that_came_too_late_is_forgotten_as_well(
    database: Database, clock: GivenClock, mark: str
) -> None:
    town = await found_town(database, clock)
    await erase(town)
    kept = await town.receive(vote(person(mark), "D'accord"))
    assert kept.reason == "not-open"
    clock.advance(days=8)
    await clear(town)
    assert await held(database, mark) == set()


async def test_choices_that_stay_do_not_tell_who_left_when(
    database: Database, clock: GivenClock, mark: str
) -> None:
    town = await found_town(database, clock)
    voters = await let_vote(town, mark)
    later(clock, END)
    await take_turn(database, town.house, clock.now())
    for voter in voters:
        leaving = {"id": f"{voter}#gone", "type": "Delete", "actor": voter, "object": voter}
        await town.receive(leaving)
    async with database.read() as connection:
        numbers = await connection.execute(select(ErasedBallots.id))
    assert min(numbers.scalars()) > VOTES


def followed(actor: str) -> dict[str, Any]:
    return {
        "actor": GROUP,
        "follower": actor,
        "follow_id": f"{actor}#follow",
        "host": "masto.example",
        "inbox": f"{actor}/inbox",
        "since": END,
    }


def signed_in(actor: str) -> dict[str, Any]:
    return {
        "digest": actor.encode(),
        "user": actor,
        "created_at": END,
        "expires_at": END + timedelta(days=400),
    }


def reported(by: str, *objects: str) -> dict[str, Any]:
    return {"reporter": by, "objects": list(objects), "text": "", "received_at": END}


@pytest.mark.rule("4.5")
@pytest.mark.parametrize(
    ("table", "row"),
    [
        (Followers, followed),
        (Sessions, signed_in),
        (Blocks, lambda actor: {"target": actor, "reason": "", "since": END}),
        (Weights, lambda actor: {"object": POLL, "actor": actor, "weight": 1}),
        (Subscriptions, lambda actor: {"user": actor, "target": GROUP, "since": END}),
        (Reports, reported),
        (Reports, lambda actor: reported("", POLL, actor)),
        (
            CoSigners,
            lambda actor: {"proposal": POLL, "actor": actor, "name": "", "signed_at": END},
        ),
    ],
)
async def test_whoever_takes_part_beyond_voting_is_remembered(
    database: Database, clock: GivenClock, mark: str, table: type[Table], row: Any
) -> None:
    town = await found_town(database, clock)
    voters = await let_vote(town, mark)
    async with database.write() as connection:
        await connection.execute(insert(table), [row(voters[0])])
    await erase(town)

    async with database.read() as connection:
        actors = set((await connection.execute(select(RemoteActors.id))).scalars())
        owners = set((await connection.execute(select(RemoteKeys.owner))).scalars())
        hosts = set((await connection.execute(select(Destinations.host))).scalars())
    assert actors == owners == {voters[0]}
    assert len([host for host in hosts if host.startswith(mark)]) == 1


async def test_whoever_argued_is_remembered(
    database: Database, clock: GivenClock, mark: str
) -> None:
    town = await found_town(database, clock)
    await let_vote(town, mark)
    await town.receive(reply(person(mark), "<p>Le dimanche, oui.</p>"))
    await erase(town)
    async with database.read() as connection:
        assert list((await connection.execute(select(RemoteActors.id))).scalars()) == [person(mark)]
        assert list((await connection.execute(select(Arguments.author))).scalars()) == [
            person(mark)
        ]


async def test_whoever_signed_in_here_to_vote_is_forgotten_a_month_later(
    database: Database, clock: GivenClock, mark: str
) -> None:
    town = await found_town(database, clock)
    voters = await let_vote(town, mark)
    async with database.write() as connection:
        await connection.execute(
            insert(FediverseAccounts),
            [
                {
                    "actor": voters[0],
                    "host": "masto.example",
                    "handle": f"@{mark}@masto.example",
                    "language": "fr",
                    "scope": "read",
                    "signed_in_at": clock.now(),
                }
            ],
        )
    await erase(town)
    assert await held(database, mark) == set()


# Columns that name somebody, yet need no look: ours, or what goes by itself before or with them.
WITHOUT = {
    "accounts.user",
    "actors.id",
    "consultation_team.user",
    "consultations.organiser",
    "deliveries.actor",
    "followers.actor",
    "followings.follower",
    "former_followers.actor",
    "mail_tokens.user",
    "outbox.actor",
    "recovery_codes.user",
    "remote_actors.id",
    "remote_keys.owner",
    "second_factors.user",
    "sent_ballots.voter",
    "sign_in_links.user",
    "users.id",
}
NAMING = {"actor", "author", "by", "follower", "followed", "owner", "reporter", "user", "voter"}


def test_no_column_that_names_somebody_is_overlooked() -> None:
    """Add a new one to `strangers.PARTS`, or here, with a reason."""
    looked_at = {f"{column.class_.__tablename__}.{column.key}" for column in strangers.PARTS}
    looked_at |= {
        "consultation_history.by",  # whoever has a role here
        "fediverse_accounts.actor",
        "fediverse_sign_ins.actor",
        "inbox.actor",
        "moderation_log.by",  # whoever has a role here, or the Group of a mirror, which we follow
        "notices.user",  # only whoever has an account here, or signed in
        "sessions.user",
    }
    naming = {
        f"{table.name}.{column.name}"
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if column.name in NAMING
    }
    assert naming <= looked_at | WITHOUT


async def test_letting_go_of_servers_costs_little_however_much_went_to_others(
    database: Database, clock: GivenClock
) -> None:
    now = clock.now()
    old = now - timedelta(days=3)
    gone = [f"s{number}.example" for number in range(1_000)]
    sent = [f"d{number % 500}.example" for number in range(20_000)]
    async with database.write() as connection:
        await connection.execute(
            insert(Destinations),
            [{"host": host, "is_waiting": False, "next_at": old, "failures": 0} for host in gone],
        )
        await connection.execute(
            insert(Deliveries),
            [
                {
                    "activity": f"{GROUP}/{number}",
                    "actor": GROUP,
                    "host": host,
                    "inbox": f"https://{host}/inbox",
                    "created_at": old,
                    "finished_at": None if number % 2 else old,
                }
                for number, host in enumerate(sent)
            ],
        )
        await remember_all(connection, [remembered(person("v", host)) for host in gone[:500]], old)
        await strangers.look_for_them(connection, erased=0)

    began = time.process_time()
    async with database.write() as connection:
        while await strangers.forget_some(connection, now=now):
            continue
    took = time.process_time() - began

    async with database.read() as connection:
        assert not (await connection.execute(select(Destinations.host))).all()
    assert took < 0.5  # server by server, actor by actor, it was seconds
