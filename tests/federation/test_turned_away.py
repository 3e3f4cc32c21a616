"""Ballots from other servers that could not count: their voters are told, once and alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from dosfed.activitypub import outbox
from dosfed.activitypub.queues import Attempt, Delivery, Parcel, settle
from dosfed.activitypub.tables import Deliveries, Outbox, RemoteActors
from dosfed.acts.clockwork import sweep
from dosfed.deliberation.votes.tables import VotersTold
from dosfed.federation.dispatch import dispatch
from dosfed.federation.incoming import TurnedDown
from dosfed.storage.engine import Database
from dosfed.wire import terms
from tests.conftest import START, GivenClock
from tests.federation.test_slow_road import incoming
from tests.federation.town import (
    BASE,
    ORGANISER,
    POLL,
    Town,
    found_town,
    later,
    people,
    person,
    reply,
    vote,
)
from tests.people import block

ANA = person("ana")
END = datetime(2026, 12, 1, tzinfo=UTC)


async def letters(town: Town) -> list[dict[str, Any]]:
    """Return what the organiser wrote to somebody alone."""
    return [
        activity
        for activity in await town.sent("Create")
        if "https://www.w3.org/ns/activitystreams#Public" not in activity["to"]
    ]


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town whose vote has just ended."""
    founded = await found_town(database, clock)
    later(clock, END + timedelta(seconds=1))
    return founded


@pytest.mark.rule("1.10")
async def test_who_voted_too_late_is_told_in_private_in_the_language_of_the_proposal(
    town: Town,
) -> None:
    await town.receive(vote(ANA, "Abstention"))

    (letter,) = await letters(town)
    note = letter["object"]
    assert letter["actor"] == note["attributedTo"] == ORGANISER
    for addressed in (letter, note):
        assert (addressed["to"], addressed["cc"]) == ([ANA], [])
    assert note["tag"] == [{"type": "Mention", "href": ANA, "name": "@ana@masto.example"}]
    assert list(note["contentMap"]) == ["fr"]
    assert "après la clôture (2026-12-01 00:00 UTC)" in note["content"]
    assert f'href="{POLL}"' in note["content"]
    assert "Abstention" not in note["content"]
    async with town.database.read() as connection:
        sent = select(Outbox.is_public, Outbox.is_ephemeral, Deliveries.inbox).join(
            Deliveries, Deliveries.activity == Outbox.id
        )
        rows = (await connection.execute(sent.where(Outbox.id == letter["id"]))).all()
    assert rows == [(False, True, f"{ANA}/inbox")]


@pytest.mark.parametrize(
    ("given", "option", "words"),
    [
        ({"poll": {"opens": "2026-05-02T00:00:00Z"}}, "Abstention", "pas encore commencé"),
        ({"eligible": "here"}, "Abstention", "pas ouvert aux comptes"),
        ({}, "Peut-être", "ne correspond pas"),
        ({"language": "es"}, "Quizás", "no está entre las opciones"),
        ({"language": "en-GB"}, "Maybe", "is not one of this poll's options"),
        ({"language": "ca"}, "Potser", "is not one of this poll's options"),
    ],
)
async def test_each_reason_has_words_of_its_own(
    given: dict[str, Any], option: str, words: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, **given)
    await town.receive(vote(ANA, option))
    (letter,) = await letters(town)
    assert words in letter["object"]["content"]


@pytest.mark.rule("1.10")
async def test_each_voter_is_told_once_for_each_poll(town: Town) -> None:
    for number in range(3):
        for voter in people(2):
            await town.store(vote(voter, "Abstention", number=number))
    await town.judge_all()
    await town.receive(vote(ANA, "Abstention"))
    await town.receive(vote(ANA, "D'accord", number=2))
    assert sorted(letter["to"][0] for letter in await letters(town)) == sorted([ANA, *people(2)])


