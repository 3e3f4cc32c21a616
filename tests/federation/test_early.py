"""What comes before the thing that it speaks of, or alone, or by its bare id."""

from typing import Any

import pytest
from sqlalchemy import select

from dosfed.activitypub import inbox
from dosfed.activitypub.tables import Followers, Inbox
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.tables import Arguments, Shares, Weights
from dosfed.deliberation.model import ProposalId
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.model import DecideProposal
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import GROUP, ORGANISER, POLL, found_town, person, reply

ANA, ADMIN = person("ana"), person("admin")
NOTE = f"{ANA}/statuses/1"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
BACK_THEN = "2026-05-01T00:00:01Z"


def delete(thing: Any, by: str = ANA) -> dict[str, Any]:
    return {"id": f"{NOTE}#delete", "type": "Delete", "actor": by, "object": thing}


def update(html: str, number: int = 1, **note: Any) -> dict[str, Any]:
    changed = {**reply(ANA, html)["object"], "updated": f"2026-05-01T00:00:0{number}Z", **note}
    return {"id": f"{NOTE}#updates/{number}", "type": "Update", "actor": ANA, "object": changed}


def like(number: int | None = 1, thing: str = NOTE) -> dict[str, Any]:
    named = {} if number is None else {"id": f"{person('bo')}#likes/{number}"}
    return {**named, "type": "Like", "actor": person("bo"), "object": thing}


def undo(inner: Any, number: int = 1) -> dict[str, Any]:
    bo = person("bo")
    return {"id": f"{bo}#undo/{number}", "type": "Undo", "actor": bo, "object": inner}


