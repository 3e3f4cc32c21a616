"""A vote by score, the whole way: from ballots to pages, files, mirrors and its voters."""

import itertools
import json
import random
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dosfed.activitypub.reading import Malformed
from dosfed.activitypub.tables import Outbox
from dosfed.acts.erasing import erase_some
from dosfed.acts.exports import export_document
from dosfed.deliberation.exchange.format import read_import
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots, SentBallots
from dosfed.federation.seeing import see_post
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.federation.town import ORGANISER as HARBOUR
from tests.federation.town import POLL, Document, Town, found_town, later, people
from tests.web.conftest import IMPORT, SPAN
from tests.web.mirrored import CONSULTATION, ORGANISER, PROPOSAL, SHOWN, mirror
from tests.web.site import JSON, Site, path_of

ROUTES = {"method": "score", "options": ["Nord", "Sud", "Centre"], "counts_from": 0}
END = "2026-07-01T00:00:00Z"
AFTER = datetime(2026, 7, 1, 0, 0, 3, tzinfo=UTC)
ERASED = datetime(2026, 12, 31, tzinfo=UTC)
GIVEN = {"Nord": 5, "Sud": 0, "Centre": 3}
NO_SCALES: list[Any] = [0, 11, -5, 5.0, "5", True, 10**30, [5], {}]
numbers = itertools.count()


def file_of(**poll: Any) -> dict[str, Any]:
    """Return an import file with a vote by score."""
    proposal = {"ref": "p", "title": "Le tracé", "text": "…", "poll": {**ROUTES, **poll}}
    consultation = {"name": "un", "title": "Un", "language": "fr", **SPAN, "proposals": [proposal]}
    return {**IMPORT, "consultations": [consultation]}


def ballot(voter: str, choice: Any, **note: Any) -> Document:
    """Return a ballot as another instance of ours sends it."""
    place = f"{voter}/ballots/{next(numbers)}"
    return {
        "id": f"{place}/activity",
        "type": "Create",
        "actor": voter,
        "to": [HARBOUR],
        "object": {
            "id": place,
            "type": "Note",
            "attributedTo": voter,
            "inReplyTo": POLL,
            "to": [HARBOUR],
            "dosfed:choice": choice,
            **note,
        },
        "dosfed:complete": True,
    }


async def cast(site: Site, path: str, *scores: str) -> None:
    """Let new citizens vote, with one digit for each option."""
    for number, given in enumerate(scores):
        voter = await site.signed_in(f"voter{number}_{path[-4:]}")
        fields = {f"score-{place}": digit for place, digit in enumerate(given)}
        answer = await voter.submit(path, f"{path}/ballot", follow=False, **fields)
        assert answer.status == 303


async def scored(site: Site, *scores: str, **poll: Any) -> str:
    """Return the id of a proposal on which citizens here have voted."""
    proposal = (await site.import_(file_of(**poll)))["p"]
    await cast(site, path_of(proposal), *scores)
    await site.tick()
    return proposal


def row(words: str, option: str) -> str:
    """Return what a table says of an option: mean, ballots and sum, after its spread."""
    return words.partition("Result")[2].partition(option)[2]


async def outcome_of(town: Town, activity: Document) -> tuple[str | None, str | None]:
    kept = await town.receive(activity)
    return kept.outcome, kept.reason


# --- From inboxes


@pytest.mark.rule("1.13")
@pytest.mark.parametrize(
    "choice",
    [
        *("5,0", "5,0,3,1", "6,0,3", "-1,0,3", "1e9,0,3", "NaN,0,3", "5,0,", ",,", "", "5;0;3"),
        *(
            "5,0,3\n",
            " 5,0,3",
            "\N{ARABIC-INDIC DIGIT FIVE},0,3",
            "5,0,3.0",
            "+5,0,3",
            "005,0,3",
            "9" * 3_999,
            "1," * 1_999,
        ),
        *("5,0," + "3" * 400, "null", '{"Nord": 5}', "Nord"),
    ],
)
async def test_a_ballot_that_does_not_score_each_option_is_refused(
    database: Database, clock: GivenClock, choice: str
) -> None:
    town = await found_town(database, clock, poll=ROUTES)
    (ana,) = people(1)

    assert await outcome_of(town, ballot(ana, choice)) == ("refused", "bad-choice")


