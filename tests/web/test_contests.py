"""Contests: whoever was hidden or refused says so once, and somebody else decides again."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from dosfed.acts.belongings import belongings
from dosfed.acts.leaving import leave
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Role
from dosfed.deliberation.moderation.tables import Contests
from tests.web.admin.test_waiting_room import ROOM, decide, opened, propose
from tests.web.site import Answer, Browser, Site, path_of

DESK = "/admin/contests"


@pytest.fixture
async def fay(site: Site, proposals: dict[str, str]) -> Browser:
    """A facilitator."""
    assert proposals
    return await site.signed_in("fay", Role.FACILITATOR)


@pytest.fixture
async def bob(site: Site) -> Browser:
    """Another one."""
    return await site.signed_in("bob", Role.FACILITATOR)


@pytest.fixture
async def ana(site: Site) -> Browser:
    """An author."""
    return await site.signed_in("ana")


@pytest.fixture
async def hidden(site: Site, ana: Browser, fay: Browser, proposals: dict[str, str]) -> str:
    """The id of an argument of Ana's that Fay hid."""
    place = path_of(proposals["quais"])
    await ana.submit(place, f"{place}/arguments", text="Absurde !", stance="against")
    async with site.database.read() as connection:
        argument = (await connection.execute(select(Arguments.id))).scalar_one()
    await hide(fay, argument)
    return argument


@pytest.fixture
async def refused(ana: Browser, fay: Browser) -> str:
    """The id of a proposal of Ana's that Fay refused."""
    await propose(ana, "Une halle")
    proposal = opened((await fay.get(ROOM)).text)
    await decide(fay, answer="refuse", code="off-topic")
    return proposal


async def hide(browser: Browser, uri: str, **fields: str) -> Answer:
    page = f"/admin/hide?object={quote(uri, safe='')}"
    given: dict[str, Any] = {"reason": "Une insulte", "code": "insult", **fields}
    return await browser.submit(page, "/admin/hide", object=uri, **given)


async def contest(browser: Browser, uri: str, text: str = "C'est un avis.") -> Answer:
    page = f"/contest?object={quote(uri, safe='')}"
    return await browser.submit(page, "/contest", object=uri, text=text)


async def answer(browser: Browser, word: str, reason: str = "Relu.") -> Answer:
    (row,) = await kept(browser.site)
    place = f"{DESK}/{row.decision}"
    return await browser.submit("/notices", place, answer=word, reason=reason)


async def kept(site: Site) -> list[Any]:
    async with site.database.read() as connection:
        rows = await connection.execute(select(*Contests.__table__.c))
        return list(rows.all())


@pytest.mark.rule("5.12", "5.13")
async def test_an_author_contests_that_an_argument_was_hidden_and_somebody_else_shows_it_again(
    site: Site, ana: Browser, fay: Browser, bob: Browser, hidden: str
) -> None:
    link = f'href="/contest?object={quote(hidden, safe="/")}"'
    assert link in (await ana.get("/account/writings")).text
    assert link in (await ana.get(path_of(hidden))).text
    assert link not in (await fay.get(path_of(hidden))).text

    sent = await contest(ana, hidden)

    assert "Your contest has been sent." in sent.words
    assert "C&#39;est un avis." in sent.text or "C'est un avis." in sent.text
    assert "Somebody contests a decision" in (await bob.get("/notices")).words
    assert "Somebody contests a decision" not in (await fay.get("/notices")).words
    own = await fay.get(DESK)
    assert "You made this decision yourself" in own.words
    assert (await answer(fay, "lifted")).status == 403
    desk = await bob.get(DESK)
    assert "Absurde !" in desk.words
    assert "C'est un avis." in desk.words
    done = await answer(bob, "lifted")
    assert "Nobody contests anything." in done.words
    assert "it has been lifted" in (await ana.get("/notices")).words
    assert "Absurde !" in (await site.browser().get(path_of(hidden))).words


@pytest.mark.rule("5.12", "5.13")
async def test_a_refused_proposal_is_published_when_the_refusal_is_lifted(
    site: Site, ana: Browser, bob: Browser, refused: str
) -> None:
    assert "/contest?object=" in (await ana.get("/c/quais")).text
    await contest(ana, refused)
    await answer(bob, "lifted")

    assert "Une halle" in (await site.browser().get(path_of(refused))).words
    assert (await ana.get(f"/contest?object={quote(refused, safe='')}")).status == 404


