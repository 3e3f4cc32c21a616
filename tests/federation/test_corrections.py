"""Authors elsewhere are asked for a correction by a letter, and answer from their own server."""

from typing import Any

import pytest
from sqlalchemy import select

from dosfed.activitypub.tables import Inbox
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Forget, ProposalId
from dosfed.deliberation.moderation.tables import TeamLetters
from dosfed.deliberation.proposals.model import AskCorrection, DecideProposal
from dosfed.deliberation.proposals.tables import Corrections, Proposals
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.test_contributions import proposals
from tests.federation.test_proposers import ANA, PUBLIC, proposing
from tests.federation.test_turned_away import letters
from tests.federation.town import ORGANISER, Kept, Town, found_town, person

BEA = person("bea")


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town whose team asked Ana to correct what she proposed."""
    town = await found_town(database, clock)
    await town.receive(proposing())
    await do(town, AskCorrection(id=await proposal(town), by=None, text="Où <exactement> ?"))
    return town


async def proposal(town: Town) -> ProposalId:
    async with town.database.read() as connection:
        rows = await connection.execute(
            select(Proposals.id).where(Proposals.source == f"{ANA}/statuses/1")
        )
        return ProposalId(rows.scalar_one())


async def do(town: Town, command: Any) -> None:
    async with town.database.write() as connection:
        submission = Submission(command=command, at=town.clock.now())
        await perform_one(connection, submission, town.house)


async def answer(
    town: Town,
    words: str = "<p>@mairie Place du lavoir.</p>",
    *,
    by: str = ANA,
    number: int = 7,
    to: str = ORGANISER,
) -> Kept:
    answered = (await letters(town))[0]["object"]["id"]
    note = f"{by}/statuses/{number}"
    addressed = {"to": [to], "cc": []}
    return await town.receive(
        {
            "id": f"{note}/activity",
            "type": "Create",
            "actor": by,
            **addressed,
            "object": {
                "id": note,
                "type": "Note",
                "attributedTo": by,
                "inReplyTo": answered,
                **addressed,
                "content": words,
            },
        }
    )


async def said(town: Town) -> list[tuple[bool, str]]:
    async with town.database.read() as connection:
        rows = await connection.execute(
            select(Corrections.is_team, Corrections.text).order_by(Corrections.id)
        )
        return [(row.is_team, row.text) for row in rows]


async def is_asked(town: Town) -> bool:
    async with town.database.read() as connection:
        rows = await connection.execute(
            select(Proposals.correction_asked_at).where(Proposals.source.is_not(None))
        )
        return rows.scalar_one() is not None


@pytest.mark.rule("3.34")
@pytest.mark.parametrize("to", [ORGANISER, PUBLIC])
async def test_an_author_elsewhere_is_asked_by_a_letter_and_answers_by_a_reply(
    to: str, town: Town
) -> None:
    (letter,) = await letters(town)
    assert letter["to"] == letter["object"]["to"] == [ANA]
    assert "Où &lt;exactement&gt; ?" in letter["object"]["content"]
    assert await is_asked(town)

    kept = await answer(town, to=to)

    assert (kept.outcome, kept.body) == ("admitted", None)
    assert await said(town) == [(True, "Où <exactement> ?"), (False, "Place du lavoir.")]
    assert not await is_asked(town)
    assert len(await letters(town)) == 1  # nobody says that private messages are not read
    async with town.database.read() as connection:
        assert (await connection.execute(select(Arguments.id))).all() == []
        bodies = (await connection.execute(select(Inbox.body))).scalars().all()
    assert not any(body and b"lavoir." in body for body in bodies)


@pytest.mark.rule("3.34")
async def test_the_same_reply_counts_once_and_a_flood_of_them_ends(town: Town) -> None:
    await answer(town)
    await answer(town)
    assert len(await said(town)) == 2
    for number in range(8, 40):
        await answer(town, f"<p>Encore {number}</p>", number=number)
    assert len(await said(town)) == 11
    assert (await answer(town, f"<p>{'x' * 2_001}</p>", number=50)).outcome == "refused"
    assert (await answer(town, "<p>@mairie </p>", number=51)).outcome == "refused"
    assert len(await said(town)) == 11


@pytest.mark.rule("3.34")
async def test_nobody_but_who_was_written_to_answers_a_letter(town: Town) -> None:
    for number, to in enumerate((ORGANISER, PUBLIC)):
        kept = await answer(town, by=BEA, to=to, number=number)
        assert (kept.outcome, kept.body) == ("refused", None)
    assert await said(town) == [(True, "Où <exactement> ?")]


@pytest.mark.rule("3.34")
async def test_an_edit_of_the_note_answers_as_well(town: Town) -> None:
    create = proposing()
    note = {**create["object"], "content": "<p>Rendre le lavoir du haut</p><p>Il est vide.</p>"}
    update = {**create, "id": f"{create['id']}/2", "type": "Update", "object": note}
    assert (await town.receive(update)).outcome == "admitted"
    assert not await is_asked(town)
    assert "Rendre le lavoir du haut" in [row.title for row in await proposals(town.database)]


@pytest.mark.rule("3.34")
async def test_an_answer_after_the_decision_is_part_of_no_conversation(town: Town) -> None:
    decided = DecideProposal(id=await proposal(town), by=None, is_accepted=True, reason="")
    await do(town, decided)
    assert (await answer(town)).outcome == "refused"
    assert await said(town) == [(True, "Où <exactement> ?")]


@pytest.mark.rule("3.34")
async def test_what_an_author_elsewhere_said_goes_with_them(town: Town) -> None:
    await answer(town)
    await do(town, Forget(actor=ActorId(ANA)))
    assert await said(town) == []
    async with town.database.read() as connection:
        assert (await connection.execute(select(TeamLetters.id))).all() == []
