"""Notes that arrive: arguments with a stance, proposals that wait, and what happens to them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.rules import REPORT_LENGTH, WAITING_REPORTS
from dosfed.deliberation.debate.tables import Arguments, Shares, Weights
from dosfed.deliberation.model import ActorId, ProposalId, Refused
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.proposals.model import DecideProposal
from dosfed.deliberation.proposals.tables import Proposals, ProposalTags
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import (
    GROUP,
    ORGANISER,
    POLL,
    Town,
    found_town,
    people,
    person,
    reply,
    vote,
)

DOCUMENTS = Path(__file__).parent.parent / "documents"
REPLIES = sorted(DOCUMENTS.glob("*/reply.json"))
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ANA, BO = person("ana"), person("bo", "other.example")


def sample(path: Path) -> Any:
    return json.loads(path.read_bytes())


async def arguments(database: Database) -> list[Any]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(
                Arguments.id,
                Arguments.stance,
                Arguments.html,
                Arguments.deleted_at,
                Arguments.in_reply_to,
                Arguments.author_name,
            ).order_by(Arguments.id)
        )
        return list(rows)


async def proposals(database: Database) -> list[Any]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(
                Proposals.id,
                Proposals.title,
                Proposals.text,
                Proposals.state,
                Proposals.author,
                Proposals.reason,
            ).order_by(Proposals.position)
        )
        return list(rows)


@pytest.mark.parametrize("path", REPLIES, ids=lambda path: path.parent.name)
async def test_a_reply_is_an_argument_whoever_sends_it(
    path: Path, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    activity = sample(path)
    activity["object"]["inReplyTo"] = POLL  # some of the samples answer an argument
    kept = await town.receive(activity)
    assert (kept.kind, kept.outcome, kept.reason) == ("argument", "admitted", None)
    assert len(await arguments(database)) == 1


@pytest.mark.rule("3.7")
@pytest.mark.parametrize(
    ("html", "stance"),
    [
        ("<p>Les péniches en ont besoin. #Contre</p>", "against"),
        ('<p>#pour <a href="https://x.example">cela</a></p>', "for"),
        ("<p>@harbour #aFavor porque sí</p>", "for"),
        ("<p>Yes #for, but then no more #cars</p>", "neutral"),
        ("<p>D'accord</p>", "neutral"),
    ],
)
async def test_a_stance_is_what_a_hashtag_at_either_end_says(
    html: str, stance: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, html))
    assert [argument.stance for argument in await arguments(database)] == [stance]


@pytest.mark.rule("3.7")
async def test_our_own_property_says_the_stance_before_any_hashtag(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    said: dict[str, Any] = {"dosfed:stance": "for"}
    await town.receive(reply(ANA, "<p>Hm. #contre</p>", **said))
    assert [argument.stance for argument in await arguments(database)] == ["for"]


async def test_a_thread_hangs_together_even_within_one_batch(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.store(reply(ANA, "<p>Non.</p>", number=1))
    await town.store(reply(BO, "<p>Si.</p>", number=2, in_reply_to=f"{ANA}/statuses/1"))
    await town.judge_all()
    assert {argument.in_reply_to for argument in await arguments(database)} == {
        POLL,
        f"{ANA}/statuses/1",
    }


async def test_an_unknown_parent_elsewhere_is_asked_for_before_anything_is_refused(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    parent = f"{BO}/statuses/9"
    await town.store(reply(ANA, "<p>Si.</p>", in_reply_to=parent))
    judged = await town.judge_all()
    assert [(want.uri, want.is_parent) for want in judged.wanted] == [(parent, True)]
    assert (await town.last()).outcome is None

    after = await town.judge.judge_with(judged.wanted[0].row, {parent: None})
    assert after.wanted == ()
    assert (await town.last()).reason == "unknown-parent"


@pytest.mark.rule("3.3")
async def test_a_direct_message_is_neither_shown_nor_kept(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    activity = reply(ANA, "<p>Entre nous…</p>", to=[ORGANISER], cc=[])
    kept = await town.receive({**activity, "to": [ORGANISER], "cc": []})
    assert (kept.outcome, kept.reason) == ("refused", "not-public")
    assert (kept.body, kept.actor) == (None, None)
    assert await arguments(database) == []


async def test_words_of_somebody_else_are_not_believed(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    kept = await town.receive(reply(ANA, "<p>Moi</p>", attributedTo=person("victim")))
    assert kept.outcome == "malformed"
    assert await arguments(database) == []


async def test_an_object_on_another_host_is_read_from_there_only(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.store(reply(ANA, "<p>x</p>", id="https://other.example/notes/1"))
    judged = await town.judge_all()
    assert [want.uri for want in judged.wanted] == ["https://other.example/notes/1"]
    assert await arguments(database) == []


@pytest.mark.rule("3.6")
async def test_an_author_edits_and_deletes_nobody_else_does(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Avant</p>"))
    note = reply(ANA, "<p>Après #pour</p>")["object"]
    update = {"id": f"{ANA}#u1", "type": "Update", "actor": ANA, "object": note}
    foreign = {**update, "id": f"{person('eve')}#u1", "actor": person("eve")}

    assert (await town.receive(foreign)).outcome == "malformed"
    assert (await town.receive(update)).outcome == "admitted"
    (argument,) = await arguments(database)
    assert (argument.html, argument.stance) == ("<p>Après</p>", "for")

    stranger = {"id": f"{BO}#d", "type": "Delete", "actor": BO, "object": note["id"]}
    assert (await town.receive(stranger)).reason == "not-the-author"
    own = {
        "id": f"{ANA}#d",
        "type": "Delete",
        "actor": ANA,
        "object": {"id": note["id"], "type": "Tombstone"},
    }
    assert (await town.receive(own)).outcome == "admitted"
    (argument,) = await arguments(database)
    assert argument.html == ""
    assert argument.deleted_at is not None


async def test_an_older_edit_that_comes_late_changes_nothing(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Un</p>"))
    for number, (text, updated) in enumerate([("Trois", "11:30"), ("Deux", "11:00")]):
        note = reply(ANA, f"<p>{text}</p>", updated=f"2026-05-01T{updated}:00Z")["object"]
        update = {"id": f"{ANA}#u{number}", "type": "Update", "actor": ANA, "object": note}
        assert (await town.receive(update)).outcome == "admitted"
    assert [argument.html for argument in await arguments(database)] == ["<p>Trois</p>"]


async def test_likes_weigh_and_an_undo_is_matched_by_actor_and_object(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Oui</p>"))
    target = f"{ANA}/statuses/1"
    for kind in ("Like", "Dislike"):
        await town.receive({"id": f"{BO}#{kind}", "type": kind, "actor": BO, "object": target})
    async with database.read() as connection:
        weights = (await connection.execute(select(Weights.weight))).scalars().all()
    assert weights == [-1]
    inner = {"id": f"{BO}#fresh", "type": "Dislike", "actor": BO, "object": target}
    await town.receive({"id": f"{BO}#undo", "type": "Undo", "actor": BO, "object": inner})
    async with database.read() as connection:
        assert (await connection.execute(select(Weights.weight))).all() == []


@pytest.mark.rule("3.8")
async def test_nobody_weighs_an_own_argument(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>Oui</p>"))
    kept = await town.receive(
        {"id": f"{ANA}#l", "type": "Like", "actor": ANA, "object": f"{ANA}/statuses/1"}
    )
    assert kept.reason == "own-argument"


def proposal_note(author: str = ANA, content: str = "", **note: Any) -> dict[str, Any]:
    html = content or (
        '<p><span class="h-card"><a class="u-url mention">@<span>quays</span></a></span> '
        "Un ponton de baignade</p><p>Près du lavoir, <b>gratuit</b>.</p>"
    )
    activity = reply(author, html, number=50)
    mention = {"type": "Mention", "href": GROUP, "name": "@quays@delib.example"}
    posted = {**activity["object"], "tag": [mention], "cc": [GROUP], **note}
    posted.pop("inReplyTo")
    return {**activity, "object": posted}


async def test_a_note_that_mentions_the_group_waits_as_a_proposal(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    kept = await town.receive(proposal_note())
    assert (kept.kind, kept.outcome) == ("proposal", "admitted")
    waiting = (await proposals(database))[-1]
    assert (waiting.title, waiting.state) == ("Un ponton de baignade", "waiting")
    assert "gratuit" in waiting.text
    before = len(await town.sent("Announce"))

    with pytest.raises(Refused, match="not-allowed"):
        await decide(town, waiting.id, is_accepted=True, by=ActorId(ANA))
    await decide(town, waiting.id, is_accepted=True)
    assert (await proposals(database))[-1].state == "published"
    # As a boost, and whole for whoever subscribes later.
    assert len(await town.sent("Announce")) == before + 2
    create = (await town.sent("Create"))[-1]
    assert create["actor"] == ORGANISER
    assert create["object"]["tag"] == [
        {"type": "Mention", "href": ANA, "name": "@ana@masto.example"}
    ]
    with pytest.raises(Refused, match="already-decided"):
        await decide(town, waiting.id, is_accepted=False)


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ("\n\n#Baignade #été", ""),
        ("\n\n#Baignade, parce que", "\n\n#Baignade, parce que"),
        ("\n\n# #Baignade", "\n\n# #Baignade"),
        (" #Baignade", " #Baignade"),
    ],
)
async def test_hashtags_behind_markdown_are_none_of_its_words(
    database: Database, clock: GivenClock, end: str, kept: str
) -> None:
    town = await found_town(database, clock)
    words = "Un *ponton* \\[neuf\\]\n\nPrès du **lavoir**."
    source = {"mediaType": "text/markdown", "content": f"@quays@delib.example {words}{end}"}
    await town.receive(proposal_note(source=source))
    waiting = (await proposals(database))[-1]
    assert (waiting.title, waiting.text) == ("Un ponton [neuf]", f"Près du **lavoir**.{kept}")


async def decide(
    town: Town, proposal: str, *, is_accepted: bool, by: ActorId | None = None
) -> None:
    command = DecideProposal(
        id=ProposalId(proposal), by=by, is_accepted=is_accepted, reason="Doublon"
    )
    async with town.database.write() as connection:
        submission = Submission(command=command, at=town.clock.now())
        await perform_one(connection, submission, town.house)


async def test_outside_its_phase_nothing_can_be_proposed(
    database: Database, clock: GivenClock
) -> None:
    phase = {
        "kind": "discussion",
        "opens": "2026-01-01T00:00:00Z",
        "closes": "2027-01-01T00:00:00Z",
    }
    town = await found_town(database, clock, phases=[phase])
    assert (await town.receive(proposal_note())).reason == "wrong-phase"
    assert (await town.receive(reply(BO, "<p>Mais oui</p>"))).outcome == "admitted"


@pytest.mark.rule("3.2")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": "<p>@quays</p>", "dosfed:title": "", "source": None}, "empty"),
        ({"dosfed:title": "\u200b", "source": " "}, "empty"),
        ({"dosfed:title": "Pontons", "source": "x" * 20_001}, "too-long"),
        ({"content": "x" * 96_000}, "too-long"),
    ],
)
async def test_rule_3_2_is_asked_of_what_is_made_of_a_proposal_that_waits(
    database: Database, clock: GivenClock, changes: dict[str, Any], reason: str
) -> None:
    town = await found_town(database, clock)
    await town.receive(proposal_note())
    before = (await proposals(database))[-1]
    note = proposal_note()["object"]
    if changes.get("source"):
        source = {"mediaType": "text/markdown", "content": changes["source"]}
        changes = {**changes, "source": source}
    update = {"id": f"{ANA}#u1", "type": "Update", "actor": ANA, "object": {**note, **changes}}

    kept = await town.receive(update)

    assert (kept.outcome, kept.reason) == ("refused", reason)
    assert (await proposals(database))[-1] == before


async def test_one_reporter_s_reports_are_kept_up_to_a_bound(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    known = people(WAITING_REPORTS + 1)
    await asyncio.gather(*(town.store(vote(voter, "Abstention")) for voter in known))
    for number, reported in enumerate(known):
        flag = {
            "id": f"{ANA}#flag{number}",
            "type": "Flag",
            "actor": ANA,
            "object": [reported] * 200,
            "content": "Une insulte. " * 1_000,
        }
        await town.store(flag)
    while (await town.judge_all()).number:
        pass

    assert (await town.last()).reason == "too-many"
    async with database.read() as connection:
        kept = (await connection.execute(select(Reports.objects, Reports.text))).all()
    assert len(kept) == WAITING_REPORTS
    assert {(len(row.objects), len(row.text)) for row in kept} == {(100, REPORT_LENGTH)}


@pytest.mark.rule("3.5")
async def test_a_waiting_proposal_follows_its_source_a_published_one_has_its_words_already(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(proposal_note())
    edited = proposal_note(content="<p>@quays Deux pontons</p>")["object"]
    update = {"id": f"{ANA}#u1", "type": "Update", "actor": ANA, "object": edited}
    await town.receive(update)
    waiting = (await proposals(database))[-1]
    assert waiting.title == "Deux pontons"
    await decide(town, waiting.id, is_accepted=True)
    kept = await town.receive({**update, "id": f"{ANA}#u2"})
    assert kept.outcome == "admitted"
    assert (await proposals(database))[-1].title == "Deux pontons"


@pytest.mark.rule("3.5")
@pytest.mark.parametrize("is_published", [False, True])
async def test_who_deletes_the_source_takes_the_proposal_along_before_anybody_voted(
    *, is_published: bool, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    activity = proposal_note()
    await town.receive(activity)
    if is_published:
        await decide(town, (await proposals(database))[-1].id, is_accepted=True)
    source = activity["object"]["id"]
    await town.receive({"id": f"{ANA}#d", "type": "Delete", "actor": ANA, "object": source})
    left = [proposal.state for proposal in await proposals(database)]
    assert left == (["published", "deleted"] if is_published else ["published"])
    assert len(await town.sent("Delete")) == int(is_published)


async def test_announces_and_reports_leave_their_traces(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive({"id": f"{BO}#a", "type": "Announce", "actor": BO, "object": POLL})
    await town.receive(
        {"id": f"{BO}#f", "type": "Flag", "actor": BO, "object": [POLL], "content": "Spam"}
    )
    async with database.read() as connection:
        assert (await connection.execute(select(Shares.actor))).scalars().all() == [BO]
        assert (await connection.execute(select(Reports.text))).scalars().all() == ["Spam"]


async def test_what_we_have_no_use_for_is_kept_as_ignored(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for activity in (
        {"id": f"{BO}#m", "type": "Move", "actor": BO, "object": BO, "target": ANA},
        {"id": f"{BO}#n", "type": "Announce", "actor": BO, "object": "https://x.example/1"},
        {"id": f"{BO}#o", "type": "Accept", "actor": BO, "object": f"{POLL}/nothing"},
    ):
        assert (await town.receive(activity)).outcome == "ignored"


async def test_one_bad_activity_takes_nobody_down(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    voters = people(3)
    for voter in voters:
        await town.store(vote(voter, "D'accord"))
        await town.store({"id": f"{voter}#x", "type": "Create", "actor": voter, "object": 7})
    judged = await town.judge_all()
    assert judged.number == 6
    assert set(await town.standing()) == set(voters)


async def test_hashtags_of_a_note_become_tags(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    note = {
        "id": f"{ANA}/statuses/7",
        "type": "Note",
        "attributedTo": ANA,
        "content": "<p>Planter des arbres</p>",
        "to": [PUBLIC],
        "tag": [
            {"type": "Mention", "href": GROUP, "name": "@quays"},
            {"type": "Hashtag", "href": "https://masto.example/tags/ombre", "name": "#ombre"},
            {"type": "Hashtag", "href": "https://masto.example/tags/Ombre", "name": "#Ombre"},
            {"type": "Hashtag", "name": f"#{'x' * 41}"},
            {"type": "Hashtag", "name": 3},
        ],
    }
    create = {"id": f"{ANA}/7", "type": "Create", "actor": ANA, "to": [PUBLIC], "object": note}

    assert (await town.receive(create)).outcome == "admitted"

    async with database.read() as connection:
        tags = (await connection.execute(select(ProposalTags.tag))).scalars().all()
    assert tags == ["ombre"]