@pytest.mark.parametrize(
    "choice",
    [{"Nord": 5}, {str(n): n for n in range(9_000)}, [5, 0, 3], 503, True, "9," * 2_001, ["5,0,3"]],
)
async def test_what_is_no_text_is_malformed(
    database: Database, clock: GivenClock, choice: Any
) -> None:
    town = await found_town(database, clock, poll=ROUTES)
    (ana,) = people(1)

    assert (await outcome_of(town, ballot(ana, choice)))[0] == "malformed"


@pytest.mark.rule("1.11", "1.13")
async def test_names_are_no_scores_and_scores_are_no_names(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll=ROUTES)
    (ana,) = people(1)

    for name in ("Nord", "5,0,3", "5"):
        vote = ballot(ana, None, name=name)
        assert await outcome_of(town, vote) == ("refused", "bad-choice")
    talk = ballot(ana, "5,0,3", content="<p>Un avis</p>")
    assert await outcome_of(town, talk) == ("refused", "not-public")  # an argument, then


async def test_a_whole_choice_is_none_where_options_are_named(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    (ana,) = people(1)

    assert await outcome_of(town, ballot(ana, "1")) == ("refused", "bad-choice")


async def test_counts_move_in_lots_alone_and_changes_and_leaving_with_them(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, poll={**ROUTES, "counts_from": 5})
    voters = people(26)
    for voter in voters[:25]:
        await town.receive(ballot(voter, "5,0,3"))
    await town.take_turn()
    assert (await town.shown()).counts is None

    await town.receive(ballot(voters[0], "0,5,3"))  # fills no lot but its own
    await town.receive(ballot(voters[25], "1,1,1"))
    await town.take_turn()
    north, south, centre = spread((await town.shown()).counts)
    assert (north, south, centre) == ({5: 13}, {0: 13}, {3: 13})

    gone = {"id": f"{voters[25]}#gone", "type": "Delete", "actor": voters[25]}
    await town.receive({**gone, "object": voters[25]})
    later(clock, datetime(2026, 12, 1, 0, 0, 3, tzinfo=UTC))
    await town.take_turn()
    final = await town.shown()
    north, south, _ = spread(final.counts)
    assert final.closed_at is not None
    assert north[0] == south[5] == 1
    assert north[5] == 24
    assert sum(north.values()) == final.voters == 25


def spread(cells: list[int]) -> list[dict[int, int]]:
    """Return of each option which scores it was given how often."""
    options = [cells[start : start + 6] for start in range(0, len(cells), 6)]
    return [{score: number for score, number in enumerate(one) if number} for one in options]


# --- From forms to pages


async def test_a_form_asks_for_a_score_of_each_option_and_repeats_it(site: Site) -> None:
    path = path_of((await site.import_(file_of()))["p"])
    ana = await site.signed_in("ana")

    form = await ana.get(path)
    first: dict[str, Any] = {"score-0": "5", "score-1": "0", "score-2": "3"}
    asked = await ana.submit(path, f"{path}/ballot/confirm", **first)
    await cast(site, path, "503")
    second: dict[str, Any] = {"score-0": "1", "score-1": "2", "score-2": "3"}
    other = await ana.submit(path, f"{path}/ballot", **second)

    assert form.text.count('type="radio" name="score-1"') == 6
    assert form.text.count('<fieldset class="scores">') == 3
    assert "Give each option a score from 0 to 5." in form.words
    assert "Nord (5) Sud (0) Centre (3)" in asked.words
    assert '<input type="hidden" name="score-0" value="5">' in asked.text
    assert "Your vote: Nord (1), Sud (2), Centre (3)" in other.words
    assert 'name="score-0" value="1" required checked' in other.text


@pytest.mark.rule("1.13")
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"score-0": "5", "score-1": "3"},
        {"score-0": "5", "score-1": "3", "score-2": "6"},
        {"score-0": "5", "score-1": "3", "score-2": "-1"},
        {"score-0": ["5", "3"], "score-1": "3", "score-2": "1"},
        {"score-0": "5,3", "score-1": "1"},
        {"score-0": "5,3,1", "score-1": "", "score-2": ""},
        {"option": "Nord"},
    ],
)
async def test_a_form_that_is_not_filled_is_refused_and_keeps_what_was_said(
    site: Site, fields: dict[str, Any]
) -> None:
    path = path_of((await site.import_(file_of()))["p"])
    ana = await site.signed_in("ana")

    for action in ("ballot", "ballot/confirm"):
        answer = await ana.submit(path, f"{path}/{action}", **fields)
        assert answer.status == 422
        assert "Answer every part of this vote using the form." in answer.words
        if fields.get("score-0") == "5":
            assert 'name="score-0" value="5" required checked' in answer.text
    async with site.database.read() as connection:
        assert (await connection.execute(select(Ballots.id))).all() == []