@pytest.mark.rule("3.27")
@pytest.mark.parametrize("thing", [NOTE, {"id": NOTE, "type": "Tombstone"}, {"id": NOTE}, [NOTE]])
@pytest.mark.parametrize("is_at_once", [True, False])
async def test_what_was_deleted_before_it_came_is_not_shown(
    thing: Any, *, is_at_once: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.store(delete(thing))
    if not is_at_once:
        await town.judge_all()
    kept = await town.receive(reply(ANA, "<p>Borrada.</p>"))
    assert (kept.outcome, kept.body) == ("ignored", None)
    await town.receive(update("<p>Otra vez.</p>"))
    assert await words(database) == {}


@pytest.mark.rule("3.27")
async def test_a_deletion_by_somebody_else_takes_nothing_back(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(delete(NOTE, by=ADMIN))
    await town.receive(delete(NOTE, by=person("eve", "evil.example")))
    await town.receive(reply(ANA, "<p>Aquí.</p>"))
    assert await words(database) == {NOTE: "<p>Aquí.</p>"}


@pytest.mark.rule("3.27")
async def test_what_was_deleted_before_it_came_is_forgotten_after_seven_days(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(delete(NOTE))
    clock.advance(seconds=8 * 86_400)
    async with database.write() as connection:
        await inbox.purge(connection, clock.now(), since=None)
        rows = await connection.execute(select(Inbox.actor, Inbox.object))
        assert rows.all() == [(None, None)]


@pytest.mark.rule("3.27")
async def test_the_newer_words_stand_whichever_come_first(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for activity in (
        update("<p>Segunda.</p>", 3),
        update("<p>Primera.</p>", 2),
        reply(ANA, "<p>Original.</p>"),
    ):
        await town.receive(activity)
    assert await words(database) == {NOTE: "<p>Segunda.</p>"}


@pytest.mark.rule("3.27")
async def test_what_became_private_before_it_came_is_not_shown(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(update("<p>Solo.</p>", to=[f"{ANA}/followers"], cc=[]))
    await town.receive(reply(ANA, "<p>Para todos.</p>"))
    assert await words(database) == {}


async def test_what_became_private_goes(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Para todos.</p>"))
    await town.receive(update("<p>Solo.</p>", to=[f"{ANA}/followers"], cc=[]))
    assert await words(database) == {}


@pytest.mark.rule("3.27")
@pytest.mark.parametrize(
    "inner",
    [
        like(),
        like()["id"],
        {"id": like()["id"]},
        {"id": like()["id"], "type": "Like"},
        {"type": "Like", "object": NOTE},
        {"type": "Like", "object": {"id": NOTE, "type": "Note"}},
        {**like(), "id": "https://masto.example/likes/fresh"},
        {**like(), "actor": {"id": person("bo"), "type": "Person"}},
        [like()],
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_like_is_taken_back_in_any_shape_and_order(
    inner: Any, *, is_first: bool, database: Database, clock: GivenClock
) -> None:
    is_of_another = isinstance(inner, dict) and inner.get("id", "").endswith("fresh")
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Sí.</p>"))
    for activity in [undo(inner), like()] if is_first else [like(), undo(inner)]:
        await town.receive(activity)
    assert await weights(database) == ({NOTE: 1} if is_first and is_of_another else {})
    await town.receive(like(2))
    assert await weights(database) == {NOTE: 1}


async def test_a_like_without_an_id_is_one_each_time(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Sí.</p>"))
    bare = {"type": "Undo", "actor": person("bo"), "object": like(None)}
    for activity, expected in ((like(None), {NOTE: 1}), (bare, {}), (like(None), {NOTE: 1})):
        await town.receive(activity)
        assert await weights(database) == expected


@pytest.mark.rule("3.27")
async def test_who_unfollowed_before_following_does_not_follow(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    follow = {"id": f"{ANA}#f/1", "type": "Follow", "actor": ANA, "object": ORGANISER}
    await town.receive({"id": f"{ANA}#u/1", "type": "Undo", "actor": ANA, "object": follow})
    await town.receive(follow)
    assert await followers(database) == []
    await town.receive({**follow, "id": f"{ANA}#f/2"})
    assert await followers(database) == [ANA]


@pytest.mark.rule("3.6")
@pytest.mark.parametrize("answer", [None, {"id": NOTE, "type": "Tombstone"}])
async def test_the_authors_server_deletes_what_it_confirms_to_be_gone(
    answer: Any, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Insulto.</p>"))
    await town.store(delete(NOTE, by=ADMIN))
    (want,) = (await town.judge_all()).wanted
    assert want.uri == NOTE
    await town.judge.judge_with(want.row, {NOTE: answer})
    assert await words(database) == {}

    undone = {"id": f"{NOTE}#shown", "type": "Undo", "actor": ADMIN, "object": delete(NOTE, ADMIN)}
    await town.store(undone)
    (want,) = (await town.judge_all()).wanted
    await town.judge.judge_with(want.row, {NOTE: reply(ANA, "<p>Insulto.</p>")["object"]})
    assert await words(database) == {NOTE: "<p>Insulto.</p>"}


@pytest.mark.rule("3.6")
async def test_what_is_still_there_is_deleted_by_its_author_alone(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Bien.</p>"))
    await town.store(delete(NOTE, by=ADMIN))
    (want,) = (await town.judge_all()).wanted
    await town.judge.judge_with(want.row, {NOTE: reply(ANA, "<p>Bien.</p>")["object"]})
    assert (await town.last()).reason == "not-the-author"
    await town.receive(delete(NOTE, by=person("eve", "evil.example")))
    assert await words(database) == {NOTE: "<p>Bien.</p>"}


@pytest.mark.rule("3.27")
async def test_a_thread_that_waits_is_changed_and_one_that_never_came_is_made(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    page = thread(type="Question", name="¿Qué color?", oneOf=[{"type": "Note", "name": "Rojo"}])
    changed = {**page["object"], "name": "¿Qué pintura?"}
    for activity in (page, {**page, "id": f"{NOTE}#u", "type": "Update", "object": changed}):
        await town.receive(activity)
    other = thread(2, type="Page", name="Bancos")
    await town.receive({**other, "id": f"{NOTE}#u2", "type": "Update"})
    assert sorted(await proposed(database)) == [
        ("Bancos", "Elegid."),
        ("¿Qué pintura?", "Elegid.\n\n- Rojo"),
    ]


@pytest.mark.rule("3.4")
async def test_who_answers_the_thread_argues_about_the_proposal_made_of_it(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, needs_facilitator=False)
    await town.receive(thread(type="Page", name="Bancos"))
    answer = reply(person("bo"), "<p>Sí. #pour</p>", in_reply_to=NOTE)
    assert (await town.receive(answer)).outcome == "admitted"
    async with database.read() as connection:
        proposal = (
            await connection.execute(select(Proposals.id).where(Proposals.source == NOTE))
        ).scalar_one()
        rows = await connection.execute(select(Arguments.about, Arguments.in_reply_to))
        assert rows.all() == [(proposal, proposal)]


@pytest.mark.rule("3.4")
async def test_an_answer_to_a_thread_that_waits_is_an_argument_once_it_is_public(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(thread(type="Page", name="Bancos"))
    bo, gone, changed = person("bo"), person("gone"), person("changed")
    first = reply(changed, "<p>Ayer.</p>", in_reply_to=NOTE)
    for activity in (
        reply(bo, "<p>Sí.</p>", in_reply_to=NOTE),
        reply(gone, "<p>Nada.</p>", in_reply_to=NOTE),
        {**delete(f"{gone}/statuses/1"), "id": f"{gone}#d", "actor": gone},
        first,
        {
            **first,
            "id": f"{changed}#u",
            "type": "Update",
            "object": {
                **first["object"],
                "content": "<p>Hoy.</p>",
                "updated": BACK_THEN,
            },
        },
    ):
        await town.receive(activity)
    assert await words(database) == {}
    async with database.write() as connection:
        waiting = select(Proposals.id).where(Proposals.source == NOTE)
        proposal = ProposalId((await connection.execute(waiting)).scalar_one())
        command = DecideProposal(id=proposal, by=None, is_accepted=True, reason="")
        await perform_one(connection, Submission(command=command, at=clock.now()), town.house)
    await town.judge_all()
    assert sorted((await words(database)).values()) == ["<p>Hoy.</p>", "<p>Sí.</p>"]


@pytest.mark.rule("3.27")
@pytest.mark.parametrize("is_first", [True, False])
async def test_one_deletion_takes_several_things_away(
    *, is_first: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    posts = [reply(ANA, f"<p>{number}</p>", number=number) for number in (1, 2, 3)]
    both = delete([f"{ANA}/statuses/1", {"id": f"{ANA}/statuses/2", "type": "Tombstone"}])
    for activity in [both, *posts] if is_first else [*posts, both]:
        await town.receive(activity)
    assert await words(database) == {f"{ANA}/statuses/3": "<p>3</p>"}


@pytest.mark.rule("3.27")
@pytest.mark.parametrize("is_whole", [True, False])
async def test_a_boost_that_was_taken_back_before_it_came_does_not_count(
    *, is_whole: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    boost = {"id": f"{ANA}#b/1", "type": "Announce", "actor": ANA, "object": POLL}
    undone = boost if is_whole else boost["id"]
    await town.receive({"id": f"{ANA}#u/1", "type": "Undo", "actor": ANA, "object": undone})
    await town.receive(boost)
    assert await shares(database) == []
    await town.receive({**boost, "id": f"{ANA}#b/2"})
    assert await shares(database) == [ANA]


@pytest.mark.rule("3.27")
@pytest.mark.parametrize("is_whole", [True, False])
async def test_what_its_author_shows_again_can_be_changed_as_before(
    *, is_whole: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    post = reply(ANA, "<p>Sí.</p>")
    await town.receive(post)
    await town.receive(delete(NOTE))
    undone = delete(NOTE) if is_whole else delete(NOTE)["id"]
    await town.store({"id": f"{NOTE}#shown", "type": "Undo", "actor": ANA, "object": undone})
    (want,) = (await town.judge_all()).wanted
    await town.judge.judge_with(want.row, {NOTE: post["object"]})
    assert await words(database) == {NOTE: "<p>Sí.</p>"}
    await town.receive(update("<p>Quizás.</p>"))
    assert await words(database) == {NOTE: "<p>Quizás.</p>"}


@pytest.mark.rule("3.27")
async def test_an_older_change_replaces_nothing_in_a_post_that_came_changed(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    dated: dict[str, Any] = {"published": "2026-05-01T00:00:00Z", "updated": "2026-05-01T00:00:05Z"}
    await town.receive(reply(ANA, "<p>Última.</p>", **dated))
    await town.receive(update("<p>Anterior.</p>", 3))
    assert await words(database) == {NOTE: "<p>Última.</p>"}


def thread(number: int = 1, **post: Any) -> dict[str, Any]:
    uri = f"{ANA}/statuses/{number}"
    addressed = {"to": [GROUP, PUBLIC], "cc": []}
    return {
        "id": f"{uri}/create",
        "type": "Create",
        "actor": ANA,
        **addressed,
        "object": {
            "id": uri,
            "attributedTo": ANA,
            "content": "<p>Elegid.</p>",
            **addressed,
            **post,
        },
    }


async def words(database: Database) -> dict[str, str]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Arguments.id, Arguments.html).where(Arguments.state == PostState.PUBLISHED.value)
        )
        return {row.id: row.html for row in rows}


async def weights(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        rows = await connection.execute(select(Weights.object, Weights.weight))
        return {row.object: row.weight for row in rows}


async def shares(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(select(Shares.actor))).scalars())


async def followers(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(select(Followers.follower))).scalars())


async def proposed(database: Database) -> list[tuple[str, str]]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Proposals.title, Proposals.text).where(Proposals.source.is_not(None))
        )
        return [(row.title, row.text) for row in rows]
