"""What servers may waste of us: charged by size, forgotten by the hour, never at ballots' cost."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.activitypub import budgets, gate
from dosfed.activitypub.budgets import Spent
from dosfed.activitypub.gate import Closed, Gate
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.tables import Budgets, Followings
from dosfed.acts.clockwork import sweep
from dosfed.deliberation.moderation.tables import Reports
from dosfed.federation.admission import admission
from dosfed.storage.clock import hour_of
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.federation.town import BASE, POLL, Document, Town, found_town, person, reply, vote

ANA, BO, CY = person("ana"), person("bo"), person("cy")
END = datetime(2026, 12, 1, tzinfo=UTC)
OF_ACTOR = budgets.PER_ACTOR[Spent.USELESS]


def nonsense(actor: str, number: int, *, size: int = 0) -> dict[str, Any]:
    activity = f"{actor}/nonsense/{number}"
    return {"id": activity, "type": "Nonsense", "actor": actor, "object": actor, "x": "y" * size}


def flag(actor: str, number: int, *objects: str) -> dict[str, Any]:
    return {
        "id": f"{actor}/flags/{number}",
        "type": "Flag",
        "actor": actor,
        "content": f"Regardez {number}.",
        "object": list(objects),
    }


def gate_of(town: Town) -> Gate:
    """Return a gate that has not looked yet."""
    return Gate(town.database, town.clock, admission(town.house))


async def is_let_in(town: Town, activity: Document) -> bool:
    opened = gate_of(town)
    await opened.check_backlog()
    try:
        await opened.check_budget(activity["actor"], activity)
    except Closed as closed:
        return not (closed.status == 429 and 0 < closed.retry_after <= 3_600)
    return True


async def waste(town: Town, actor: str, number: int) -> None:
    await asyncio.gather(*(town.store(nonsense(actor, index)) for index in range(number)))
    while (await town.judge_all()).number:
        pass


@pytest.mark.rule("9.1")
async def test_who_spent_their_budget_is_not_let_in_until_the_hour_is_over(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await waste(town, ANA, OF_ACTOR - 1)
    assert await is_let_in(town, reply(ANA, "<p>Oui.</p>"))
    await town.receive(nonsense(ANA, OF_ACTOR))

    assert not await is_let_in(town, reply(ANA, "<p>Oui.</p>"))
    assert await is_let_in(town, reply(BO, "<p>Oui.</p>"))
    clock.advance(hours=1)
    assert await is_let_in(town, reply(ANA, "<p>Oui.</p>"))


@pytest.mark.rule("9.1")
async def test_a_server_has_a_budget_as_well(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    for number in range(8):
        await waste(town, person(f"v{number}"), OF_ACTOR)
    assert not await is_let_in(town, reply(BO, "<p>Oui.</p>"))
    assert await is_let_in(town, reply(person("bo", "other.example"), "<p>Oui.</p>"))


@pytest.mark.rule("9.1")
@pytest.mark.parametrize(
    ("activity", "is_taken"),
    [
        (vote(ANA, "Abstention"), True),
        ({**vote(ANA, "Abstention"), "object": [vote(ANA, "Abstention")["object"]]}, True),
        (vote(ANA, "Peut-être"), False),
        (vote(ANA, "Abstention", poll=f"{BASE}/p/nowhere"), False),
        (vote(ANA, "Abstention", attributedTo=BO), False),
        (nonsense(ANA, 999), False),
    ],
)
async def test_ballots_that_count_are_let_in_whatever_was_spent(
    activity: Document, *, is_taken: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await waste(town, ANA, OF_ACTOR)
    assert await is_let_in(town, activity) is is_taken


async def test_a_ballot_that_comes_too_late_is_not_let_in(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    clock.moment = END + timedelta(seconds=1)
    await waste(town, ANA, OF_ACTOR)
    assert not await is_let_in(town, vote(ANA, "Abstention"))


async def test_who_spent_their_budget_can_still_take_back_what_they_said(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    said = reply(ANA, "<p>Oui.</p>")
    await town.receive(said)
    await waste(town, ANA, OF_ACTOR)
    await waste(town, BO, OF_ACTOR)
    uri = said["object"]["id"]

    def delete(actor: str) -> Document:
        return {"id": f"{uri}#delete", "type": "Delete", "actor": actor, "object": {"id": uri}}

    assert not await is_let_in(town, delete(BO))
    assert await is_let_in(town, delete(ANA))
    await town.receive(delete(ANA))
    assert not await is_let_in(town, delete(ANA))


@pytest.mark.rule("9.1")
async def test_whom_we_follow_we_asked_for_what_they_send(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    row = {"follower": f"{BASE}/actor", "followed": ANA, "follow_id": f"{BASE}/f/1"}
    async with database.write() as connection:
        values = {**row, "state": "accepted", "asked_at": START, "answered_at": START}
        await connection.execute(insert(Followings).values(values))
    await waste(town, ANA, OF_ACTOR)
    assert await is_let_in(town, reply(ANA, "<p>Oui.</p>"))


async def test_what_is_large_costs_more(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    for number in range(4):
        await town.receive(nonsense(ANA, number, size=200_000))
    assert not await is_let_in(town, reply(ANA, "<p>Oui.</p>"))


async def test_who_wrote_in_private_is_not_kept_by_a_charge(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    private = reply(ANA, "<p>Entre nous.</p>", to=[f"{BASE}/o/harbour"], cc=[])
    await town.receive({**private, "to": [f"{BASE}/o/harbour"], "cc": []})
    assert await names(database) == {"masto.example"}


async def test_budgets_are_forgotten_with_the_hour_and_with_who_leaves(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await waste(town, ANA, 1)
    await town.receive({"id": f"{ANA}#d", "type": "Delete", "actor": ANA, "object": ANA})
    assert await names(database) == {"masto.example"}

    clock.advance(hours=1)
    async with database.write() as connection:
        await sweep(connection, now=clock.now(), since=None)
    assert await names(database) == set()


@pytest.mark.rule("4.3")
async def test_of_all_but_ballots_that_count_no_bytes_stay(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    assert (await town.receive(nonsense(ANA, 1))).body is None
    assert (await town.receive(vote(ANA, "Peut-être"))).body is None
    assert (await town.receive(reply(ANA, "<p>Oui.</p>"))).body is None
    assert (await town.receive(vote(ANA, "D'accord", number=2))).body is not None


@pytest.mark.rule("9.2")
async def test_reports_have_a_budget_of_their_own(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    for number in range(30):
        await town.receive(flag(ANA, number, POLL))
    assert not await is_let_in(town, flag(ANA, 30, POLL))
    assert not await is_let_in(town, flag(BO, 1, POLL))
    assert await is_let_in(town, reply(ANA, "<p>Oui.</p>"))


async def test_what_is_made_up_makes_no_other_report_of_it(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for number in range(5):
        await town.receive(flag(ANA, number, POLL, f"{BASE}/p/made-up-{number}"))
    await town.receive(flag(ANA, 5, POLL, BO))  # whom nobody here has met
    await town.receive(flag(ANA, 6, f"{ANA}/nothing/here"))
    await town.receive(flag(ANA, 7, f"{ANA}/nothing/either"))
    await town.receive(flag(CY, 8, POLL))
    async with database.read() as connection:
        rows = (await connection.execute(select(Reports.subject, Reports.reporter))).all()
    assert [row.reporter for row in rows] == [ANA, ANA, CY]
    assert len({row.subject for row in rows}) == 2


@pytest.mark.rule("9.3")
async def test_nothing_is_taken_while_the_judge_is_far_behind(
    database: Database, clock: GivenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await found_town(database, clock)
    monkeypatch.setattr(gate, "BACKLOG", 3)
    await town.store(reply(ANA, "<p>Oui.</p>", in_reply_to="https://nowhere.example/1"))
    await town.judge_all()  # what waits for another server is no part of it
    await town.store(vote(ANA, "Abstention"))
    opened = gate_of(town)
    await opened.check_backlog()
    opened.count(1)
    opened.count(1)
    with pytest.raises(Closed) as caught:
        await opened.check_backlog()
    assert (caught.value.status, caught.value.reason) == (503, Reason.BEHIND)

    await town.judge_all()
    await gate_of(town).check_backlog()
    monkeypatch.setattr(gate, "BACKLOG_BYTES", 1_000)
    await town.store(nonsense(ANA, 1, size=1_000))
    with pytest.raises(Closed):
        await gate_of(town).check_backlog()


def test_the_hour_of_a_budget_ends_with_the_hour() -> None:
    assert budgets.seconds_left(datetime(2026, 5, 1, 12, 59, 30, tzinfo=UTC)) == 30
    assert hour_of(datetime(2026, 5, 1, 12, 59, tzinfo=UTC)).minute == 0
    assert {*budgets.PER_ACTOR} == {*budgets.PER_SERVER} == {*Spent}


async def names(database: Database) -> set[str]:
    async with database.read() as connection:
        return set((await connection.execute(select(Budgets.name))).scalars())


@pytest.mark.parametrize(("size", "price"), [(0, 1), (1, 1), (4_096, 1), (4_097, 2), (262_144, 64)])
def test_what_is_of_no_use_costs_by_the_pieces_it_begins(size: int, price: int) -> None:
    assert budgets.price_of(size) == price
