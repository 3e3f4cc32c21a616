"""Official notes across servers: what a mirror keeps of them, and who answers one."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.accounts.notices import NoticeKind
from dosfed.activitypub.reading import Malformed
from dosfed.acts.imports import import_document
from dosfed.acts.notes import load_document, publish
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, ConsultationId, Refused, Role
from dosfed.deliberation.notes.kept import load_note, load_notes, load_versions
from dosfed.deliberation.notes.model import PublishNote
from dosfed.federation.incoming import Ignored
from dosfed.storage.engine import Database
from tests.conftest import BASE_URL, START, GivenClock
from tests.federation.test_seeing import DOCUMENT, GROUP, HOME, ORGANISER, mirror, moved, see, told
from tests.federation.town import BASE, found_town
from tests.people import add_user

ID = f"{HOME}/n/0123456789abcdef"
Document = dict[str, Any]


async def written(database: Database, house: House) -> list[Document]:
    """Return what a home says in a note, and in other words an hour later."""
    said = []
    async with database.write() as connection:
        await import_document(connection, DOCUMENT, house, at=START)
        team = await add_user(connection, "team", Role.ORGANISER, house, at=START)
        for seen, text in enumerate(("La *salle* change.", "La salle ne change pas.")):
            command = PublishNote(
                id=house.instance.note("0123456789abcdef"),
                consultation=ConsultationId(f"{BASE_URL}/c/quais"),
                by=team,
                title="Réunion <b>",
                text=text,
                seen=seen,
            )
            await publish(connection, command, at=START + timedelta(hours=seen))
            found = await load_document(connection, command.id, now=START)
            assert found is not None
            said.append(moved(found[0]))
    return said


async def remove(database: Database, house: House, *, by: str = ORGANISER) -> None:
    command = Remove(id=ID, actor=ActorId(by))
    async with database.write() as connection:
        await perform_one(connection, Submission(command=command, at=START), house)


async def texts(database: Database) -> list[tuple[str, str]]:
    async with database.read() as connection:
        notes = await load_notes(connection, GROUP, offset=0, limit=9)
        return [(note.title, note.text) for note in notes]


@pytest.mark.rule("8.11")
async def test_a_mirror_shows_what_the_home_says_in_notes(database: Database, house: House) -> None:
    first, second = await written(database, house)
    await mirror(database, house)
    await see(database, first)
    assert await texts(database) == [("Réunion <b>", "La *salle* change.")]
    assert await told(database) == [NoticeKind.NOTE]

    await see(database, second)
    await see(database, first)
    assert await texts(database) == [("Réunion <b>", "La salle ne change pas.")]
    async with database.read() as connection:
        (former,) = await load_versions(connection, ID)
    assert former.text == "La *salle* change."


@pytest.mark.rule("8.11")
async def test_a_mirror_lets_go_of_what_the_home_withdrew(database: Database, house: House) -> None:
    first, second = await written(database, house)
    await mirror(database, house)
    await see(database, first)
    with pytest.raises(Refused):
        await remove(database, house, by=f"{HOME}/u/eve")
    assert len(await texts(database)) == 1

    await remove(database, house)
    await remove(database, house)
    with pytest.raises(Ignored):
        await see(database, second)
    assert await texts(database) == []
    async with database.read() as connection:
        gone = await load_note(connection, ID)
        assert gone is not None
        assert (gone.title, gone.text) == ("", "")
        assert await load_versions(connection, ID) == ()


async def test_nobody_else_says_anything_for_an_organiser(database: Database, house: House) -> None:
    first, _ = await written(database, house)
    await mirror(database, house)
    eve = f"{HOME}/u/eve"
    with pytest.raises(Ignored):
        await see(database, {**first, "attributedTo": eve}, by=eve)
    with pytest.raises(Malformed):
        await see(database, first, by=eve)
    with pytest.raises(Ignored):
        await see(database, {**first, "dosfed:consultation": f"{HOME}/c/other"})
    assert await texts(database) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": None},
        {"source": {"mediaType": "text/markdown", "content": " "}},
        {"source": {"mediaType": "text/markdown", "content": "x" * 30_000}},
    ],
)
async def test_a_note_without_words_is_not_shown(
    database: Database, house: House, wrong: Document
) -> None:
    first, _ = await written(database, house)
    await mirror(database, house)
    with pytest.raises(Malformed):
        await see(database, {**first, **wrong, "dosfed:above": "", "dosfed:below": ""})
    assert await texts(database) == []


async def test_what_a_home_deletes_before_it_came_is_never_shown(
    database: Database, clock: GivenClock, house: House
) -> None:
    first, _ = await written(database, house)
    await mirror(database, house)
    town = await found_town(database, clock)
    delete = {"id": f"{HOME}/d", "type": "Delete", "actor": ORGANISER, "object": ID}
    await town.receive(delete)
    create = {"id": f"{HOME}/c1", "type": "Create", "actor": ORGANISER, "object": first}
    kept = await town.receive(create)

    assert kept.outcome == "ignored"
    assert await texts(database) == []


@pytest.mark.rule("8.11")
async def test_who_answers_a_note_is_refused_with_a_reason(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    note = f"{BASE}/n/0123456789abcdef"
    async with database.write() as connection:
        team = await add_user(connection, "team", Role.ORGANISER, town.house, at=START)
        command = PublishNote(
            id=note,
            consultation=ConsultationId(f"{BASE}/c/quays"),
            by=team,
            title="Salle",
            text="Elle change.",
            seen=0,
        )
        await perform_one(connection, Submission(command=command, at=START), town.house)
    ana = "https://masto.example/users/ana"
    answer = {
        "id": f"{ana}/1",
        "type": "Note",
        "attributedTo": ana,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "content": "<p>Où ?</p>",
        "inReplyTo": note,
    }
    create = {"id": f"{ana}/1/activity", "type": "Create", "actor": ana, "object": answer}
    kept = await town.receive(create)

    assert (kept.outcome, kept.reason) == ("refused", "unknown-parent")
    async with database.read() as connection:
        assert (await connection.execute(select(Arguments.id))).all() == []
