"""Arguments between servers: what is sent when somebody argues here, what is made of others'."""

from typing import Any

import pytest
from sqlalchemy import event, select, update

from dosfed import texts
from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.tables import Deliveries, Destinations
from dosfed.acts.exports import export_document
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.debate.arguments import arguments_by, load_clauses
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Remove, Stance, Weigh
from dosfed.deliberation.debate.tables import Arguments, ArgumentVersions, Weights
from dosfed.deliberation.model import ActorId, ArgumentId, Group, ProposalId, Refusal, Refused, Role
from dosfed.deliberation.moderation.model import Hide, Report
from dosfed.deliberation.moderation.tables import Reports
from dosfed.storage.engine import Database
from dosfed.wire.arguments import read_argument, read_edit
from tests.conftest import GivenClock
from tests.federation.town import BASE, GROUP, ORGANISER, POLL, Town, found_town, person, reply
from tests.people import add_user

ANA = ActorId(f"{BASE}/u/ana")
MODERATOR = ActorId(f"{BASE}/u/mo")
BO = person("bo", "other.example")
MINE = ArgumentId(f"{BASE}/a/mine000000000000")
SOURCES = ("https://data.example/2025", "https://data.example/2024")
Row = Any


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town with a citizen and a moderator, which knows somebody of another server."""
    founded = await found_town(database, clock)
    async with database.write() as connection:
        await add_user(connection, "ana", Role.CITIZEN, founded.house, at=clock.now())
        await add_user(connection, "mo", Role.MODERATOR, founded.house, at=clock.now())
    return founded


async def act(town: Town, command: Command) -> str:
    """Do what somebody asks for on a page."""
    async with town.database.write() as connection:
        submission = Submission(command=command, at=town.clock.now())
        return (await perform_one(connection, submission, town.house)).id


def argument(text: str, **details: Any) -> PostArgument:
    return PostArgument(
        **{
            "id": MINE,
            "proposal": ProposalId(POLL),
            "in_reply_to": POLL,
            "author": ANA,
            "author_name": "@ana@delib.example",
            "stance": Stance.FOR,
            "text": text,
            "html": texts.render_markdown(text),
            "language": "fr",
            "url": MINE,
            "published": None,
            **details,
        }
    )


def edit(text: str, **details: Any) -> EditArgument:
    return EditArgument(
        **{
            "id": MINE,
            "author": ANA,
            "stance": None,
            "title": "",
            "text": text,
            "html": texts.render_markdown(text),
            "markdown": text,
            "language": "fr",
            "updated": None,
            **details,
        }
    )


async def rows(town: Town, statement: Any) -> list[Row]:
    async with town.database.read() as connection:
        return list((await connection.execute(statement)).all())


async def versions(town: Town) -> list[tuple[int, str, str]]:
    """Return what arguments said before."""
    found = await rows(
        town,
        select(ArgumentVersions.number, ArgumentVersions.stance, ArgumentVersions.html).order_by(
            ArgumentVersions.number
        ),
    )
    return [tuple(row) for row in found]


async def clause_of(town: Town) -> str:
    """Return the anchor of the proposal's only clause."""
    async with town.database.read() as connection:
        return next(iter((await load_clauses(connection, [POLL]))[POLL]))


async def test_what_an_argument_rests_on_is_read_by_everybody_and_by_our_own_kind(
    town: Town,
) -> None:
    clause = await clause_of(town)
    group = Group(name="Atelier <des> quais", size=23)
    await act(town, argument("L'eau monte.", sources=SOURCES, group=group, clause=clause))

    note = (await town.sent("Create"))[-1]["object"]

    assert f'<a href="{SOURCES[0]}">{SOURCES[0]}</a>' in note["content"]
    assert "Atelier &lt;des&gt; quais (23 personnes)" in note["content"]
    read = read_argument(read_post(note), ANA, "@ana@delib.example")
    assert read.html == texts.render_markdown("L'eau monte.")
    assert (read.sources, read.group, read.clause) == (SOURCES, group, clause)
    assert read.stance is Stance.FOR


@pytest.mark.rule("3.17")
@pytest.mark.parametrize(("group", "size"), [("Club", 0), ("@maire@delib.example", 2)])
async def test_what_makes_no_sense_of_another_server_is_left_out(
    town: Town, group: str, size: int
) -> None:
    bad: dict[str, Any] = {
        "dosfed:sources": ["http://plain.example", SOURCES[0], 7, SOURCES[0]],
        "dosfed:clause": "c-nowhere",
        "dosfed:group": group,
        "dosfed:groupSize": size,
    }
    kept = await town.receive(reply(BO, "<p>Oui</p>", **bad))
    assert kept.outcome == "admitted"
    (row,) = await rows(town, select(Arguments.sources, Arguments.clause, Arguments.group_name))
    assert tuple(row) == ([SOURCES[0]], None, None)


