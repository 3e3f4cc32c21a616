"""What a team did to a consultation stays, and names the role rather than the person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.consultations.history import Change, load_history, record
from dosfed.deliberation.model import Forget, Role
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.tables import ConsultationTeam
from dosfed.storage.engine import Database
from tests.conftest import BASE_URL, GivenClock
from tests.people import add_user

QUAYS, PARK = f"{BASE_URL}/c/quays", f"{BASE_URL}/c/park"


async def test_the_history_of_one_consultation_is_read_latest_first(
    database: Database, clock: GivenClock
) -> None:
    first = Change(what="title", at=clock.now(), role=Role.ORGANISER, before="Quay", after="Quays")
    second = Change(what="closes", at=clock.now() + timedelta(days=1), reason="Rain.")
    async with database.write() as connection:
        await record(connection, QUAYS, first)
        await record(connection, QUAYS, second)
        await record(connection, PARK, replace(first, after={"texts": ["Park"]}))

        assert await load_history(connection, QUAYS) == [second, first]
        assert (await load_history(connection, PARK))[0].after == {"texts": ["Park"]}


@pytest.mark.parametrize(
    ("everywhere", "here"), [(Role.CITIZEN, Role.FACILITATOR), (Role.MODERATOR, None)]
)
async def test_a_role_for_one_consultation_counts_there_alone(
    database: Database, house: House, clock: GivenClock, everywhere: Role, here: Role | None
) -> None:
    async with database.write() as connection:
        ana = await add_user(connection, "ana", everywhere, house, at=clock.now())
        if here is not None:
            await connection.execute(
                insert(ConsultationTeam).values(
                    consultation=QUAYS, user=ana, role=here.value, since=clock.now()
                )
            )

        assert await role_in(connection, ana, QUAYS) is (here or everywhere)
        assert await role_in(connection, ana, PARK) is everywhere
        assert await role_in(connection, "https://masto.example/users/bo", QUAYS) is None


async def test_of_who_leaves_the_role_stays_and_nothing_else(
    database: Database, house: House, clock: GivenClock
) -> None:
    async with database.write() as connection:
        ana = await add_user(connection, "ana", Role.CITIZEN, house, at=clock.now())
        await connection.execute(
            insert(ConsultationTeam).values(
                consultation=QUAYS, user=ana, role="organiser", since=clock.now()
            )
        )
        line = Change(what="title", at=clock.now(), role=Role.ORGANISER, by=ana, after="Quays")
        await record(connection, QUAYS, line)

        await perform_one(connection, Submission(command=Forget(actor=ana), at=clock.now()), house)

        assert await load_history(connection, QUAYS) == [replace(line, by=None)]
        assert await role_in(connection, ana, QUAYS) is Role.CITIZEN
