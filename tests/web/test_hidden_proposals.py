"""Proposals that people report and moderators hide: nothing of their words is read anywhere."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from dosfed.accounts.tables import Notices
from dosfed.activitypub.collections import outbox_page
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.exports import export_document
from dosfed.acts.news import load_news
from dosfed.acts.perform import perform_one
from dosfed.acts.reminders import find_due
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.model import ActorId, Hide, Refusal, Refused, Report, Role
from dosfed.deliberation.tables import Arguments, Ballots, Polls, Proposals, Reports
from dosfed.deliberation.tallies import is_anything_due
from tests.conftest import START
from tests.web.conftest import SPAN
from tests.web.mirrored import HOME, PROPOSAL, SHOWN, mirror
from tests.web.site import JSON, Answer, Browser, Site, path_of

WORD = "Zanzibar"
REASON = "Une adresse <privée>."
ARGUMENT = "Cela me convient."
ENDS = "2026-07-01T00:00:00Z"
GIVEN: dict[str, Any] = {
    "ref": "voted",
    "title": f"Rue de {WORD}",
    "text": f"Elle va à {WORD}.",
    "tags": [WORD],
    "group": {"name": f"Club {WORD}", "size": 12},
    "versions": [
        {
            "title": f"Chemin de {WORD}",
            "text": f"Il va à {WORD}.",
            "note": f"Vers {WORD}",
            "by": "author",
            "replaced": "2026-04-01T00:00:00Z",
        }
    ],
    "poll": {
        "method": "single",
        "options": [f"{WORD} nord", "Sud"],
        "closes": ENDS,
        "counts_from": 0,
    },
}
CONSULTATION = {
    "name": "quais",
    "title": "Fermer les quais aux voitures ?",
    "language": "fr",
    **SPAN,
    "proposals": [GIVEN, {"ref": "other", "title": "Une navette", "text": "Le samedi."}],
}


@dataclass(slots=True, kw_only=True)
class Case:
    """Two proposals, one with a vote and one of Ana's, and those who have to do with them."""

    site: Site
    moderator: Browser
    ana: Browser
    zoe: Browser
    voted: str
    written: str

    async def hide(self, proposal: str, **fields: Any) -> Answer:
        """Hide a proposal, or show it again, as the form does."""
        typed: dict[str, Any] = {"object": proposal, "reason": REASON, "code": "personal-data"}
        typed |= fields
        answer = await self.moderator.submit("/admin/blocks", "/admin/hide", **typed)
        await self.site.tick()
        return answer

    async def show(self, proposal: str) -> Answer:
        """Show it again."""
        return await self.hide(proposal, show="1", reason="")

    async def perform(self, command: Command, **activity: str) -> None:
        """Bring a command before the door, as a form does, or an activity from elsewhere."""
        at = self.site.clock.now()
        submission = Submission(command=command, at=at, activity=activity or None)
        async with self.site.database.write() as connection:
            await perform_one(connection, submission, self.site.house)

    async def read(self, path: str, *, accept: str = "text/html") -> Answer:
        """Return what a stranger finds at a path."""
        self.site.forget()
        return await self.site.browser().get(path, accept=accept)

    async def count(self, what: Any) -> int:
        """Return how many rows there are."""
        async with self.site.database.read() as connection:
            return (await connection.execute(select(func.count(what)))).scalar_one()

    def citizen(self, name: str) -> ActorId:
        """Return the id of somebody with an account here."""
        return ActorId(self.site.house.instance.citizen(name))


@pytest.fixture
async def case(site: Site) -> Case:
    """Everything that can be said about a proposal is said; its words all have one word."""
    made = await site.import_(
        {
            "dosfed": 1,
            "organiser": {"name": "mairie", "title": "Ville"},
            "consultations": [CONSULTATION],
        }
    )
    ana, zoe = await site.signed_in("ana"), await site.signed_in("zoe")
    moderator = await site.signed_in("mod", Role.FACILITATOR)
    written: dict[str, Any] = {
        "title": f"Un port à {WORD}",
        "text": f"Comme à {WORD}.",
        "tags": WORD,
    }
    await ana.submit("/c/quais", "/c/quais/proposals", **written)
    opened = (await moderator.get("/c/quais")).text
    accept = re.search(r'action="(/p/\w+)/accept"', opened)
    assert accept is not None
    await moderator.submit("/c/quais", f"{accept[1]}/accept")
    for path in (path_of(made["voted"]), accept[1]):
        await zoe.submit(path, f"{path}/arguments", text=ARGUMENT, stance="for")
        await zoe.submit(path, f"{path}/co-sign", sign="1")
        await zoe.submit(path, "/subscriptions", target=site.base_url + path, subscribe="1")
    page = path_of(made["voted"])
    await zoe.submit(page, f"{page}/ballot", option=f"{WORD} nord")
    await site.tick()
    return Case(
        site=site,
        moderator=moderator,
        ana=ana,
        zoe=zoe,
        voted=made["voted"],
        written=site.base_url + accept[1],
    )