@pytest.mark.rule("5.12", "5.13")
async def test_a_decision_that_is_upheld_stays_and_is_contested_no_more(
    ana: Browser, bob: Browser, refused: str
) -> None:
    await contest(ana, refused)
    silent = await answer(bob, "upheld", " ")
    assert silent.status == 422
    assert '-error"' in silent.text
    await answer(bob, "upheld", "Ce n'est pas le sujet.")

    told = await ana.get("/notices")
    assert "it has been upheld. Read why." in told.words
    page = await ana.get(f"/contest?object={quote(refused, safe='')}")
    assert "Ce n'est pas le sujet." in page.words
    again = await ana.submit("/notices", "/contest", object=refused, text="Encore")
    assert again.status == 422
    assert "You have already contested this decision." in again.words
    assert "Somebody had already decided" in (await answer(bob, "lifted")).words


@pytest.mark.rule("5.12")
async def test_it_is_contested_once_by_its_author_alone_and_with_words(
    site: Site, ana: Browser, bob: Browser, hidden: str
) -> None:
    for text in (" ", "x" * 2_001):
        wrong = await contest(ana, hidden, text)
        assert wrong.status == 422
        assert 'id="contest-error"' in wrong.text
        assert text in wrong.text
    for other in (bob, await site.signed_in("luis")):
        assert (await other.get(f"/contest?object={quote(hidden, safe='')}")).status == 404
        sent = await other.submit("/notices", "/contest", object=hidden, text="Moi")
        assert sent.status == 404
    await contest(ana, hidden)
    await ana.submit("/notices", "/contest", object=hidden, text="Encore")
    assert [row.text for row in await kept(site)] == ["C'est un avis."]
    luis = site.browsers[-1]
    assert (await luis.get(DESK)).status == 403
    assert (await answer(luis, "lifted")).status == 403


@pytest.mark.rule("5.13")
async def test_where_nobody_else_may_who_decided_looks_again(
    ana: Browser, fay: Browser, hidden: str
) -> None:
    await contest(ana, hidden)
    assert "Somebody contests a decision" in (await fay.get("/notices")).words
    assert "You made this decision yourself" not in (await fay.get(DESK)).words
    assert (await answer(fay, "upheld")).status == 200


@pytest.mark.rule("5.13")
async def test_who_is_suspended_or_may_not_decide_is_nobody_else(
    site: Site, ana: Browser, fay: Browser, refused: str
) -> None:
    await site.signed_in("mod", Role.MODERATOR)  # decides on no proposals
    await contest(ana, refused)
    assert (await answer(site.browsers[-1], "lifted")).status == 403
    assert (await answer(fay, "lifted")).status == 200


@pytest.mark.rule("5.13")
async def test_when_the_moderator_left_anybody_of_the_team_decides(
    site: Site, ana: Browser, fay: Browser, bob: Browser, hidden: str
) -> None:
    assert fay.site is site
    await contest(ana, hidden)
    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/fay", site.house, at=site.clock.now())
    assert (await answer(bob, "upheld")).status == 200
    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/bob", site.house, at=site.clock.now())
    (row,) = await kept(site)
    assert (row.outcome, row.decided_by) == ("upheld", None)


@pytest.mark.rule("5.13")
async def test_what_is_shown_again_meanwhile_lifts_the_contest_and_hidden_anew_is_another(
    site: Site, ana: Browser, fay: Browser, bob: Browser, hidden: str
) -> None:
    await contest(ana, hidden)
    await hide(bob, hidden, reason="Encore pire", code="hate")  # the same decision, other words
    assert (await contest(ana, hidden)).status == 422
    await hide(bob, hidden, show="1", reason="")
    assert [row.outcome for row in await kept(site)] == ["lifted"]
    assert "it has been lifted" in (await ana.get("/notices")).words
    await hide(fay, hidden)
    assert "Your contest has been sent." in (await contest(ana, hidden)).words
    assert len(await kept(site)) == 2


@pytest.mark.rule("5.13")
async def test_the_words_go_with_their_author(
    site: Site, ana: Browser, fay: Browser, hidden: str
) -> None:
    assert fay.site is site
    await contest(ana, hidden)
    async with site.database.read() as connection:
        taken = await belongings(connection, f"{site.base_url}/u/ana", at=site.clock.now())
    assert [one["text"] for one in taken["contests"]] == ["C'est un avis."]
    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/ana", site.house, at=site.clock.now())
    (row,) = await kept(site)
    assert (row.text, row.by, row.reason, row.outcome) == ("", None, None, "withdrawn")
    assert "Nobody contests anything." in (await fay.get(DESK)).words


@pytest.mark.rule("5.13")
async def test_the_words_go_with_a_refused_proposal_that_its_author_withdraws(
    site: Site, ana: Browser, refused: str
) -> None:
    await contest(ana, refused)
    place = path_of(refused)
    await ana.submit(f"{place}/delete", f"{place}/delete")
    (row,) = await kept(site)
    assert (row.text, row.by, row.outcome) == ("", None, "withdrawn")
