"""Of a hidden proposal nothing is read anywhere; its vote and all else of it stay as they are."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dosfed.accounts.tables import Notices
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.exports import export_document
from dosfed.acts.news import load_news
from dosfed.acts.reminders import find_due
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.moderation.model import Hide
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Ballots, Polls
from dosfed.deliberation.votes.tallies import is_anything_due
from tests.conftest import START
from tests.web.hidden.conftest import (
    ARGUMENT,
    REASON,
    WORD,
    Case,
    documents,
    everywhere,
    first_argument,
    said,
)
from tests.web.site import JSON, path_of


@pytest.mark.rule("3.21")
async def test_of_a_hidden_proposal_no_word_is_read_anywhere(case: Case) -> None:
    assert WORD in await said(case)
    for proposal in (case.voted, case.written):
        assert WORD in (await case.read(path_of(proposal))).text
        await case.hide(proposal)

    argument = await first_argument(case)
    for path in (*everywhere(case), path_of(argument), f"{path_of(argument)}/history"):
        answer = await case.read(path)
        assert answer.status in {200, 404}, path
        assert WORD.lower() not in answer.text.lower().replace('value="zanzib', ""), path
    for path in (*documents(case), path_of(argument)):
        answer = await case.read(path, accept=JSON)
        assert answer.status in {200, 404}, path
        assert WORD.lower() not in answer.text.lower(), path
    assert WORD not in await said(case)
    assert argument in await said(case)
    for reader in (case.ana, case.zoe):
        # Its author alone reads on its own page what it said.
        own = [] if reader is case.ana else [path_of(case.written)]
        for path in ("/c/quais", "/notices", path_of(case.voted), *own):
            assert WORD.lower() not in (await reader.get(path)).text.lower(), path


@pytest.mark.rule("3.21")
async def test_its_page_stays_and_says_why(case: Case) -> None:
    await case.hide(case.voted)

    page = await case.read(path_of(case.voted))

    assert page.status == 200
    assert f"A moderator hid it: {REASON}" in page.words
    assert "<privée>" not in page.text
    assert "/ballot" not in page.text
    assert ARGUMENT not in page.words
    assert "Report" not in (await case.zoe.get(path_of(case.voted))).words
    assert (await case.zoe.get(f"{path_of(case.voted)}/report")).status == 404
    assert "Show the proposal again" in (await case.moderator.get(path_of(case.voted))).words


async def test_it_comes_back_as_it_was(case: Case) -> None:
    page = path_of(case.voted)
    before = await case.read(page, accept=JSON)
    listed = (await case.read("/c/quais")).words

    await case.hide(case.voted)
    assert (await case.read("/c/quais")).words != listed
    case.site.clock.advance(seconds=90)
    answer = await case.show(case.voted)

    assert "It is visible again." in answer.words
    assert (await case.read("/c/quais")).words == listed
    assert ARGUMENT in (await case.read(page)).words
    assert WORD in (await case.read("/search?q=zanzib")).words
    assert "Cela me convient" in (await case.read("/search?q=convient&kind=argument")).words
    assert WORD in (await case.read(f"{page}/versions/1")).words
    after = orjson.loads((await case.read(page, accept=JSON)).text)
    # Without a later date other servers would not take the words back.
    assert after.pop("updated") == rfc3339(START + timedelta(seconds=90))
    known = orjson.loads(before.text)
    known.pop("updated", None)
    assert after == known


async def test_nothing_is_added_while_it_is_hidden_and_what_was_typed_is_kept(case: Case) -> None:
    page, other = path_of(case.voted), "/c/quais"
    ballots, arguments = await case.count(Ballots.id), await case.count(Arguments.id)
    await case.hide(case.voted)

    forms: tuple[tuple[str, dict[str, Any]], ...] = (
        ("ballot", {"option": "Sud"}),
        ("ballot/confirm", {"option": "Sud"}),
        ("arguments", {"text": "Un <b>mot</b> \u202e de plus", "stance": "for"}),
        ("arguments", {"text": "Oui", "in_reply_to": await first_argument(case)}),
        ("co-sign", {"sign": "1"}),
    )
    for action, fields in forms:
        answer = await case.ana.submit(other, f"{page}/{action}", **fields)
        assert answer.status == 422, action
        assert "A moderator has hidden this proposal." in answer.words
        if fields.get("text"):
            assert fields["text"] in answer.words
            assert "<b>mot</b>" not in answer.text

    assert await case.count(Ballots.id) == ballots
    assert await case.count(Arguments.id) == arguments
    await case.show(case.voted)
    assert (await case.ana.submit(page, f"{page}/ballot", option="Sud")).status == 200
    assert await case.count(Ballots.id) == ballots + 1


async def test_its_author_changes_nothing_but_may_take_it_back(case: Case) -> None:
    page = path_of(case.written)
    await case.hide(case.written)

    edit = await case.ana.get(f"{page}/edit")
    assert (edit.url, "What you wrote" in edit.words) == (case.written, True)
    forms: tuple[tuple[str, dict[str, Any]], ...] = (
        ("edit", {"title": "Autre", "text": "Autre", "note": "n", "follows": "1"}),
        ("tags", {"tags": "autre"}),
    )
    for action, fields in forms:
        answer = await case.ana.submit("/c/quais", f"{page}/{action}", **fields)
        assert (answer.status, "A moderator has hidden" in answer.words) == (422, True)
    for stranger in (case.zoe, case.moderator):
        answer = await stranger.submit("/c/quais", f"{page}/delete")
        assert answer.status == 403

    assert "Withdraw it" in (await case.ana.get(page)).words
    await case.ana.submit(f"{page}/delete", f"{page}/delete")
    assert (await case.read(page)).status == 410
    assert (await case.read(page, accept=JSON)).status == 410
    assert (await case.show(case.written)).status == 404
    assert "Other people's personal data 0 1" in (await case.read("/moderation")).words


async def test_the_same_words_do_not_come_in_by_another_door(case: Case) -> None:
    await case.hide(case.written)
    words: dict[str, Any] = {"title": f"Un port à {WORD}", "text": f"Comme à {WORD}.", "tags": WORD}

    await case.ana.submit("/c/quais", "/c/quais/proposals", **words)

    assert await case.count(Proposals.id) == 3


async def test_its_vote_ends_as_was_said_and_its_result_comes_back_with_it(case: Case) -> None:
    await case.hide(case.voted)
    case.site.clock.advance(days=300)
    await case.site.tick()

    async with case.site.database.read() as connection:
        closed = select(Polls.closed_at).where(Polls.id == case.voted)
        assert (await connection.execute(closed)).scalar_one() is not None
        assert await find_due(connection, now=case.site.clock.now()) == []
        assert not await is_anything_due(
            connection, interval=case.site.house.tally_interval, now=case.site.clock.now()
        )
    assert case.voted not in (await case.read("/c/quais/tallies.json")).text
    assert "Rue de" not in (await case.read("/feed.atom")).text
    await case.perform(Hide(id=case.voted, by=case.citizen("mod"), is_hidden=False, reason=""))
    tallies = orjson.loads((await case.read("/c/quais/tallies.json")).text)["proposals"]
    (tally,) = (one for one in tallies if one["id"] == case.voted)
    assert (tally["closed"], [one["ballots"] for one in tally["options"]]) == (True, [1, 0])


async def test_notices_and_digests_call_it_by_its_consultation(case: Case) -> None:
    page = path_of(case.written)
    bo = await case.site.signed_in("bo")
    answered = await first_argument(case, case.written)
    await bo.submit(page, f"{page}/arguments", text="Non.", stance="against", in_reply_to=answered)
    assert f"replied to your argument on Un port à {WORD}" in (await case.zoe.get("/notices")).words

    await case.hide(case.written)

    told = (await case.zoe.get("/notices")).words
    assert "replied to your argument on Fermer les quais aux voitures ?" in told
    async with case.site.database.read() as connection:
        for name in ("ana", "zoe"):
            now = case.site.clock.now()
            since = START - timedelta(days=9)
            until = now + timedelta(days=400)
            user = case.citizen(name)
            news = await load_news(connection, user, since=since, now=now, until=until)
            of_it = [one for one in news.happened if one.about.id == case.written]
            assert (of_it, WORD in str(news.notices)) == ([], False)
            assert case.written not in str([one.proposals for one in news.happened])
        titles = (await connection.execute(select(Notices.title))).scalars().all()
    assert not [title for title in titles if title.endswith(f"port à {WORD}")]
    await case.show(case.written)
    assert f"replied to your argument on Un port à {WORD}" in (await case.zoe.get("/notices")).words


async def test_an_export_has_what_is_public(case: Case) -> None:
    await case.hide(case.voted)
    async with case.site.database.read() as connection:
        exported = orjson.dumps(await export_document(connection, "quais")).decode()
    assert f"Rue de {WORD}" not in exported
    assert "Une navette" in exported

    await case.show(case.voted)
    async with case.site.database.read() as connection:
        exported = orjson.dumps(await export_document(connection, "quais")).decode()
    assert f"Rue de {WORD}" in exported