def everywhere(case: Case) -> list[str]:
    """Return every path at which something of a proposal can be read while it is there."""
    found = [
        "/",
        "/c/quais",
        "/c/quais?show=open&sort=newest",
        "/c/quais?sort=argued",
        "/c/quais/calendar.ics",
        "/calendar.ics",
        "/c/quais/feed.atom",
        "/feed.atom",
        "/search?q=zanzib",
        "/c/quais/similar?title=Zanzibar",
        "/c/quais/propose",
        "/c/quais/tallies.json",
        "/o/mairie",
        "/u/ana",
        "/u/zoe",
        "/moderation",
        "/nodeinfo/2.1",
    ]
    for proposal in (case.voted, case.written):
        page = path_of(proposal)
        found += [
            page,
            f"{page}?sort=newest",
            f"{page}/feed.atom",
            f"{page}/versions",
            f"{page}/versions/1",
            f"{page}/versions/2",
            f"{page}/co-signers",
            f"/share?uri={proposal}",
            f"/interact?uri={proposal}",
            f"/authorize_interaction?uri={proposal}",
            f"{page}/card.png",
        ]
    return found


def documents(case: Case) -> list[str]:
    """Return every public document in which something of them stands."""
    found = ["/c/quais", "/c/quais/featured", "/c/quais/context?page=1", "/actor"]
    for page in (path_of(case.voted), path_of(case.written)):
        found += [page, f"{page}/replies?page=1", f"{page}/likes", f"{page}/co-signers?page=1"]
    return found


async def said(case: Case) -> str:
    """Return all that the outboxes of those concerned show."""
    pages = []
    async with case.site.database.read() as connection:
        for actor in ("/o/mairie", "/c/quais", "/u/ana", "/u/zoe"):
            uri = case.site.base_url + actor
            pages.append(orjson.dumps(await outbox_page(connection, uri, before=None)).decode())
    return "".join(pages)


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
        for path in ("/c/quais", "/notices", path_of(case.voted), path_of(case.written)):
            assert WORD.lower() not in (await reader.get(path)).text.lower(), path


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

    assert "It can be read again." in answer.words
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
    assert (edit.url, WORD in edit.text) == (case.written, False)
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

    assert "Take it back" in (await case.ana.get(page)).words
    await case.ana.submit(f"{page}/delete", f"{page}/delete")
    assert (await case.read(page)).status == 410
    assert (await case.read(page, accept=JSON)).status == 410
    assert (await case.show(case.written)).status == 404
    assert "Personal data" not in (await case.read("/moderation")).words


async def test_the_same_words_do_not_come_in_by_another_door(case: Case) -> None:
    await case.hide(case.written)
    words: dict[str, Any] = {"title": f"Un port à {WORD}", "text": f"Comme à {WORD}.", "tags": WORD}

    await case.ana.submit("/c/quais", "/c/quais/proposals", **words)

    assert await case.count(Proposals.id) == 3


async def test_a_report_is_made_once_and_upheld_by_a_moderator(case: Case) -> None:
    page = path_of(case.written)
    assert "Report this proposal" not in (await case.ana.get(page)).words
    assert "Report this proposal" in (await case.zoe.get(page)).words
    asked = await case.zoe.get(f"{page}/report")
    assert "The author does not learn who made it." in asked.words
    assert 'name="pass_on"' not in asked.text
    empty = await case.zoe.submit(f"{page}/report", f"{page}/report", text=" \n ")
    assert (empty.status, "Please write something here." in empty.words) == (422, True)
    long = await case.zoe.submit(f"{page}/report", f"{page}/report", text="x" * 2_001)
    assert (long.status, "x" * 2_001 in long.text) == (422, True)
    for _ in range(2):
        thanked = await case.zoe.submit(f"{page}/report", f"{page}/report", text="Mon <adresse>")
        assert "The moderators will look at it." in thanked.words
    assert await case.count(Reports.id) == 1
    assert "/sign-in?return_to=" in (await case.read(f"{page}/report")).url

    waiting = await case.moderator.get("/admin/reports")
    assert f"Proposal Un port à {WORD}" in waiting.words
    assert f"/authorize_interaction?uri={case.written}".replace(":", "%3A") in waiting.text.replace(
        "%2F", "/"
    )
    answered = await case.moderator.submit(
        "/admin/reports", "/admin/reports/1", answer="upheld", note=REASON, code="illegal"
    )
    assert "The report is answered." in answered.words
    await case.site.tick()

    assert REASON in (await case.read(page)).words
    done = await case.moderator.get("/admin/reports?state=answered")
    assert "Hidden" in done.words
    assert "Show the proposal again" in done.words
    told = (await case.ana.get("/notices")).words
    assert "A moderator has hidden your proposal in Fermer les quais aux voitures ?" in told
    thanks = (await case.zoe.get("/notices")).words
    assert "What you reported on Fermer les quais aux voitures ? was hidden." in thanks
    assert "Against the law 0 1" in (await case.read("/moderation")).words


