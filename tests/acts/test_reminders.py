"""What the clock tells: before a vote closes, and once its result stands."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from dosfed.accounts.notices import Notice, NoticeKind, mark_seen, put_notices
from dosfed.accounts.tables import Notices, Subscriptions
from dosfed.acts.imports import import_document
from dosfed.acts.reminders import find_due
from dosfed.acts.submission import House
from dosfed.deliberation.model import Role
from dosfed.storage.engine import Database
from tests.conftest import BASE_URL, START, GivenClock
from tests.people import add_user
from tests.ticking import take_turn

DOCUMENT = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville"},
    "consultations": [
        {
            "name": "quais",
            "title": "Les quais",
            "language": "fr",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2027-01-01T00:00:00Z",
            "proposals": [
                {
                    "ref": "p",
                    "title": "Fermer",
                    "text": "Oui.",
                    "poll": {"method": "agree", "closes": "2026-05-10T12:00:00Z"},
                }
            ],
        }
    ],
}
Told = set[tuple[str, NoticeKind, str]]


async def prepare(database: Database, house: House) -> str:
    """Make a consultation with a vote; return its proposal's id."""
    async with database.write() as connection:
        made = await import_document(connection, DOCUMENT, house, at=START)
        proposal = next(one.id for one in made if one.kind == "proposal")
        for name in ("ana", "eva", "luis"):
            await add_user(connection, name, Role.CITIZEN, house, at=START)
        for user, target in (("ana", proposal), ("eva", f"{BASE_URL}/c/quais")):
            row = {"user": f"{BASE_URL}/u/{user}", "target": target, "since": START}
            await connection.execute(insert(Subscriptions).values(row))
        # Who follows from another server has no page here to read notices on.
        away = {"user": "https://else.example/u/x", "target": proposal, "since": START}
        await connection.execute(insert(Subscriptions).values(away))
    return proposal


async def tell(database: Database, clock: GivenClock) -> Told:
    async with database.write() as connection:
        found = await find_due(connection, now=clock.now())
        await put_notices(connection, found, at=clock.now())
    return {(one.user.rpartition("/")[2], one.kind, one.object) for one in found}


@pytest.mark.rule("8.4", "8.5")
async def test_who_follows_is_told_once_that_it_closes_and_once_that_it_has(
    database: Database, house: House, clock: GivenClock
) -> None:
    proposal, consultation = await prepare(database, house), f"{BASE_URL}/c/quais"
    assert await tell(database, clock) == set()
    clock.advance(days=7, seconds=1)
    closing = NoticeKind.CLOSING
    assert await tell(database, clock) == {
        ("ana", closing, proposal),
        ("eva", closing, consultation),
    }
    async with database.write() as connection:
        ids = (await connection.execute(select(Notices.id))).scalars().all()
        await mark_seen(connection, f"{BASE_URL}/u/ana", ids, at=clock.now())
    clock.advance(days=1)
    assert await tell(database, clock) == set()

    clock.advance(days=1, seconds=5)
    assert await tell(database, clock) == set()
    await take_turn(database, house, clock.now())
    result = NoticeKind.RESULT
    assert await tell(database, clock) == {("ana", result, proposal), ("eva", result, consultation)}
    assert await tell(database, clock) == set()


async def test_the_end_of_a_consultation_is_told_as_well(
    database: Database, house: House, clock: GivenClock
) -> None:
    await prepare(database, house)
    clock.moment += timedelta(days=244)

    assert await tell(database, clock) == {("eva", NoticeKind.CLOSING, f"{BASE_URL}/c/quais")}


@pytest.mark.rule("8.5")
async def test_what_ended_long_ago_is_not_told(
    database: Database, house: House, clock: GivenClock
) -> None:
    await prepare(database, house)
    clock.advance(days=20)
    await take_turn(database, house, clock.now())
    clock.advance(days=3)

    assert await tell(database, clock) == set()


@pytest.mark.rule("8.1")
async def test_what_happens_again_before_it_is_seen_is_one_notice(
    database: Database, house: House, clock: GivenClock
) -> None:
    await prepare(database, house)
    user = f"{BASE_URL}/u/ana"
    one = Notice(
        user=user, kind=NoticeKind.PROPOSED, object="https://x.example/c", title="A", language="fr"
    )
    async with database.write() as connection:
        await put_notices(connection, [one, one], at=START)
        await put_notices(connection, [one], at=START + timedelta(hours=1))
        rows = (await connection.execute(select(Notices.id, Notices.at))).all()
        assert [row.at for row in rows] == [START + timedelta(hours=1)]
        await mark_seen(connection, user, [rows[0].id], at=clock.now())
        await put_notices(connection, [one], at=START + timedelta(hours=2))
        assert len((await connection.execute(select(Notices.id))).all()) == 2
