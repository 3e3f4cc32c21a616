"""A facilitator sees what waits, and decides."""

import pytest
from sqlalchemy import select

from dosfed.activitypub.tables import Outbox
from dosfed.acts.imports import import_document
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.commands.facilitation import Undecided, decide, waiting
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.settings import Settings
from dosfed.storage.engine import Database
from tests.conftest import GivenClock

FILE = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville de Sauveterre"},
    "consultations": [
        {
            "name": "quais",
            "title": "Fermer les quais ?",
            "language": "fr",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2027-01-01T00:00:00Z",
        }
    ],
}


@pytest.fixture
async def proposal(database: Database, house: House, clock: GivenClock) -> str:
    """The id of a proposal that waits."""
    command = SubmitProposal(
        addressed=("https://delib.example/c/quais",),
        author=ActorId("https://masto.example/users/ana"),
        author_name="@ana@masto.example",
        title="Des bancs",
        text="Des bancs au bord de l'eau.",
        language="fr",
        source="https://masto.example/notes/1",
    )
    async with database.write() as connection:
        await import_document(connection, FILE, house, at=clock.now())
        submission = Submission(command=command, at=clock.now())
        return (await perform_one(connection, submission, house)).id


async def test_what_waits_is_listed(settings: Settings, clock: GivenClock, proposal: str) -> None:
    assert await waiting(settings, clock) == [
        {
            "kind": "proposal",
            "id": proposal,
            "consultation": "https://delib.example/c/quais",
            "by": "https://masto.example/users/ana",
            "name": "@ana@masto.example",
            "title": "Des bancs",
            "text": "Des bancs au bord de l'eau.",
            "state": "waiting",
        }
    ]


async def test_an_accepted_proposal_is_published(
    settings: Settings, clock: GivenClock, database: Database, proposal: str
) -> None:
    token = proposal.rpartition("/")[2]
    [line] = await decide(settings, clock, proposal=token, is_accepted=True, reason="")

    assert (line["id"], line["state"]) == (proposal, "published")
    assert await waiting(settings, clock) == []
    async with database.read() as connection:
        actors = (await connection.execute(select(Outbox.actor))).scalars().all()
    # Its Group passes the Note on to all, and the Create whole to forums.
    group, organiser = "https://delib.example/c/quais", "https://delib.example/o/mairie"
    assert sorted(actors) == [group, group, organiser]


async def test_a_refused_proposal_goes_nowhere(
    settings: Settings, clock: GivenClock, database: Database, proposal: str
) -> None:
    [line] = await decide(settings, clock, proposal=proposal, is_accepted=False, reason="Déjà fait")

    assert line["state"] == "refused"
    async with database.read() as connection:
        assert (await connection.execute(select(Outbox.id))).all() == []


@pytest.mark.parametrize("is_accepted", [True, False])
async def test_a_decision_stands(
    settings: Settings, clock: GivenClock, proposal: str, *, is_accepted: bool
) -> None:
    await decide(settings, clock, proposal=proposal, is_accepted=is_accepted, reason="Parce que")

    with pytest.raises(Undecided, match="already-decided"):
        await decide(settings, clock, proposal=proposal, is_accepted=True, reason="")
