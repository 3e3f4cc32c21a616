"""A Note that is edited after the proposal made of it was published: its author is told."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from dosfed.acts import new_texts
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.model import ActorId, ProposalId
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.deliberation.proposals.model import DecideNewText, DecideProposal
from dosfed.deliberation.proposals.new_texts import NewTextState, load_new_text
from dosfed.deliberation.proposals.tables import CoSigners, Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.federation.test_contributions import proposal_note
from tests.federation.test_turned_away import letters
from tests.federation.town import POLL, Town, found_town, person, vote

ANA, BO = person("ana"), person("bo")


async def propose(town: Town) -> str:
    """Let Ana propose something from her server; return the proposal that is published."""
    await town.receive(proposal_note(content="<p>@quays Planter des arbres</p><p>Ici.</p>"))
    async with town.database.write() as connection:
        rows = await connection.execute(
            select(Proposals.id, Proposals.state).where(Proposals.author == ANA)
        )
        made = rows.one()
        if made.state == "waiting":
            command = DecideProposal(id=ProposalId(made.id), by=None, is_accepted=True, reason="")
            await perform_one(
                connection, Submission(command=command, at=town.clock.now()), town.house
            )
        # The vote of the town's own proposal is about this one from here on.
        await connection.execute(update(Polls).where(Polls.id == POLL).values(proposal=made.id))
    return str(made.id)


def edit(title: str, number: int = 1) -> dict[str, Any]:
    note = proposal_note(content=f"<p>@quays {title}</p><p>Ici.</p>")["object"]
    return {"id": f"{ANA}#u{number}", "type": "Update", "actor": ANA, "object": note}


async def words(town: Town, proposal: str) -> str:
    async with town.database.read() as connection:
        record = await load_proposal(connection, proposal)
    assert record is not None
    return record.title


async def decide(town: Town, proposal: str, *, is_accepted: bool) -> None:
    command = DecideNewText(
        id=ProposalId(proposal), by=None, is_accepted=is_accepted, reason="C'est l'inverse"
    )
    async with town.database.write() as connection:
        await perform_one(connection, Submission(command=command, at=town.clock.now()), town.house)


@pytest.mark.rule("3.31")
async def test_an_edited_note_waits_to_be_read_and_its_author_is_told_in_private(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    proposal = await propose(town)

    kept = await town.receive(edit("Abattre les arbres"))

    assert (kept.kind, kept.outcome) == ("edit", "admitted")
    assert await words(town, proposal) == "Planter des arbres"
    (letter,) = await letters(town)
    assert letter["to"] == [ANA]
    assert "L'équipe doit d'abord relire votre nouvelle version" in letter["object"]["content"]
    assert all("Abattre" not in str(update) for update in await town.sent("Update"))

    await town.receive(edit("Abattre les arbres", 2))
    assert len(await letters(town)) == 1

    await decide(town, proposal, is_accepted=True)
    assert await words(town, proposal) == "Abattre les arbres"
    assert "Abattre" in str((await town.sent("Update"))[-1])


@pytest.mark.rule("3.31")
async def test_who_is_turned_down_elsewhere_is_told_why(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    proposal = await propose(town)
    await town.receive(edit("Abattre les arbres"))

    await decide(town, proposal, is_accepted=False)

    letter = (await letters(town))[-1]
    assert "n'a pas été retenue : C'est l'inverse" in letter["object"]["content"]
    # The server sends the same edit again: nobody is asked to read it twice.
    await town.receive(edit("Abattre les arbres", 2))
    async with database.read() as connection:
        new = await load_new_text(connection, proposal)
    assert new is not None
    assert new.state is NewTextState.REFUSED


@pytest.mark.rule("3.31")
async def test_after_the_first_ballot_an_edit_changes_nothing_and_is_answered_once(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    proposal = await propose(town)
    await town.receive(vote(BO, "Abstention", poll=POLL))

    kept = await town.receive(edit("Abattre les arbres"))
    await town.receive(edit("Abattre tous les arbres", 2))

    assert (kept.outcome, kept.reason) == ("refused", "frozen")
    assert await words(town, proposal) == "Planter des arbres"
    (letter,) = await letters(town)
    assert "ne peut plus être modifié" in letter["object"]["content"]


@pytest.mark.rule("3.31")
async def test_one_that_waits_lapses_with_the_first_ballot(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    proposal = await propose(town)
    await town.receive(edit("Abattre les arbres"))
    await town.receive(vote(BO, "Abstention", poll=POLL))

    await town.take_turn()
    await town.take_turn()

    assert await words(town, proposal) == "Planter des arbres"
    waits, lapsed = await letters(town)
    assert waits["to"] == lapsed["to"] == [ANA]
    assert "a commencé avant que votre nouvelle version ne soit relue" in str(lapsed)


@pytest.mark.rule("3.32")
async def test_where_nobody_reads_first_an_edited_note_loses_the_co_signers(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, needs_facilitator=False)
    proposal = await propose(town)
    async with database.write() as connection:
        row = {"proposal": proposal, "actor": BO, "name": "@bo", "signed_at": START}
        await connection.execute(insert(CoSigners).values(row))

    await town.receive(edit("Abattre les arbres"))

    assert await words(town, proposal) == "Abattre les arbres"
    async with database.read() as connection:
        assert (await connection.execute(select(CoSigners.actor))).first() is None


async def test_a_note_that_is_sent_again_does_not_undo_what_a_facilitator_changed(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, needs_facilitator=False)
    proposal = await propose(town)
    async with database.write() as connection:
        record = await load_proposal(connection, proposal)
        assert record is not None
        given = new_texts.Given(by=ActorId("fay"), title="Planter des chênes", text=record.text)
        situation = await new_texts.situation_of(connection, record, at=START)
        await new_texts.give(connection, record, given, situation, at=START)

    await town.receive(edit("Planter des arbres"))

    assert await words(town, proposal) == "Planter des chênes"
