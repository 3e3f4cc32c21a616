"""Proposals and polls added to a consultation that exists: all of a file, or nothing of it."""

import asyncio
import copy
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from dosfed.accounts.subscriptions import subscribe
from dosfed.accounts.tables import Notices
from dosfed.activitypub.tables import Outbox
from dosfed.acts.additions import UnknownConsultation, import_into
from dosfed.acts.imports import Made, import_document
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.kept import ProposalRecord, load_proposal
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Boosts
from dosfed.storage.engine import Database
from tests.acts.samples import FULL
from tests.conftest import BASE_URL, START, GivenClock
from tests.people import add_user

GROUP = f"{BASE_URL}/c/quais"
ADDED: dict[str, Any] = {
    "ref": "ponton",
    "title": "Un ponton",
    "text": "Au *sud*.",
    "poll": {"method": "agree"},
    "arguments": [{"stance": "for", "text": "Oui."}],
}
FILE: dict[str, Any] = {"dosfed": 1, "consultations": [{"proposals": [ADDED]}]}


def with_(**changed: Any) -> dict[str, Any]:
    """Return the file with other words about its consultation."""
    return {**FILE, "consultations": [{"proposals": [ADDED], **changed}]}


def adding(*proposals: Any) -> dict[str, Any]:
    return {**FILE, "consultations": [{"proposals": list(proposals)}]}


class Town:
    """An instance with the consultation `quais`."""

    def __init__(self, database: Database, house: House, clock: GivenClock) -> None:
        self.database = database
        self.house = house
        self.clock = clock

    async def add(self, document: object, name: str = "quais") -> list[Made]:
        async with self.database.write() as connection:
            return await import_into(connection, document, name, self.house, at=self.clock.now())

    async def load(self, proposal: str) -> ProposalRecord:
        async with self.database.read() as connection:
            record = await load_proposal(connection, proposal)
        assert record is not None
        return record

    async def counted(self) -> list[int]:
        """Count what an import could leave behind."""
        async with self.database.read() as connection:
            return [
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (Proposals, Arguments, Boosts, Outbox, Notices)
            ]

    async def consultation(self) -> tuple[Any, ...]:
        async with self.database.read() as connection:
            this = select(*Consultations.__table__.c).where(Consultations.id == GROUP)
            return tuple((await connection.execute(this)).one())


@pytest.fixture
async def town(database: Database, house: House, clock: GivenClock) -> Town:
    """An instance with the consultation `quais`."""
    async with database.write() as connection:
        await import_document(connection, copy.deepcopy(FULL), house, at=START)
    return Town(database, house, clock)


async def test_a_proposal_with_its_poll_joins_the_consultation(town: Town) -> None:
    before = await town.consultation()

    made = await town.add(FILE)

    assert [(one.kind, one.ref) for one in made] == [
        ("proposal", "ponton"),
        ("poll", "ponton"),
        ("argument", None),
    ]
    record = await town.load(made[0].id)
    assert (record.consultation, record.language) == (GROUP, "fr")
    assert record.poll is not None
    assert record.poll.options == ("D'accord", "Abstention", "Pas d'accord")
    assert record.poll.closes.year == 2027
    assert await town.consultation() == before


async def test_what_is_added_is_made_known_as_if_it_were_published_now(town: Town) -> None:
    ana = f"{BASE_URL}/u/ana"
    async with town.database.write() as connection:
        await add_user(connection, "ana", Role.CITIZEN, town.house, at=START)
        await subscribe(connection, ana, GROUP, at=START)

    [proposal, *_] = await town.add(FILE)

    async with town.database.read() as connection:
        bodies = (await connection.execute(select(Outbox.body))).scalars()
        said = [orjson.loads(body) for body in bodies if body is not None]
        told = await connection.execute(select(Notices.user, Notices.kind, Notices.object))
        assert told.all() == [(ana, "proposed", GROUP)]
    announced = [one for one in said if one["type"] == "Announce" and one["object"] == proposal.id]
    created = [
        one for one in said if one["type"] == "Create" and one["object"]["id"] == proposal.id
    ]
    assert [one["actor"] for one in announced] == [GROUP]
    assert [one["actor"] for one in created] == [f"{BASE_URL}/o/mairie"]


