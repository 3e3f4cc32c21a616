"""What was published is found by what it holds: replaced, or emptied, shown or still queued."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dosfed.activitypub import outbox, withdrawal
from dosfed.activitypub.tables import Carried, Outbox
from dosfed.storage.engine import Database
from tests.conftest import START

BASE = "https://delib.example"
GROUP, ANA = f"{BASE}/c/quays", f"{BASE}/u/ana"
POST = f"{BASE}/a/1"
BO = "https://masto.example/users/bo"
INBOX = "https://masto.example/inbox"


def note(words: str, **details: Any) -> dict[str, Any]:
    return {"id": POST, "type": "Note", "attributedTo": ANA, "content": words, **details}


def activity(kind: str, thing: object, number: int, actor: str = ANA) -> dict[str, Any]:
    uri = f"{BASE}/activities/{number}"
    return {"id": uri, "type": kind, "actor": actor, "to": [], "cc": [], "object": thing}


async def put(database: Database, *activities: Mapping[str, Any]) -> None:
    async with database.write() as connection:
        for one in activities:
            await outbox.put(connection, one, at=START, inboxes=[INBOX])


async def shown(database: Database) -> list[Any]:
    """Return what is public, in order."""
    async with database.read() as connection:
        rows = await connection.execute(
            select(Outbox.body).where(Outbox.is_public).order_by(Outbox.number)
        )
        return [orjson.loads(body or b"null") for body in rows.scalars()]


@pytest.mark.parametrize(
    ("said", "held"),
    [
        (activity("Create", note("Oui."), 1), {POST: "created"}),
        (activity("Update", note("Oui."), 1), {POST: "changed"}),
        (activity("Announce", POST, 1, GROUP), {POST: "named"}),
        (activity("Delete", {"id": POST, "type": "Tombstone"}, 1), {POST: "named"}),
        (
            activity("Announce", activity("Create", note("Oui."), 2), 1, GROUP),
            {POST: "created", ANA: "named"},
        ),
        (
            activity("Create", note("@bo", tag=[{"type": "Mention", "href": BO}]), 1),
            {POST: "created", BO: "named"},
        ),
        (activity("Follow", "no id", 1), {}),
    ],
)
def test_what_an_activity_holds(said: Mapping[str, Any], held: Mapping[str, str]) -> None:
    assert withdrawal.carried_by(said) == held


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from([POST, BO, "Create", ANA]),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "actor", "object", "tag", "href", "attributedTo"]),
            values,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_whatever_others_wrote_can_be_passed_on(thing: object) -> None:
    held = withdrawal.carried_by(activity("Announce", thing, 1, GROUP))

    assert GROUP not in held
    assert set(held.values()) <= {"created", "changed", "named"}


async def test_what_was_put_says_what_the_object_says_now(database: Database) -> None:
    create = activity("Create", note("Avant.", to=["x"], cc=[BO]), 1)
    await put(database, create, activity("Announce", create, 2, GROUP))
    await put(database, activity("Update", note("Entre."), 3))

    now = note("Après.", to=["x"], cc=[])
    async with database.write() as connection:
        await withdrawal.replace(connection, now)
    await put(database, activity("Update", now, 4))

    found = await shown(database)
    assert [one["type"] for one in found] == ["Create", "Announce", "Update"]
    assert found[0]["object"] == found[1]["object"]["object"] == found[2]["object"] == now
    assert found[0]["cc"] == found[1]["object"]["cc"] == []
    assert b"Avant" not in orjson.dumps(found)


async def test_of_several_updates_the_last_is_shown(database: Database) -> None:
    await put(database, *(activity("Update", note(f"{n}"), n) for n in range(3)))

    assert [one["object"]["content"] for one in await shown(database)] == ["2"]


async def test_what_is_withdrawn_is_emptied_and_nothing_else(database: Database) -> None:
    other = {**note("Autre."), "id": f"{BASE}/a/2"}
    await put(database, activity("Create", note("Moi."), 1), activity("Create", other, 2))

    async with database.write() as connection:
        await withdrawal.withdraw(connection, [POST])

    assert [one["object"]["id"] for one in await shown(database)] == [other["id"]]
    async with database.read() as connection:
        bodies = (await connection.execute(select(Outbox.body))).scalars().all()
        assert list((await connection.execute(select(Carried.uri))).scalars()) == [other["id"]]
    assert sorted(body is None for body in bodies) == [False, True]


async def test_somebody_goes_with_all_that_names_them(database: Database) -> None:
    mention = {**note("@bo", tag=[{"type": "Mention", "href": BO}]), "id": f"{BASE}/a/2"}
    theirs = {**note("Bo."), "id": f"{BO}/1", "attributedTo": BO}
    await put(
        database,
        activity("Create", note("Moi."), 1),
        activity("Create", mention, 2),
        activity("Announce", activity("Create", theirs, 4, BO), 3, GROUP),
        activity("Like", POST, 5, BO),
    )

    async with database.write() as connection:
        await withdrawal.withdraw(connection, [BO])
        await withdrawal.withdraw_acts(connection, BO)

    assert [one["object"]["id"] for one in await shown(database)] == [POST]
