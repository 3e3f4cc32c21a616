"""Ballots that are taken back from another server, by a Delete of their id."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import ORGANISER, Town, found_town, later, person, vote

ANA, BEA = person("ana"), person("bea")
END = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town with an open poll."""
    return await found_town(database, clock)


def delete(voter: str, thing: Any, **more: Any) -> dict[str, Any]:
    """Return a Delete, which no other shares an id with."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{voter}#deletes/{abs(hash(str(thing)))}",
        "type": "Delete",
        "actor": voter,
        "to": [ORGANISER],
        "object": thing,
        **more,
    }


@pytest.mark.rule("1.14")
@pytest.mark.parametrize(
    "thing",
    [
        f"{ANA}#votes/1",
        f"{ANA}#votes/1/activity",
        {"id": f"{ANA}#votes/1", "type": "Tombstone"},
        {"id": f"{ANA}#votes/1", "type": "Note"},
    ],
    ids=["the Note", "the Create", "a Tombstone", "an object"],
)
async def test_a_delete_of_its_id_takes_a_ballot_back(town: Town, thing: Any) -> None:
    await town.receive(vote(BEA, "Abstention"))
    await town.receive(vote(ANA, "D'accord"))

    kept = await town.receive(delete(ANA, thing))

    assert (kept.outcome, kept.reason) == ("admitted", None)
    assert await town.standing() == {BEA: "1"}


@pytest.mark.rule("1.14")
async def test_anyone_who_took_a_ballot_back_votes_again(town: Town) -> None:
    await town.receive(vote(ANA, "D'accord"))
    await town.receive(delete(ANA, f"{ANA}#votes/1"))
    # The same bytes once more are a repeat, and bring nothing back.
    await town.receive(vote(ANA, "D'accord"))
    assert await town.standing() == {}

    await town.receive(vote(ANA, "Abstention", number=2))

    assert await town.standing() == {ANA: "1"}


@pytest.mark.rule("1.14")
async def test_what_was_replaced_takes_nothing_back(town: Town, clock: GivenClock) -> None:
    await town.receive(vote(ANA, "D'accord"))
    later(clock, clock.now() + timedelta(minutes=1))
    await town.receive(vote(ANA, "Abstention", number=2))

    kept = await town.receive(delete(ANA, f"{ANA}#votes/1"))

    assert (kept.outcome, kept.reason) == ("refused", "unknown-object")
    assert await town.standing() == {ANA: "1"}


@pytest.mark.rule("1.14")
async def test_nobody_takes_anothers_ballot_back(town: Town) -> None:
    await town.receive(vote(ANA, "D'accord"))

    kept = await town.receive(delete(BEA, f"{ANA}#votes/1"))

    assert kept.outcome == "refused"
    assert await town.standing() == {ANA: "0"}


@pytest.mark.rule("1.14")
async def test_after_the_end_nothing_is_taken_back(town: Town, clock: GivenClock) -> None:
    await town.receive(vote(ANA, "D'accord"))
    later(clock, END + timedelta(seconds=1))

    kept = await town.receive(delete(ANA, f"{ANA}#votes/1"))

    assert (kept.outcome, kept.reason) == ("refused", "not-open")
    assert await town.standing() == {ANA: "0"}


@pytest.mark.rule("1.14")
async def test_one_note_of_several_takes_the_whole_ballot_back(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll={"method": "multiple", "options": ["A", "B"]})
    await town.receive(vote(ANA, "A"))
    later(clock, clock.now() + timedelta(seconds=1))
    await town.receive(vote(ANA, "B", number=2))
    assert await town.standing() == {ANA: "0,1"}

    await town.receive(delete(ANA, f"{ANA}#votes/1"))

    assert await town.standing() == {}


@pytest.mark.rule("1.14")
async def test_an_instance_of_our_kind_is_answered_without_what_was_chosen(town: Town) -> None:
    await town.receive(vote(ANA, "D'accord"))

    marked = delete(ANA, f"{ANA}#votes/1", **{"dosfed:complete": True})
    await town.receive(marked)

    (answer,) = await town.sent("Accept")
    assert answer["actor"] == ORGANISER
    assert answer["object"] == {"id": marked["id"], "type": "Delete", "actor": ANA}
    assert answer["to"] == [ANA]


@pytest.mark.rule("1.10")
async def test_a_late_voter_reads_that_the_earlier_ballot_still_counts(
    town: Town, clock: GivenClock
) -> None:
    await town.receive(vote(ANA, "D'accord"))
    later(clock, END + timedelta(seconds=1))

    await town.receive(vote(ANA, "Abstention", number=2))
    await town.receive(vote(BEA, "Abstention"))

    public = "https://www.w3.org/ns/activitystreams#Public"
    letters = [one for one in await town.sent("Create") if public not in one["to"]]
    said = {one["to"][0]: one["object"]["content"] for one in letters}
    assert "Votre vote précédent compte toujours." in said[ANA]
    assert "compte toujours" not in said[BEA]