@pytest.mark.rule("2.7")
async def test_the_result_comes_by_sum_with_means_to_one_decimal_and_the_ballots_behind(
    site: Site,
) -> None:
    proposal = await scored(site, "053", "153", "253", "350", closes=END)
    later(site.clock, AFTER)
    await site.tick()

    page = await site.browser().get(path_of(proposal))
    tallies = orjson.loads((await site.browser().get("/c/un/tallies.json")).text)["proposals"][0]
    feed = await site.browser().get("/c/un/feed.atom")
    listed = await site.browser().get("/c/un/proposals")

    words = page.words.partition("Result")[2]
    assert [*sorted(["Nord", "Sud", "Centre"], key=words.index)] == ["Sud", "Centre", "Nord"]
    assert "Votes by score 1 1 1 1 0 0 1.5 4 6" in words.partition("Nord")[2]
    assert "2.3 4 9" in words.partition("Centre")[2]  # 9 in 4: 2.25
    assert "Voters 4" in words
    assert [option["ballots"] for option in tallies["options"]] == [4, 4, 4]
    assert tallies["result"] == {
        "scores": [[1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 4], [1, 0, 0, 3, 0, 0]],
        "sums": [6, 20, 9],
        "means": [1.5, 5.0, 2.3],
    }
    assert "Sud: 5,0 (4 votes)" in feed.text
    assert listed.status == 200


async def test_a_file_may_ask_for_another_scale_and_not_for_any(site: Site) -> None:
    path = path_of((await site.import_(file_of(scale=10)))["p"])

    await cast(site, path, "999")
    assert "0 is the lowest, 10 the highest" in (await site.browser().get(path)).words


@pytest.mark.parametrize(
    "poll",
    [
        *({"scale": no} for no in NO_SCALES),
        {"options": ["Nord", " Nord\N{NO-BREAK SPACE}"]},
        {"options": ["Nord"]},
        {"method": "single", "scale": 5},
        {"seats": 3},
    ],
)
def test_a_file_that_asks_for_what_is_no_score_is_refused(poll: dict[str, Any]) -> None:
    with pytest.raises(BadDocument, match=r"^consultations\[0\]\.proposals\[0\]\.poll\."):
        read_import(file_of(**poll), now=START)


# --- To documents, files and mirrors


async def document_of(site: Site, proposal: str) -> dict[str, Any]:
    answer = await site.browser().get(path_of(proposal), accept=JSON)
    document: dict[str, Any] = orjson.loads(answer.text)
    return document


def moved(document: dict[str, Any], proposal: str) -> dict[str, Any]:
    """Return a document as if the home of the mirrored consultation had written it."""
    organiser, group = document["attributedTo"], document["audience"]
    text = json.dumps(document).replace(proposal, PROPOSAL)
    said: dict[str, Any] = json.loads(
        text.replace(organiser, ORGANISER).replace(group, CONSULTATION)
    )
    return said


async def test_it_goes_out_as_a_text_that_says_where_the_vote_is(site: Site) -> None:
    proposal = await scored(site, "503", "503")

    document = await document_of(site, proposal)

    assert document["type"] == "Note"
    assert "Le vote se fait sur la page de cette proposition." in document["content"]
    assert "<li>Centre</li>" in document["content"]
    assert document["content"].endswith(f'<p><a href="{proposal}">{proposal}</a></p>')
    assert {"oneOf", "anyOf"}.isdisjoint(document)
    assert document["dosfed:method"] == "score"
    assert document["dosfed:terms"] == {"scale": 5}
    assert document["dosfed:options"] == ["Nord", "Sud", "Centre"]
    assert document["dosfed:result"]["sums"] == [10, 0, 6]
    assert document["votersCount"] == 2


