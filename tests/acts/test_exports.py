"""What was imported can be exported, and be imported elsewhere."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from dosfed.acts.exports import UnknownConsultation, export_document
from dosfed.acts.imports import Made, import_document
from dosfed.acts.submission import House
from dosfed.deliberation.debate.tables import ArgumentPosts
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.instance import Instance
from dosfed.storage.engine import Database, open_database
from dosfed.storage.migrate import migrate
from tests.acts.samples import FULL, OLD
from tests.conftest import GivenClock


async def do_import(database: Database, document: object, house: House, at: datetime) -> list[Made]:
    async with database.write() as connection:
        return await import_document(connection, document, house, at=at)


async def do_export(database: Database, name: str | None = None) -> dict[str, Any]:
    async with database.read() as connection:
        return await export_document(connection, name)


async def test_an_export_imported_elsewhere_exports_the_same(
    database: Database, empty_database_url: str, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())
    first = await do_export(database)

    clock.advance(days=3)
    await migrate(empty_database_url)
    other = open_database(empty_database_url)
    elsewhere = House(
        instance=Instance(base_url="https://other.example"), tally_interval=timedelta(seconds=180)
    )
    await do_import(other, first, elsewhere, clock.now())
    second = await do_export(other)
    await other.dispose()

    assert second == first


async def test_an_export_keeps_what_the_file_said(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())

    exported = await do_export(database)

    market, quays = exported["consultations"]
    given = FULL["consultations"][0]
    for key in ("name", "title", "summary", "phases", "eligible", "instances", "opens", "licence"):
        assert quays[key] == given[key]
    assert quays["documents"] == given["documents"]
    assert (quays["needs_facilitator"], quays["erase_after_days"]) == (False, 30)
    assert [proposal["title"] for proposal in quays["proposals"]] == [
        "Fermer",
        "Cerrar",
        "Sans nom",
    ]
    agree = quays["proposals"][0]
    assert agree["poll"]["counts_from"] == 3
    assert "options" not in agree["poll"]
    assert "result" not in agree["poll"]
    assert [
        (argument["stance"], argument.get("by"), argument.get("in_reply_to"))
        for argument in agree["arguments"]
    ] == [("for", "Ana", None), ("against", None, "a1"), ("neutral", None, None)]
    given_agree = given["proposals"][0]
    for key in ("tags", "group", "versions", "clauses"):
        assert agree[key] == given_agree[key]
    for key in ("clause", "sources", "group"):
        assert agree["arguments"][0][key] == given_agree["arguments"][0][key]
    assert quays["proposals"][1]["by"] == "Comité"
    result = market["proposals"][0]["poll"]["result"]
    assert result == OLD["proposals"][0]["poll"]["result"]


async def test_one_consultation_is_exported_alone(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())

    assert [one["name"] for one in (await do_export(database, "marche"))["consultations"]] == [
        "marche"
    ]
    with pytest.raises(UnknownConsultation):
        await do_export(database, "nowhere")


async def test_names_of_accounts_are_not_exported(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())
    async with database.write() as connection:
        ana = {"author": "https://masto.example/users/ana", "author_name": "@ana@masto.example"}
        await connection.execute(
            update(ArgumentPosts).where(ArgumentPosts.stance == "against").values(**ana)
        )
        await connection.execute(
            update(ProposalPosts).where(ProposalPosts.ref == "p2").values(**ana)
        )

    exported = await do_export(database)

    assert "ana@masto" not in str(exported)
    assert "users/ana" not in str(exported)
    proposals = exported["consultations"][1]["proposals"]
    assert proposals[0]["arguments"][1]["by"] == proposals[1]["by"] == "participant-1"


async def test_replies_to_a_deleted_argument_stay(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())
    async with database.write() as connection:
        await connection.execute(
            update(ArgumentPosts)
            .where(ArgumentPosts.stance == "for")
            .values(text=None, html="", state="deleted", deleted_at=clock.now())
        )

    exported = await do_export(database, "quais")
    [reply, other] = exported["consultations"][0]["proposals"][0]["arguments"]

    assert "in_reply_to" not in reply
    assert reply["html"] == "<p>Et les bus ?</p>"
    assert other["text"] == "À voir."


async def test_what_a_moderator_hid_is_not_exported(
    database: Database, house: House, clock: GivenClock
) -> None:
    await do_import(database, FULL, house, clock.now())
    async with database.write() as connection:
        hidden = update(ArgumentPosts).where(ArgumentPosts.stance == "for")
        await connection.execute(hidden.values(state="hidden", hidden_reason="spam"))

    exported = await do_export(database, "quais")

    assert "De l'air" not in str(exported)
    assert "https://example.org/air" not in str(exported)


async def test_an_empty_instance_exports_nothing(database: Database) -> None:
    assert await do_export(database) == {"dosfed": 1, "consultations": []}
