"""What a team changes of a consultation is posted: together, and once a day at most."""

from datetime import timedelta

import pytest

from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.consultations.changing import load_standing
from dosfed.deliberation.consultations.model import (
    ChangeWords,
    MoveDates,
    WithdrawConsultation,
)
from dosfed.deliberation.model import ActorId, ConsultationId, Role
from dosfed.storage.engine import Database
from tests.acts.test_voice import DAY, GROUP, Town
from tests.conftest import START, GivenClock
from tests.people import add_user


class Changing(Town):
    """A consultation whose organiser changes it."""

    by: ActorId

    async def begin(self) -> None:
        """Make it, follow it, and let what the clock says of its opening be said."""
        await self.make()
        await self.follow()
        async with self.database.write() as connection:
            self.by = await add_user(connection, "team", Role.ORGANISER, self.house, at=START)
        await self.live(START + 2 * DAY)

    async def edition(self) -> int:
        async with self.database.read() as connection:
            standing = await load_standing(connection, GROUP, holds=False)
        assert standing is not None
        return standing.edition

    async def retitle(self, title: str) -> None:
        """Call it something else."""
        command = ChangeWords(
            id=ConsultationId(GROUP),
            by=self.by,
            edition=await self.edition(),
            reason="",
            title=title,
            summary="",
            organiser_title=None,
        )
        await self.act(command)

    async def act(self, command: ChangeWords | MoveDates | WithdrawConsultation) -> None:
        async with self.database.write() as connection:
            submission = Submission(command=command, at=self.clock.now())
            await perform_one(connection, submission, self.house)

    async def changes(self) -> list[str]:
        """Return what was posted of changes."""
        return [text for text in await self.words() if "historique" in text]


@pytest.fixture
async def town(database: Database, house: House, clock: GivenClock) -> Changing:
    """A consultation that is open."""
    town = Changing(database, house, clock)
    await town.begin()
    return town


@pytest.mark.rule("10.10")
async def test_what_is_changed_within_a_while_is_one_post(town: Changing) -> None:
    await town.retitle("Fermer le quai ?")
    await town.work()
    assert await town.changes() == []
    town.clock.advance(seconds=300)
    closes = START + 20 * DAY
    await town.act(
        MoveDates(
            id=ConsultationId(GROUP),
            by=town.by,
            edition=await town.edition(),
            reason="Trop court.",
            closes=closes,
            phases=(),
            polls={},
        )
    )
    town.clock.advance(seconds=601)
    await town.work()
    await town.work()

    (said,) = await town.changes()
    for words in ("Fermer le quai ?", "un nouveau titre", "une nouvelle date de fin", "21 mai"):
        assert words in said
    assert [one["type"] for one in await town.sent()][-1] == "Announce"


@pytest.mark.rule("10.10")
async def test_there_is_one_post_a_day_at_most(town: Changing) -> None:
    for number in range(30):
        await town.retitle(f"Fermer le quai {number} ?")
        await town.live(town.clock.now() + timedelta(hours=2), step=timedelta(minutes=30))

    assert 2 <= len(await town.changes()) <= 3


@pytest.mark.rule("10.6", "10.10")
async def test_a_withdrawal_is_posted_with_its_reason(town: Changing) -> None:
    await town.act(
        WithdrawConsultation(
            id=ConsultationId(GROUP),
            by=town.by,
            edition=await town.edition(),
            reason="Plus de *budget*.",
        )
    )
    await town.live(town.clock.now() + 2 * DAY, step=timedelta(hours=1))

    (said,) = await town.changes()
    assert "est retirée" in said
    assert "Plus de *budget*." in said
