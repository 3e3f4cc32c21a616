"""What a mirror makes of what the home of its consultation says."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.accounts.notices import NoticeKind
from dosfed.accounts.tables import Notices, Subscriptions
from dosfed.activitypub.reading import Malformed
from dosfed.acts.imports import import_document
from dosfed.acts.meetings import cancel, load_document, plan
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.mirrors import MirroredConsultation, keep_consultation
from dosfed.deliberation.meetings.kept import Meeting, load_meetings
from dosfed.deliberation.meetings.model import CancelMeeting, PlanMeeting
from dosfed.deliberation.model import ConsultationId, Role
from dosfed.federation.incoming import Ignored
from dosfed.federation.seeing import see_post
from dosfed.instance import Instance
from dosfed.storage.engine import Database
from tests.conftest import BASE_URL, START
from tests.people import add_user

HOME = "https://ar.example"
GROUP = f"{HOME}/c/quais"
ORGANISER = f"{HOME}/o/mairie"
ANA = f"{BASE_URL}/u/ana"
Document = dict[str, Any]
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
        }
    ],
}


async def written(database: Database, house: House, *, cancels: bool = False) -> list[Document]:
    """Return what a home says of a meeting: announced, and perhaps cancelled."""
    consultation = f"{BASE_URL}/c/quais"
    async with database.write() as connection:
        await import_document(connection, DOCUMENT, house, at=START)
        team = await add_user(connection, "team", Role.ORGANISER, house, at=START)
        planned = PlanMeeting(
            id=house.instance.note("0123456789abcdef"),
            consultation=ConsultationId(consultation),
            by=team,
            title="Atelier <quais>",
            place="Mairie",
            url="https://visio.example/quais",
            summary="Ouvert à *toutes*.",
            starts=START + timedelta(days=3),
            ends=START + timedelta(days=3, hours=2),
        )
        await plan(connection, planned, at=START)
        said = [await load_document(connection, planned.id)]
        if cancels:
            later = START + timedelta(hours=1)
            await cancel(connection, CancelMeeting(id=planned.id, by=team), at=later)
            said.append(await load_document(connection, planned.id))
    return [moved(document) for document in said if document]


def moved(value: Any) -> Any:
    """Return a document as if another instance had written it."""
    if isinstance(value, dict):
        return {key: moved(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner) for inner in value]
    return value.replace(BASE_URL, HOME) if isinstance(value, str) else value


async def mirror(database: Database, house: House) -> None:
    """Mirror the consultation, and let somebody follow it."""
    mirrored = MirroredConsultation(
        id=GROUP,
        address="quais@ar.example",
        home="ar.example",
        organiser=ORGANISER,
        organiser_name="mairie",
        organiser_title="Ville",
        title="Les quais",
        summary="",
        language="fr",
        opens=START,
        closes=START + timedelta(days=300),
        phases=(),
        eligible="anyone",
        instances=[],
    )
    async with database.write() as connection:
        await keep_consultation(connection, mirrored, START)
        await add_user(connection, "ana", Role.CITIZEN, house, at=START)
        row = {"user": ANA, "target": GROUP, "since": START}
        await connection.execute(insert(Subscriptions).values(row))


async def see(database: Database, document: Document, *, by: str = ORGANISER) -> None:
    house = House(instance=Instance(base_url=BASE_URL), tally_interval=timedelta(seconds=180))
    async with database.write() as connection:
        await see_post(connection, document, house, by=by, at=START + timedelta(hours=2))


async def meetings(database: Database) -> tuple[Meeting, ...]:
    async with database.read() as connection:
        return await load_meetings(connection, GROUP)


async def told(database: Database) -> list[str]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Notices.kind).where(Notices.user == ANA).order_by(Notices.id)
        )
        return list(rows.scalars())


async def test_a_mirror_shows_what_the_home_wrote(database: Database, house: House) -> None:
    (document,) = await written(database, house)
    await mirror(database, house)
    await see(database, document)

    (seen,) = await meetings(database)
    assert (seen.title, seen.place) == ("Atelier <quais>", "Mairie")
    assert seen.url == "https://visio.example/quais"
    assert seen.summary == "Ouvert à *toutes*."
    assert seen.starts == START + timedelta(days=3)
    assert await told(database) == [NoticeKind.MEETING]


async def test_what_comes_late_changes_nothing(database: Database, house: House) -> None:
    planned, cancelled = await written(database, house, cancels=True)
    await mirror(database, house)
    await see(database, planned)
    await see(database, cancelled)
    await see(database, planned)

    (seen,) = await meetings(database)
    assert seen.cancelled_at is not None


async def test_nobody_else_announces_meetings(database: Database, house: House) -> None:
    (document,) = await written(database, house)
    await mirror(database, house)
    eve = "https://ar.example/u/eve"
    with pytest.raises(Ignored):
        await see(database, {**document, "attributedTo": eve}, by=eve)
    with pytest.raises(Malformed):
        await see(database, document, by=eve)
    elsewhere = {**document, "dosfed:consultation": "https://ar.example/c/other"}
    with pytest.raises(Ignored):
        await see(database, elsewhere)
    assert await meetings(database) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"startTime": None},
        {"endTime": "soon"},
        {"endTime": "2020-01-01T00:00:00Z"},
        {"dosfed:title": ""},
        {"dosfed:title": "x" * 300},
        {"location": [], "dosfed:sources": []},
        {"dosfed:sources": ["javascript:alert(1)"]},
    ],
)
async def test_a_meeting_that_breaks_the_rule_is_not_shown(
    database: Database, house: House, wrong: Document
) -> None:
    (document,) = await written(database, house)
    await mirror(database, house)
    with pytest.raises(Malformed):
        await see(database, {**document, **wrong})
    assert await meetings(database) == ()


async def test_who_follows_a_mirrored_consultation_hears_of_proposals(
    database: Database, house: House
) -> None:
    await mirror(database, house)
    proposal: Document = {
        "id": f"{HOME}/p/abcdefgh12345678",
        "type": "Note",
        "attributedTo": ORGANISER,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "content": "<p><strong>Fermer</strong></p><p>Oui.</p>",
        "published": "2026-05-01T12:00:00Z",
        "dosfed:kind": "proposal",
        "dosfed:title": "Fermer",
        "dosfed:consultation": GROUP,
    }
    await see(database, proposal)
    await see(database, proposal)
    assert await told(database) == [NoticeKind.PROPOSED]

    async with database.write() as connection:
        row = {"user": ANA, "target": proposal["id"], "since": START}
        await connection.execute(insert(Subscriptions).values(row))
    await see(database, {**proposal, "dosfed:version": 2, "updated": "2026-05-01T13:00:00Z"})
    assert await told(database) == [NoticeKind.PROPOSED, NoticeKind.REVISED]