async def test_a_mirror_shows_the_result_and_sends_ballots_home(site: Site) -> None:
    proposal = await scored(site, "503", "504")
    await mirror(site, has_proposal=False)
    said = moved(await document_of(site, proposal), proposal)
    async with site.database.write() as connection:
        await see_post(connection, said, site.house, by=ORGANISER, at=START)
    ana = await site.signed_in("ana")

    fields: dict[str, Any] = {"score-0": "1", "score-1": "2", "score-2": "3"}
    page = await ana.submit(SHOWN, f"{SHOWN}/ballot", **fields)
    async with site.database.read() as connection:
        body = (
            (await connection.execute(select(Outbox.body).order_by(Outbox.number.desc())))
            .scalars()
            .first()
        )
        kept = (await connection.execute(select(SentBallots.choices))).scalar_one()
    turned = {**said, "dosfed:terms": {"scale": 10}}
    async with site.database.write() as connection:
        with pytest.raises(Malformed):  # of a poll with ballots the terms are frozen
            await see_post(connection, turned, site.house, by=ORGANISER, at=START)
    later_said = {**said, "dosfed:terms": {"scale": 11}}
    async with site.database.write() as connection:
        await see_post(connection, later_said, site.house, by=ORGANISER, at=START)
    site.forget()

    assert "Your vote: Nord (1), Sud (2), Centre (3)" in page.words
    assert "3.5 2 7" in page.words
    assert kept == "1,2,3"
    note = orjson.loads(body or b"")["object"]
    assert (note["dosfed:choice"], note["inReplyTo"]) == ("1,2,3", PROPOSAL)
    assert "name" not in note
    assert "Vote on the site that hosts this consultation" in (await ana.get(SHOWN)).words


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        {"scores": [[1] * 6] * 2},
        {"scores": [[1] * 5] * 3},
        {"scores": [[-1, 1, 0, 0, 0, 0]] * 3},
        {"scores": [[True] * 6] * 3},
        {"scores": [[1.5] * 6] * 3},
        {"scores": [[10**30] * 6] * 3},
        {"scores": [[1] * 6, [1] * 6, [2] * 6]},
        {"scores": "x" * 10_000},
    ],
)
async def test_a_mirror_shows_no_result_that_cannot_be_one(site: Site, result: Any) -> None:
    proposal = await scored(site, "503", "504")
    await mirror(site, has_proposal=False)
    said = moved(await document_of(site, proposal), proposal)
    async with site.database.write() as connection:
        await see_post(
            connection, {**said, "dosfed:result": result}, site.house, by=ORGANISER, at=START
        )

    page = await site.browser().get(SHOWN)

    assert page.status == 200
    assert "3.5" not in page.words


async def test_an_export_brings_its_result_where_it_is_imported(site: Site) -> None:
    proposal = await scored(site, "503", "504", closes=END, scale=7)
    later(site.clock, AFTER)
    await site.tick()
    async with site.database.read() as connection:
        exported = await export_document(connection)
    (one,) = exported["consultations"]
    poll = one["proposals"][0]["poll"]
    one["name"] = "deux"

    again = await site.import_(exported)
    page = await site.browser().get(path_of(again["p"]))

    assert (poll["method"], poll["scale"]) == ("score", 7)
    assert poll["result"]["ballots"] == [2, 2, 2]
    assert "Centre" in page.words
    assert "3.5 2 7" in page.words
    assert f"Counted elsewhere and published as received: {proposal}" in page.words


async def test_a_voter_takes_their_scores_along_and_nobody_knows_them_after(site: Site) -> None:
    proposal = await scored(site, "503", closes=END)
    voter = site.browsers[0]
    mine = orjson.loads((await voter.get("/account/export")).text)
    later(site.clock, AFTER)
    await site.tick()
    later(site.clock, ERASED)
    for _ in range(9):
        async with site.database.write() as connection:
            await erase_some(connection, site.house, now=ERASED, shuffle=random.SystemRandom())

    assert [one["choices"] for one in mine["ballots"]] == [["Nord (5)", "Sud (0)", "Centre (3)"]]
    async with site.database.read() as connection:
        assert (await connection.execute(select(Ballots.id))).all() == []
        kept = (await connection.execute(select(ErasedBallots.choices))).scalars().all()
    assert kept == ["5,0,3"]
    site.forget()
    assert "5.0 1 5" in (await site.browser().get(path_of(proposal))).words
