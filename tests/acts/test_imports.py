"""An import makes everything that the file asks for, or nothing."""

import copy
from typing import Any

import orjson
import pytest
from sqlalchemy import func, insert, select

from dosfed.activitypub.tables import Actors, Deliveries, Followers, Outbox
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls, Tallies
from dosfed.storage.engine import Database
from tests.acts.samples import FULL
from tests.acts.test_exports import do_import
from tests.conftest import GivenClock


async def test_each_thing_made_is_named_with_its_id(
    database: Database, house: House, clock: GivenClock
) -> None:
    made = await do_import(database, FULL, house, clock.now())

    assert [(one.kind, one.ref) for one in made] == [
        ("organiser", "mairie"),
        ("consultation", "quais"),
        ("proposal", "p1"),
        ("poll", "p1"),
        ("argument", "a"),
        ("argument", None),
        ("argument", "c"),
        ("proposal", "p2"),
        ("proposal", None),
        ("poll", None),
        ("consultation", "marche"),
        ("proposal", "place"),
        ("poll", "place"),
    ]
    assert made[0].id == "https://delib.example/o/mairie"
    assert made[1].id == "https://delib.example/c/quais"
    assert made[2].id == made[3].id
    assert made[2].id.startswith("https://delib.example/p/")


async def test_an_existing_organiser_is_reused_and_hears_of_new_proposals(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())
    organiser = "https://delib.example/o/mairie"
    async with database.write() as connection:
        await connection.execute(
            insert(Followers).values(
                actor=organiser,
                follower="https://masto.example/users/ana",
                follow_id="https://masto.example/follows/1",
                host="masto.example",
                inbox="https://masto.example/users/ana/inbox",
                shared_inbox="https://masto.example/inbox",
                since=clock.now(),
            )
        )
    second = copy.deepcopy(FULL)
    second["consultations"] = [{**FULL["consultations"][0], "name": "ponts"}]

    made = await do_import(database, second, house, clock.now())

    assert "organiser" not in {one.kind for one in made}
    async with database.read() as connection:
        assert (await connection.execute(select(func.count(Organisers.id)))).scalar_one() == 1
        rows = await connection.execute(
            select(Outbox.actor, Outbox.body).join(Deliveries, Deliveries.activity == Outbox.id)
        )
        sent = [(row.actor, orjson.loads(row.body)) for row in rows]
    assert [actor for actor, _ in sent] == [organiser] * 3
    assert {activity["type"] for _, activity in sent} == {"Create"}


async def test_a_result_of_elsewhere_is_shown_as_final(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())

    async with database.read() as connection:
        row = (
            await connection.execute(
                select(Polls.closed_at, Polls.imported_from, Tallies.counts, Tallies.voters)
                .join(Tallies, Tallies.poll == Polls.id)
                .where(Polls.imported_from.is_not(None))
            )
        ).one()
    assert row.closed_at is not None
    assert row.imported_from == "https://old.example/p/1"
    assert (row.counts, row.voters) == ([12, 7], 15)


def named(**names: str) -> dict[str, Any]:
    document = copy.deepcopy(FULL)
    for which, name in names.items():
        (document["organiser"] if which == "organiser" else document["consultations"][1])[
            "name"
        ] = name
    return document


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (named(consultation="inbox"), "consultations[1].name: 'inbox' is a reserved name"),
        (named(organiser="admin"), "organiser.name: 'admin' is a reserved name"),
        (named(consultation="quais"), "consultations[1].name: quais is given twice"),
    ],
)
async def test_a_bad_name_leaves_nothing_behind(
    database: Database, house: House, clock: GivenClock, document: object, complaint: str
) -> None:
    with pytest.raises(BadDocument) as refused:
        await do_import(database, document, house, clock.now())

    assert str(refused.value) == complaint
    async with database.read() as connection:
        for table in (Actors, Organisers, Consultations, Proposals, Outbox):
            assert (await connection.execute(select(table.id))).all() == []


async def test_an_existing_consultation_is_refused(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())

    with pytest.raises(BadDocument) as refused:
        await do_import(database, FULL, house, clock.now())

    assert "consultations[0].name: the consultation quais exists already" in str(refused.value)