async def test_a_ballot_that_counts_brings_no_letter(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await town.receive(vote(ANA, "Abstention"))
    await town.receive(vote(ANA, "D'accord", number=2))
    assert await letters(town) == []


@pytest.mark.rule("1.10")
async def test_nobody_is_told_who_hears_of_it_otherwise_or_whom_we_do_not_know(
    town: Town, database: Database
) -> None:
    await town.receive({**vote(ANA, "Abstention"), terms.COMPLETE: True})
    await town.receive(vote(person("bo"), "Abstention", poll=f"{BASE}/p/nowhere"))
    await town.receive(vote(person("cy"), "Abstention", attributedTo=ANA))
    await town.receive(announced(vote(person("di"), "Abstention")))
    await town.store(vote(person("ed"), "Abstention"))
    async with database.write() as connection:
        await connection.execute(delete(RemoteActors))
    await town.judge_all()
    assert await letters(town) == []
    assert len(await town.sent("Reject")) == 1


async def test_nothing_goes_to_a_server_that_is_blocked(town: Town, database: Database) -> None:
    async with database.write() as connection:
        await block(connection, "masto.example", "spam", START)
    await town.receive(vote(ANA, "Abstention"))
    async with database.read() as connection:
        assert (await connection.execute(select(Deliveries.id))).all() == []


@pytest.mark.rule("1.10")
async def test_long_after_the_end_nobody_is_told(town: Town, clock: GivenClock) -> None:
    clock.advance(days=8)
    await town.receive(vote(ANA, "Abstention"))
    assert await letters(town) == []


async def test_a_letter_asks_another_instance_for_nothing(town: Town) -> None:
    await town.receive(vote(ANA, "Abstention"))
    (letter,) = await letters(town)
    with pytest.raises(TurnedDown, match="not-public"):
        dispatch(incoming({**letter, "actor": ORGANISER}))
    answer = reply(
        ANA, "<p>Ah bon ?</p>", in_reply_to=letter["object"]["id"], to=[ORGANISER], cc=[]
    )
    # A person who answers is told once where to go, and nothing more.
    for number in range(2):
        await town.receive({**answer, "id": f"{ANA}#{number}", "to": [ORGANISER], "cc": []})
    assert len(await letters(town)) == 2


@pytest.mark.rule("1.10")
async def test_nothing_of_it_stays(town: Town, clock: GivenClock, database: Database) -> None:
    await town.receive(vote(ANA, "Abstention"))
    await town.receive(vote(person("bo"), "Abstention"))
    async with database.write() as connection:
        sent = select(Deliveries.id, Deliveries.activity, Deliveries.host, Deliveries.inbox)
        for row in (await connection.execute(sent)).all():
            await settle(connection, [delivered(row)], [], clock.now())
        bodies = await connection.execute(select(Outbox.body).where(Outbox.is_ephemeral))
        assert set(bodies.scalars()) == {None}
    await town.receive({"id": f"{ANA}#d", "type": "Delete", "actor": ANA, "object": ANA})
    async with database.read() as connection:
        assert len((await connection.execute(select(VotersTold.mark))).all()) == 1

    clock.advance(days=31)
    async with database.write() as connection:
        await sweep(connection, now=clock.now(), since=None)
        while await outbox.purge(connection, clock.now()):
            pass
    async with database.read() as connection:
        for column in (VotersTold.mark, Deliveries.id):
            assert (await connection.execute(select(column))).all() == []
        assert (await connection.execute(select(Outbox.id).where(Outbox.is_ephemeral))).all() == []


def announced(activity: Any) -> dict[str, Any]:
    group = person("group")
    return {"id": f"{group}/a", "type": "Announce", "actor": group, "object": activity}


def delivered(row: Any) -> Attempt:
    parcel = Parcel(body=b"", digest=b"", is_ephemeral=True)
    delivery = Delivery(
        id=row.id,
        activity=row.activity,
        actor=ORGANISER,
        host=row.host,
        inbox=row.inbox,
        parcel=parcel,
        on_trial=None,
    )
    return Attempt(delivery=delivery, status=202, is_finished=True)
