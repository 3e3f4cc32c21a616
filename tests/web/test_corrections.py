"""Corrections: the team asks, the author answers, and nobody else reads it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from dosfed.acts.clockwork import sweep
from dosfed.acts.leaving import leave
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Corrections
from tests.web.admin.test_waiting_room import ROOM, decide, opened, propose
from tests.web.conftest import IMPORT
from tests.web.site import Browser, Site


@pytest.fixture
async def fay(site: Site) -> Browser:
    """A facilitator."""
    await site.import_(IMPORT)
    return await site.signed_in("fay", Role.FACILITATOR)


@pytest.fixture
async def ana(site: Site, fay: Browser) -> Browser:
    """An author whose proposal waits."""
    assert fay.site is site
    browser = await site.signed_in("ana")
    await propose(browser, "Une halle")
    return browser


@pytest.fixture
async def place(site: Site, ana: Browser, fay: Browser) -> str:
    """The path of that proposal, whose author was asked where."""
    assert ana.site is site
    path = opened((await fay.get(ROOM)).text).removeprefix(site.base_url)
    done = await decide(fay, answer="ask", question="Où donc, <b>Ana</b> ?")
    assert "Its author has been asked to change it." in done.words
    return path


@pytest.mark.rule("3.34")
async def test_an_author_is_asked_and_answers_and_the_team_reads_it(
    site: Site, ana: Browser, fay: Browser, place: str
) -> None:
    assert "Nothing to read." in (await fay.get(ROOM)).words
    assert "Une halle" in (await fay.get(f"{ROOM}?asked=1")).words
    told = await ana.get("/notices")
    assert "The team asks you to change your proposal" in told.words
    assert f'href="{place}/correction"' in told.text
    assert f'href="{place}/correction"' in (await ana.get("/c/quais")).text

    page = await ana.get(f"{place}/correction")
    assert "Où donc, &lt;b&gt;Ana&lt;/b&gt; ?" in page.text
    done = await ana.submit(f"{place}/correction", f"{place}/correction", text="Place du lavoir.")
    assert "Your answer has been sent to the team." in done.words

    room = await fay.get(ROOM)
    assert "Place du lavoir." in room.words
    assert "Une halle" in room.words
    assert "1 new" in (await fay.get("/")).words
    await decide(fay, answer="accept")
    assert "lavoir" in (await ana.get(f"{place}/correction")).words
    public = await site.browser().get(place)
    assert "lavoir" not in public.text
    late = await ana.submit(f"{place}/delete", f"{place}/correction", text="Merci")
    assert late.status == 422
    assert "This has already been decided." in late.words


@pytest.mark.rule("3.34")
async def test_an_author_answers_by_changing_the_proposal(
    ana: Browser, fay: Browser, place: str
) -> None:
    await ana.submit(
        f"{place}/edit", f"{place}/edit", title="Une halle ici", text="x", follows="1", note=""
    )

    assert "Une halle ici" in (await fay.get(ROOM)).words
    assert "Nothing to read." in (await fay.get(f"{ROOM}?asked=1")).words
    # What was read before that is asked about no more.
    outdated = await decide(fay, answer="ask", question="Et ?", version="1")
    assert outdated.status == 422


@pytest.mark.rule("3.34")
async def test_nobody_else_reads_the_conversation_or_speaks_in_it(
    site: Site, place: str, fay: Browser
) -> None:
    luis = await site.signed_in("luis")
    mod = await site.signed_in("mod", Role.MODERATOR)
    for reader in (luis, mod, site.browser()):
        for path in (f"{place}/correction", place, "/c/quais", f"{place}/edit"):
            assert "Où donc" not in (await reader.get(path)).text
    for speaker in (luis, mod, fay):
        spoken = await speaker.submit("/notices", f"{place}/correction", text="Moi aussi")
        assert spoken.status == 404
    async with site.database.read() as connection:
        assert len((await connection.execute(select(Corrections))).all()) == 1


@pytest.mark.rule("3.34")
async def test_what_is_typed_is_kept_where_it_is_refused_and_nobody_speaks_without_end(
    ana: Browser, fay: Browser, place: str
) -> None:
    page = f"{place}/correction"
    for text in (" ", "x" * 2_001):
        wrong = await ana.submit(page, page, text=text)
        assert wrong.status == 422
        assert 'id="answer-error"' in wrong.text
        assert text in wrong.text
    for _ in range(10):
        assert (await ana.submit(page, page, text="Encore")).status == 200
    assert (await ana.submit(page, page, text="Encore")).status == 422
    silent = await decide(fay, answer="ask", question=" ")
    assert silent.status == 422
    assert 'id="ask-error"' in silent.text
    await decide(fay, answer="ask", question="Assez.")
    assert (await ana.submit(page, page, text="Oui")).status == 200


async def test_nobody_answers_who_was_asked_nothing(site: Site, ana: Browser, fay: Browser) -> None:
    place = opened((await fay.get(ROOM)).text).removeprefix(site.base_url)

    assert (await ana.get(f"{place}/correction")).status == 404
    spoken = await ana.submit("/notices", f"{place}/correction", text="Alors ?")
    assert spoken.status == 404


@pytest.mark.rule("3.34")
async def test_the_conversation_goes_with_its_proposal_its_author_and_its_time(
    site: Site, ana: Browser, place: str
) -> None:
    await ana.submit(f"{place}/correction", f"{place}/correction", text="Place du lavoir.")
    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/fay", site.house, at=site.clock.now())
    assert await lines(site) == [(None, "Où donc, <b>Ana</b> ?"), ("ana", "Place du lavoir.")]

    later = site.clock.now() + timedelta(days=184)
    async with site.database.write() as connection:
        await sweep(connection, now=later, since=None)
    assert len(await lines(site)) == 2  # nobody has decided
    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/ana", site.house, at=site.clock.now())
    assert await lines(site) == []


@pytest.mark.rule("3.34")
async def test_half_a_year_after_its_last_word_it_goes_once_it_was_decided_on(
    site: Site, ana: Browser, fay: Browser, place: str
) -> None:
    site.clock.advance(days=1)
    await ana.submit(f"{place}/correction", f"{place}/correction", text="Place du lavoir.")
    await decide(fay, answer="refuse", code="unclear")
    said = site.clock.now()
    for days, left in ((182, 2), (184, 0)):
        async with site.database.write() as connection:
            await sweep(connection, now=said + timedelta(days=days), since=None)
        assert len(await lines(site)) == left


async def lines(site: Site) -> list[tuple[str | None, str]]:
    async with site.database.read() as connection:
        rows = await connection.execute(
            select(Corrections.by, Corrections.text).order_by(Corrections.id)
        )
        return [(by and re.sub(".*/", "", by), text) for by, text in rows]
