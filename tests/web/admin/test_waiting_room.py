"""The waiting room: one queue over all consultations, decided on without a script."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select

from dosfed.deliberation.model import Role
from dosfed.deliberation.posts.tables import ModerationLog
from dosfed.deliberation.team.tables import ConsultationTeam
from tests.web.conftest import IMPORT
from tests.web.site import Browser, Site

ROOM = "/admin/waiting"
SECOND = IMPORT["consultations"][0] | {
    "name": "places",
    "title": "Quelles places ?",
    "proposals": [],
    "reasons": [{"code": "budget", "title": "Hors du budget"}],
}
BOTH: dict[str, Any] = IMPORT | {"consultations": [*IMPORT["consultations"], SECOND]}


@pytest.fixture
async def fay(site: Site) -> Browser:
    """A facilitator."""
    await site.import_(BOTH)
    return await site.signed_in("fay", Role.FACILITATOR)


async def propose(browser: Browser, title: str, consultation: str = "quais") -> None:
    place = f"/c/{consultation}"
    sent = await browser.submit(
        f"{place}/propose", f"{place}/proposals", title=title, text="Le **soir**.", language="fr"
    )
    assert "A facilitator will read your proposal" in sent.words


def opened(text: str) -> str:
    """Return the id of what is shown whole."""
    found = re.search(r'name="object" value="([^"]+)"', text)
    return "" if found is None else found[1]


async def decide(browser: Browser, place: str = ROOM, **fields: str) -> Any:
    page = await browser.get(place)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    given: dict[str, Any] = {
        "object": opened(page.text),
        "version": version[1] if version else "",
        **fields,
    }
    return await browser.submit(place, place, **given)


@pytest.mark.rule("3.9")
async def test_what_waits_anywhere_is_read_one_after_the_other(site: Site, fay: Browser) -> None:
    ana = await site.signed_in("ana")
    await propose(ana, "Une halle")
    site.clock.advance(hours=1)
    await propose(ana, "Un banc", "places")

    page = await fay.get(ROOM)
    assert "1 of 2" in page.words
    assert "Une halle" in page.words
    assert "soir" in page.words
    assert "Un banc" in page.words  # a line, to be opened

    done = await decide(fay, answer="accept")
    assert "It has been published. Here is the next one." in done.words
    assert "1 of 1" in done.words
    assert "Une halle" not in done.words
    assert "Une halle" in (await site.browser().get("/c/quais")).words

    done = await decide(fay, answer="refuse", code="budget", reason="Trop cher.")
    assert "Nothing to read." in done.words
    assert "Hors du budget. Trop cher." in (await ana.get("/account/writings")).words
    async with site.database.read() as connection:
        row = (await connection.execute(select(ModerationLog))).one()
    assert (row.became, row.code, row.consultation) == (
        "refused",
        "budget",
        f"{site.base_url}/c/places",
    )


async def test_the_queue_is_filtered_by_consultation_by_kind_and_by_how_long_it_waits(
    site: Site, fay: Browser
) -> None:
    ana = await site.signed_in("ana")
    await propose(ana, "Une halle")
    site.clock.advance(days=8)
    await propose(ana, "Un banc", "places")

    for query, shown, left in (
        ("consultation=places", "Un banc", "Une halle"),
        ("days=7", "Une halle", "Un banc"),
    ):
        page = await fay.get(f"{ROOM}?{query}")
        assert shown in page.words
        assert left not in page.words
    assert "Nothing to read." in (await fay.get(f"{ROOM}?kind=text")).words
    # What is no filter filters nothing.
    assert "1 of 2" in (await fay.get(f"{ROOM}?kind=x&days=1e9&item=%00")).words
    # A decision stays within the filter.
    done = await decide(fay, f"{ROOM}?consultation=places", answer="accept")
    assert "consultation=places" in done.url
    assert "Nothing to read." in done.words


async def test_one_is_skipped_and_the_next_one_is_shown_with_its_number(
    site: Site, fay: Browser
) -> None:
    ana = await site.signed_in("ana")
    for title in ("Un", "Deux", "Trois"):
        await propose(ana, title)
        site.clock.advance(seconds=10)

    page = await fay.get(ROOM)
    skip = re.search(r'href="([^"]+)#item" accesskey="n"', page.text)
    assert skip is not None
    second = skip[1].replace("&amp;", "&")
    page = await fay.get(second)
    assert "2 of 3" in page.words
    done = await decide(fay, second, answer="accept")
    assert "2 of 2" in done.words
    assert "Trois" in re.search(r'id="item-title".*', done.text)[0]  # type: ignore[index]


@pytest.mark.rule("3.9")
async def test_a_refusal_without_a_reason_keeps_what_was_typed_beside_the_field(
    site: Site, fay: Browser
) -> None:
    await propose(await site.signed_in("ana"), "Une halle")

    for code in ("", "other"):
        silent = await decide(fay, answer="refuse", code=code, reason=" ")
        assert silent.status == 422
        assert 'id="why-error"' in silent.text
    long = await decide(fay, answer="refuse", code="unclear", reason="x" * 4_001)
    assert long.status == 422
    assert "x" * 4_001 in long.text
    assert 'value="unclear" selected' in long.text
    unknown = await decide(fay, answer="refuse", code="budget", reason="")  # of the other one
    assert unknown.status == 422
    assert "Une halle" in (await fay.get(ROOM)).words


@pytest.mark.rule("3.9")
async def test_what_was_decided_meanwhile_leads_to_the_next_and_what_changed_is_read_again(
    site: Site, fay: Browser
) -> None:
    ana = await site.signed_in("ana")
    await propose(ana, "Une halle")
    proposal = opened((await fay.get(ROOM)).text)
    place = proposal.removeprefix(site.base_url)
    await ana.submit(
        f"{place}/edit", f"{place}/edit", title="Deux halles", text="x", follows="1", note=""
    )

    outdated = await decide(fay, answer="accept", version="1")
    assert outdated.status == 422
    assert "Somebody changed this while you were writing." in outdated.words
    await decide(fay, answer="accept")
    over = await fay.submit(ROOM + "?days=3", ROOM, object=proposal, answer="refuse", reason="Non")
    assert "Somebody had already decided on it" in over.words


@pytest.mark.rule("3.9")
async def test_whoever_decides_in_one_consultation_alone_sees_nothing_of_another(
    site: Site, fay: Browser
) -> None:
    ana = await site.signed_in("ana")
    await propose(ana, "Une halle")
    elsewhere = opened((await fay.get(ROOM)).text)
    await propose(ana, "Un banc", "places")
    luis = await site.signed_in("luis")
    assert (await luis.get(ROOM)).status == 403
    assert (await site.browser().get(ROOM)).status == 200  # to sign in
    async with site.database.write() as connection:
        await connection.execute(
            insert(ConsultationTeam).values(
                consultation=f"{site.base_url}/c/places",
                user=f"{site.base_url}/u/luis",
                role="facilitator",
                since=site.clock.now(),
            )
        )

    page = await luis.get(f"{ROOM}?item={quote(elsewhere, safe='')}&consultation=")
    assert "Un banc" in page.words
    assert "Une halle" not in page.text
    over = await decide(luis, object=elsewhere, answer="accept")
    assert "Somebody had already decided on it" in over.words
    place = elsewhere.removeprefix(site.base_url)
    refused = await luis.submit(ROOM, f"{place}/accept", version="1")
    assert refused.status == 403
    assert "Une halle" in (await fay.get(ROOM)).words
    done = await decide(luis, answer="accept")
    assert "It has been published." in done.words


@pytest.mark.rule("3.31")
async def test_a_new_text_of_a_published_proposal_is_read_and_decided_on_in_the_same_queue(
    site: Site, fay: Browser
) -> None:
    ana = await site.signed_in("ana")
    await propose(ana, "Une halle")
    proposal = opened((await fay.get(ROOM)).text)
    await decide(fay, answer="accept")
    place = proposal.removeprefix(site.base_url)
    await ana.submit(
        f"{place}/edit", f"{place}/edit", title="Une grande halle", text="x", follows="1", note="n"
    )

    page = await fay.get(f"{ROOM}?kind=text")
    assert re.search(r"<ins>.*grande", page.text)
    number = {"number": "1", "version": "1"}
    silent = await decide(fay, answer="refuse", reason="", **number)
    assert silent.status == 422
    done = await decide(fay, answer="accept", **number)
    assert "It has been published." in done.words
    assert "Une grande halle" in (await site.browser().get(place)).words