async def test_a_clause_that_is_not_there_is_refused_on_a_page(town: Town) -> None:
    with pytest.raises(Refused) as refused:
        await act(town, argument("Oui", clause="c-nowhere"))
    assert refused.value.refusal is Refusal.UNKNOWN_CLAUSE
    assert await rows(town, select(Arguments.id)) == []


@pytest.mark.rule("3.18")
async def test_an_edit_goes_out_whole_and_what_was_said_before_stays(town: Town) -> None:
    await act(town, argument("Avant.", sources=SOURCES))
    await act(town, edit("Après.", stance=Stance.AGAINST, sources=()))

    (update,) = await town.sent("Update")
    read = read_edit(read_post(update["object"]), ANA)

    assert (read.html, read.stance, read.sources) == ("<p>Après.</p>\n", Stance.AGAINST, ())
    assert update["object"]["updated"]
    assert "data.example" not in update["object"]["content"]
    assert await versions(town) == [(1, "for", "<p>Avant.</p>\n")]


async def test_an_edit_that_changes_nothing_is_not_sent(town: Town) -> None:
    await act(town, argument("Avant.", sources=SOURCES))
    await act(town, edit("Avant.", stance=Stance.FOR, sources=SOURCES))
    assert await town.sent("Update") == []
    assert await versions(town) == []


async def test_new_sources_alone_are_no_new_words(town: Town) -> None:
    await act(town, argument("Avant."))
    await act(town, edit("Avant.", sources=SOURCES))
    assert len(await town.sent("Update")) == 1
    assert await versions(town) == []


async def test_what_another_server_edits_leaves_a_history_until_it_is_deleted(
    town: Town,
) -> None:
    await town.receive(reply(BO, "<p>Un</p>"))
    for number, text in enumerate(["Un", "Deux", "Trois #contre"]):
        note = reply(BO, f"<p>{text}</p>")["object"]
        update = {"id": f"{BO}#u{number}", "type": "Update", "actor": BO, "object": note}
        assert (await town.receive(update)).outcome == "admitted"
    assert await versions(town) == [(1, "neutral", "<p>Un</p>"), (2, "neutral", "<p>Deux</p>")]

    gone = {"id": f"{BO}#d", "type": "Delete", "actor": BO, "object": f"{BO}/statuses/1"}
    assert (await town.receive(gone)).outcome == "admitted"
    assert await versions(town) == []


@pytest.mark.rule("3.18")
async def test_only_so_many_versions_are_kept(town: Town) -> None:
    await act(town, argument("Mot 0"))
    for number in range(1, 60):
        await act(town, edit(f"Mot {number}"))
    kept = await versions(town)
    assert len(kept) == 50
    assert kept[0][2] == "<p>Mot 9</p>\n"


@pytest.mark.rule("3.18")
async def test_the_same_words_sent_twice_are_one_argument(town: Town) -> None:
    first = await act(town, argument("Une fois."))
    again = await act(town, argument("Une fois.", id=ArgumentId(f"{BASE}/a/again00000000000")))
    assert first == again
    posted = [create for create in await town.sent("Create") if create["actor"] == ANA]
    assert len(posted) == 1


async def test_a_deleted_argument_is_gone_everywhere_with_all_it_said(town: Town) -> None:
    await act(town, argument("Un.", sources=SOURCES, group=Group(name="Club", size=2)))
    await act(town, edit("Deux."))
    await act(town, Remove(id=MINE, actor=ANA))

    (delete,) = await town.sent("Delete")
    assert delete["object"]["type"] == "Tombstone"
    assert await versions(town) == []
    (row,) = await rows(
        town, select(Arguments.html, Arguments.sources, Arguments.group_name, Arguments.text)
    )
    assert tuple(row) == ("", None, None, None)


@pytest.mark.rule("3.8")
async def test_a_weight_is_told_when_it_changes_and_undone_before_another(town: Town) -> None:
    await town.receive(reply(BO, "<p>Oui</p>"))
    target = f"{BO}/statuses/1"
    for weight in (1, 1, -1, 0, 0):
        await act(town, Weigh(object=target, actor=ANA, weight=weight))

    assert [like["object"] for like in await town.sent("Like")] == [target]
    assert [dislike["object"] for dislike in await town.sent("Dislike")] == [target]
    undone = [undo["object"]["type"] for undo in await town.sent("Undo")]
    assert undone == ["Like", "Dislike"]
    assert await rows(town, select(Weights.weight)) == []


@pytest.mark.parametrize("fate", ["hidden", "deleted"])
async def test_what_cannot_be_read_is_not_weighed(town: Town, fate: str) -> None:
    await town.receive(reply(BO, "<p>Oui</p>"))
    target = ArgumentId(f"{BO}/statuses/1")
    if fate == "hidden":
        await act(town, Hide(id=target, by=MODERATOR, is_hidden=True, reason="Insulte"))
    else:
        await act(town, Remove(id=target, actor=ActorId(BO)))
    with pytest.raises(Refused) as refused:
        await act(town, Weigh(object=target, actor=ANA, weight=1))
    assert refused.value.refusal is Refusal.UNKNOWN_OBJECT