async def test_a_whole_file_of_that_consultation_changes_nothing_but_adds(town: Town) -> None:
    whole = copy.deepcopy(FULL["consultations"][0])
    del whole["meetings"]
    changed = {"title": "Autre", "language": "es", "proposals": [ADDED]}
    dates = {"opens": "2026-02-01T00:00:00Z", "closes": "2026-08-01T00:00:00Z"}
    before = await town.consultation()

    document = {**FULL, "consultations": [{**whole, **changed, **dates}]}
    [proposal, *_] = await town.add(document)

    assert await town.consultation() == before
    record = await town.load(proposal.id)
    assert record.poll is not None
    assert record.poll.options == ("De acuerdo", "Abstención", "En desacuerdo")
    assert (record.poll.opens.month, record.poll.closes.month) == (2, 8)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (None, ": expected an object"),
        ({}, "dosfed"),
        ({"dosfed": 1}, "consultations: expected one, found 0"),
        ({"dosfed": 1, "consultations": 7}, "consultations"),
        ({"dosfed": 1, "proposals": [ADDED]}, "proposals: unknown key"),
        ({**FILE, "consultations": FILE["consultations"] * 2}, "consultations: expected one"),
        ({**FILE, "consultations": ["quais"]}, "consultations[0]"),
        (with_(name="marche"), "consultations[0].name"),
        (with_(name="quais", colour="blue"), "consultations[0].colour"),
        (with_(organiser={"name": "region", "title": "R"}), "organiser.name"),
        (with_(meetings=[{"title": "Atelier"}]), "consultations[0].meetings"),
        (with_(opens="2027-06-01T00:00:00Z"), "consultations[0].closes"),
        (with_(proposals=[]), "consultations[0].proposals"),
        (adding(ADDED, {"title": ""}), "consultations[0].proposals[1].title"),
        (adding(ADDED, ADDED), "consultations[0].proposals[1].ref"),
        (adding(ADDED, {**ADDED, "ref": "x", "poll": {"method": "?"}}), "poll.method"),
        (adding({**ADDED, "poll": {"method": "single"}}), "poll.options"),
        (
            adding({**ADDED, "poll": {"method": "agree", "closes": "2026-04-01T00:00:00Z"}}),
            "consultations[0].proposals[0].poll.closes",
        ),
        (adding({**ADDED, "ref": None}, {**ADDED, "ref": "again"}), "proposals[1]: "),
    ],
)
async def test_what_cannot_be_taken_is_named_and_nothing_is_added(
    town: Town, document: object, path: str
) -> None:
    before = await town.counted()

    with pytest.raises(BadDocument) as bad:
        await town.add(document)

    assert path in f": {bad.value}"
    assert "\n" not in str(bad.value)
    assert await town.counted() == before


@pytest.mark.parametrize("name", ["marche_", "", "quais@fr.example", "../o/mairie", "é\n"])
async def test_an_unknown_consultation_is_named(town: Town, name: str) -> None:
    with pytest.raises(UnknownConsultation) as unknown:
        await town.add(FILE, name)

    assert "\n" not in str(unknown.value)


@pytest.mark.parametrize("ref", ["ponton", None])
async def test_the_same_file_is_added_once(town: Town, ref: str | None) -> None:
    document = adding({**ADDED, "ref": ref})
    await town.add(document)
    before = await town.counted()

    with pytest.raises(BadDocument, match="there already"):
        await town.add(document)

    assert await town.counted() == before


async def test_the_same_file_given_twice_at_once_is_added_once(town: Town) -> None:
    outcomes = await asyncio.gather(*(town.add(FILE) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(outcome, BadDocument) for outcome in outcomes) == 3
    async with town.database.read() as connection:
        added = select(func.count()).where(Proposals.title == ADDED["title"])
        assert (await connection.execute(added)).scalar_one() == 1


async def test_a_poll_that_is_over_brings_its_result(town: Town) -> None:
    over = {
        "method": "agree",
        "closes": "2026-04-01T00:00:00Z",
        "result": {
            "from": "https://old.example/p/1",
            "ballots": [9, 1, 2],
            "voters": 12,
            "origins": {"here": 12, "listed": 0, "fediverse": 0},
        },
    }

    [proposal, *_] = await town.add(adding({**ADDED, "poll": over}))

    record = await town.load(proposal.id)
    assert record.shown is not None
    assert record.shown.counts == (9, 1, 2)
    async with town.database.read() as connection:
        bodies = (await connection.execute(select(Outbox.body))).scalars()
        said = [orjson.loads(body) for body in bodies if body is not None]
    assert [one for one in said if one["object"] == proposal.id] == []