async def test_a_report_from_another_server_shows_and_links_the_proposal(case: Case) -> None:
    flag = Report(
        reporter=ActorId("https://masto.example/actor"),
        objects=(f"{case.site.base_url}/o/mairie", case.voted),
        text="",
    )
    await case.perform(flag, type="Flag")

    page = await case.moderator.get("/admin/reports")

    assert f"Proposal Rue de {WORD}" in page.words
    link = re.search(r'href="(/authorize_interaction\?uri=[^"]+)"', page.text)
    assert link is not None
    assert (await case.moderator.get(link[1])).url == case.voted
    assert "/admin/hide?object=" in page.text


async def test_the_page_of_the_moderator_shows_what_it_is_about(case: Case) -> None:
    page = f"/admin/hide?object={case.voted}"
    assert f"Elle va à {WORD}" in (await case.moderator.get(page)).words

    assert (await case.hide(case.voted, reason=" ")).status == 422
    long = await case.hide(case.voted, reason="x" * 1_001)
    assert (long.status, "x" * 1_001 in long.text) == (422, True)
    assert WORD in (await case.read(path_of(case.voted))).words
    hidden = await case.hide(case.voted)
    assert "It is hidden." in hidden.words
    assert f"Elle va à {WORD}" in hidden.words
    again = await case.hide(case.voted, reason="Autre chose.", code="hate")
    assert again.status == 200
    assert "Autre chose." in (await case.read(path_of(case.voted))).words
    assert "Hate against a group 0 1" in (await case.read("/moderation")).words


@pytest.mark.parametrize("uri", ["", "x", "https://x.example/p/1", "\u202e/p/"])
async def test_what_is_not_there_cannot_be_hidden(case: Case, uri: str) -> None:
    assert (await case.hide(uri)).status == 404
    assert (await case.moderator.get(f"/admin/hide?object={uri}")).status == 404


async def test_what_waits_cannot_be_hidden(case: Case) -> None:
    await case.ana.submit("/c/quais", "/c/quais/proposals", title="Autre", text="Oui.")
    async with case.site.database.read() as connection:
        waits = select(Proposals.id).where(Proposals.state == "waiting")
        proposal = (await connection.execute(waits)).scalar_one()

    assert (await case.hide(proposal)).status == 404


async def test_the_door_looks_at_the_role_itself(case: Case) -> None:
    assert (await case.zoe.get(f"/admin/hide?object={case.voted}")).status == 403
    for by in (case.citizen("zoe"), case.citizen("ana"), ActorId("https://x.example/c/quais")):
        command = Hide(id=case.voted, by=by, is_hidden=True, reason=REASON)
        with pytest.raises(Refused) as refused:
            await case.perform(command)
        assert refused.value.refusal is Refusal.NOT_ALLOWED

    assert WORD in (await case.read(path_of(case.voted))).words


async def test_its_vote_ends_as_was_said_and_its_result_comes_back_with_it(case: Case) -> None:
    await case.hide(case.voted)
    case.site.clock.advance(days=300)
    await case.site.tick()

    async with case.site.database.read() as connection:
        closed = select(Polls.closed_at).where(Polls.id == case.voted)
        assert (await connection.execute(closed)).scalar_one() is not None
        assert await find_due(connection, now=case.site.clock.now()) == []
        assert not await is_anything_due(connection, case.site.clock.now())
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
    assert f"answered your argument on Un port à {WORD}" in (await case.zoe.get("/notices")).words

    await case.hide(case.written)

    told = (await case.zoe.get("/notices")).words
    assert "answered your argument on Fermer les quais aux voitures ?" in told
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
    assert f"answered your argument on Un port à {WORD}" in (await case.zoe.get("/notices")).words


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


async def test_a_mirror_s_page_reports_to_the_home_and_hides_for_itself(site: Site) -> None:
    await mirror(site)
    moderator = await site.signed_in("mod", Role.MODERATOR)
    luc = await site.signed_in("luc")
    title = "Cerrarla los domingos"

    asked = await luc.get(f"{SHOWN}/report")
    assert title in asked.words
    assert f"Send it to {HOME} as well" in asked.words
    thanked = await luc.submit(f"{SHOWN}/report", f"{SHOWN}/report", text="No", pass_on="1")
    assert "The moderators will look at it." in thanked.words
    assert thanked.url.partition("?")[0].endswith(SHOWN)

    hide: dict[str, Any] = {"object": PROPOSAL, "reason": REASON, "code": "other"}
    await moderator.submit("/admin/blocks", "/admin/hide", **hide)
    site.forget()
    for path in (SHOWN, f"/c/costanera@{HOME}", f"/c/costanera@{HOME}/tallies.json"):
        page = await luc.get(path)
        assert (page.status, title in page.text, "De acuerdo" in page.text) == (200, False, False)
    refused = await luc.submit(f"/c/costanera@{HOME}", f"{SHOWN}/ballot", option="De acuerdo")
    assert (refused.status, "A moderator has hidden" in refused.words) == (422, True)


async def first_argument(case: Case, proposal: str | None = None) -> str:
    """Return the argument about a proposal."""
    async with case.site.database.read() as connection:
        rows = await connection.execute(
            select(Arguments.id)
            .where(Arguments.proposal == (proposal or case.voted))
            .order_by(Arguments.received_at)
        )
        return str(rows.scalars().first())
