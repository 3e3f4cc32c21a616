"""Threads on other servers, while the proposal that is made of their first post waits."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ProposalId
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.model import DecideProposal
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.federation import reader
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import GROUP, Town, found_town, person, reply

ANA, BO, CY = person("ana"), person("bo"), person("cy", "pie.example")
THREAD = f"{ANA}/posts/1"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
Document = dict[str, Any]


def thread(**post: Any) -> Document:
    addressed = {"to": [GROUP, PUBLIC], "cc": []}
    page = {
        "id": THREAD,
        "type": "Page",
        "name": "Bancos",
        "attributedTo": ANA,
        **addressed,
        **post,
    }
    return {"id": f"{THREAD}#c", "type": "Create", "actor": ANA, **addressed, "object": page}


def answer(by: str, number: int, words: str, to: str) -> Any:
    return reply(by, f"<p>{words}</p>", number=number, in_reply_to=to)


def uri(by: str, number: int) -> str:
    return f"{by}/statuses/{number}"


async def accept(town: Town) -> None:
    async with town.database.write() as connection:
        waiting = select(Proposals.id).where(Proposals.source == THREAD)
        proposal = ProposalId((await connection.execute(waiting)).scalar_one())
        command = DecideProposal(id=proposal, by=None, is_accepted=True, reason="")
        await perform_one(connection, Submission(command=command, at=town.clock.now()), town.house)
    await town.judge_all()


async def debate(database: Database) -> dict[str, str]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Arguments.html, Arguments.in_reply_to)
            .where(Arguments.state == PostState.PUBLISHED.value)
            .order_by(Arguments.id)
        )
        return {row.html: row.in_reply_to for row in rows}


@pytest.mark.rule("3.4")
@pytest.mark.parametrize("is_at_once", [True, False])
async def test_answers_to_answers_wait_with_their_thread(
    *, is_at_once: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    answers = [
        answer(BO, 1, "Sí.", THREAD),
        answer(CY, 2, "¿Por qué?", uri(BO, 1)),
        answer(ANA, 3, "Por la sombra.", uri(CY, 2)),
    ]
    await town.receive(thread())
    if is_at_once:
        await town.store_all(answers)
        await town.judge_all()
    else:
        for one in answers:
            assert (await town.receive(one)).reason == "waits-for-what-it-answers"
    assert await debate(database) == {}

    await accept(town)
    found = await debate(database)
    assert list(found) == ["<p>Por la sombra.</p>", "<p>Sí.</p>", "<p>¿Por qué?</p>"]
    assert found["<p>¿Por qué?</p>"] == uri(BO, 1)
    assert found["<p>Por la sombra.</p>"] == uri(CY, 2)


@pytest.mark.rule("3.27")
async def test_what_was_deleted_while_it_waited_is_not_shown(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(thread())
    await town.receive(answer(BO, 1, "Insulto.", THREAD))
    await town.receive(answer(CY, 2, "No insulte.", uri(BO, 1)))
    deletion = {"id": f"{BO}#d", "type": "Delete", "actor": BO, "object": uri(BO, 1)}
    await town.receive(deletion)

    await accept(town)
    assert "<p>Insulto.</p>" not in await debate(database)


@pytest.mark.rule("3.4")
async def test_an_answer_whose_parent_must_be_fetched_waits_as_well(
    database: Database, clock: GivenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await found_town(database, clock)
    await town.receive(thread())
    parent = answer(BO, 1, "Sí.", THREAD)["object"]
    await town.store(answer(CY, 2, "¿Por qué?", uri(BO, 1)))
    (want,) = (await town.judge_all()).wanted
    assert want.is_parent

    class Client:
        async def get_document(self, asked: str) -> Mapping[str, Any]:
            assert asked == uri(BO, 1)
            return dict(parent)

    async def name(_: object, actor: str) -> str:
        return actor

    monkeypatch.setattr(reader, "author_name", name)
    services: Any = reader.Services(
        database=database,
        client=Client(),  # type: ignore[arg-type]
        clock=clock,
        house=town.house,
        judge=town.judge,
    )
    await reader.resolve(services, want, clock.now())
    assert (await town.last()).reason == "waits-for-what-it-answers"

    await accept(town)
    (want,) = (await town.judge_all()).wanted or (want,)
    await reader.resolve(services, want, clock.now())
    assert list(await debate(database)) == ["<p>Sí.</p>", "<p>¿Por qué?</p>"]


@pytest.mark.rule("3.27")
async def test_of_two_changes_of_a_thread_the_later_one_stands(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)

    def change(name: str, second: int) -> Document:
        updated = f"2026-05-01T00:00:0{second}Z"
        made = thread(name=name, updated=updated)
        return {**made, "id": f"{THREAD}#u{second}", "type": "Update"}

    for activity in (change("Tercera", 3), change("Segunda", 2), thread()):
        await town.receive(activity)
    assert await titles(database) == ["Tercera"]
    for activity in (change("Quinta", 5), change("Cuarta", 4)):
        await town.receive(activity)
    assert await titles(database) == ["Quinta"]


async def titles(database: Database) -> list[str]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Proposals.title).where(Proposals.source.is_not(None))
        )
        return [str(title) for title in rows.scalars()]