async def test_a_hidden_argument_of_ours_is_sent_without_its_words(town: Town) -> None:
    await act(town, argument("Un gros mot.", sources=SOURCES))
    hide = Hide(id=MINE, by=MODERATOR, is_hidden=True, reason="Insulte <b>")
    await act(town, hide)
    update = (await town.sent("Update"))[-1]
    assert update["object"]["content"] == "<p>[Insulte &lt;b&gt;]</p>"
    assert "gros mot" not in str(update)
    assert "data.example" not in str(update)


def report(**details: Any) -> Report:
    return Report(
        **{
            "reporter": ANA,
            "objects": (f"{BO}/statuses/1",),
            "text": "Une insulte.",
            "is_passed_on": True,
            **details,
        }
    )


@pytest.mark.rule("3.20")
async def test_a_report_is_kept_once_and_reaches_the_author_s_server_without_a_name(
    town: Town,
) -> None:
    await town.receive(reply(BO, "<p>Bête !</p>"))
    await act(town, report())
    await act(town, report(text="Une insulte, vous dis-je."))

    (flag,) = await town.sent("Flag")
    assert flag["actor"] == f"{BASE}/actor"
    assert flag["object"] == [BO, f"{BO}/statuses/1"]
    assert flag["content"] == "Une insulte."
    assert "/u/ana" not in str(flag)
    assert [row.text for row in await rows(town, select(Reports.text))] == ["Une insulte."]


async def test_a_report_that_stays_here_is_sent_to_nobody(town: Town) -> None:
    await town.receive(reply(BO, "<p>Bête !</p>"))
    await act(town, report(is_passed_on=False))
    assert await town.sent("Flag") == []
    assert len(await rows(town, select(Reports.id))) == 1


async def test_a_report_on_our_own_citizen_stays_here(town: Town) -> None:
    await act(town, argument("Un gros mot."))
    await act(town, report(reporter=MODERATOR, objects=(MINE,)))
    assert await town.sent("Flag") == []


async def test_a_flag_of_another_server_is_kept_once_too(town: Town) -> None:
    flag = {
        "id": "https://other.example/flags/1",
        "type": "Flag",
        "actor": "https://other.example/actor",
        "object": [ORGANISER, POLL],
        "content": "",
    }
    assert (await town.receive(flag)).outcome == "admitted"
    assert (await town.receive({**flag, "id": "https://other.example/flags/2"})).outcome == (
        "admitted"
    )
    assert len(await rows(town, select(Reports.id))) == 1


async def test_an_edit_from_elsewhere_is_exported_whole_and_names_nobody(town: Town) -> None:
    await act(town, argument("Oui."))
    mention = '<a href="https://delib.example/u/ana" class="u-url mention">@<span>ana</span></a>'
    await town.receive(reply(BO, "<p>Non</p>", in_reply_to=MINE))
    words = f"<p>Non, {mention}.</p><p>Jamais.</p>"
    edited = reply(BO, words, in_reply_to=MINE, updated="2026-02-01T13:00:00Z")
    update = {**edited, "id": f"{BO}/statuses/1/update", "type": "Update"}
    assert (await town.receive(update)).outcome == "admitted"

    async with town.database.read() as connection:
        exported = await export_document(connection)

    first, second = exported["consultations"][0]["proposals"][0]["arguments"]
    assert first["by"] == "participant-1"
    assert second["html"] == "<p>Non, @participant-1.</p><p>Jamais.</p>"
    assert "text" not in second


async def test_whoever_argued_much_is_forgotten_in_few_statements(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    author, reader = person("ana"), person("town", "lemmy.example")
    await town.receive({"id": f"{reader}/1", "type": "Follow", "actor": reader, "object": GROUP})
    async with database.write() as connection:
        await connection.execute(update(Destinations).values(software="lemmy"))
    await town.store_all([reply(author, "<p>Oui.</p>", number=number) for number in range(60)])
    await town.judge_all()
    asked: list[object] = []
    event.listen(database.writer.sync_engine, "before_cursor_execute", lambda *_: asked.append(1))

    await town.receive({"id": f"{author}/d", "type": "Delete", "actor": author, "object": author})

    announced = [one for one in await town.sent("Announce") if "Delete" in str(one)]
    async with database.read() as connection:
        queued = await connection.execute(
            select(Deliveries.activity).where(Deliveries.host == "lemmy.example")
        )
        assert len({one["id"] for one in announced} & set(queued.scalars())) == 60
        assert not await arguments_by(connection, author)
    assert len(asked) < 120  # each argument alone took a dozen
