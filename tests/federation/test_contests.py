"""Authors elsewhere are told that their words were hidden or refused, and contest it by a reply."""

from typing import Any

import pytest
from sqlalchemy import select

from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Forget, Role
from dosfed.deliberation.moderation.model import DecideContest, Hide, HideReason
from dosfed.deliberation.moderation.tables import Contests, TeamLetters
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.test_corrections import answer
from tests.federation.test_proposers import ANA, PUBLIC, proposing, refuse
from tests.federation.test_turned_away import letters
from tests.federation.town import ORGANISER, Town, found_town, person, reply
from tests.people import add_user

BEA = person("bea")


async def do(town: Town, command: Any) -> None:
    async with town.database.write() as connection:
        submission = Submission(command=command, at=town.clock.now())
        await perform_one(connection, submission, town.house)


async def member(town: Town, name: str) -> ActorId:
    async with town.database.write() as connection:
        role, at = Role.FACILITATOR, town.clock.now()
        return await add_user(connection, name, role, town.house, at=at)


async def kept(town: Town) -> list[Any]:
    async with town.database.read() as connection:
        return list((await connection.execute(select(*Contests.__table__.c))).all())


@pytest.mark.rule("5.12", "5.13")
@pytest.mark.parametrize("to", [ORGANISER, PUBLIC])
async def test_an_argument_that_is_hidden_is_contested_by_a_reply_and_shown_again(
    to: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    mod, other = await member(town, "mod"), await member(town, "other")
    await town.receive(reply(ANA, "<p>Non !</p>"))
    async with database.read() as connection:
        argument = (await connection.execute(select(Arguments.id))).scalars().all()[-1]
    hide = Hide(id=argument, by=mod, is_hidden=True, reason="Un <cri>", code=HideReason.INSULT)
    await do(town, hide)
    (letter,) = await letters(town)
    assert letter["to"] == [ANA]
    assert "Un &lt;cri&gt;" in letter["object"]["content"]

    for number, by in enumerate((BEA, ANA, ANA)):
        await answer(town, f"<p>C'est un avis {number}.</p>", by=by, number=30 + number, to=to)
    (row,) = await kept(town)
    assert (row.by, row.text) == (ANA, "C'est un avis 1.")

    await do(town, DecideContest(decision=row.decision, by=other, is_lifted=True, reason="Soit."))
    assert [row.outcome for row in await kept(town)] == ["lifted"]
    told = (await letters(town))[-1]["object"]
    assert "Soit." in told["content"]
    async with database.read() as connection:
        states = select(Arguments.state).where(Arguments.id == argument)
        assert (await connection.execute(states)).scalar_one() == "published"


@pytest.mark.rule("5.12")
async def test_a_proposal_that_is_refused_is_contested_by_a_reply_that_goes_with_its_author(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(proposing())
    await refuse(town)

    assert (await answer(town, "<p>@mairie Si.</p>")).outcome == "admitted"
    assert (await answer(town, "<p>@mairie Mais si.</p>", number=8)).outcome == "refused"
    assert [row.text for row in await kept(town)] == ["Si."]
    await do(town, Forget(actor=ActorId(ANA)))
    (row,) = await kept(town)
    assert (row.text, row.by, row.outcome) == ("", None, "withdrawn")
    async with database.read() as connection:
        assert (await connection.execute(select(TeamLetters.id))).all() == []
