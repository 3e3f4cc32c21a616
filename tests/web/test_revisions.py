"""New texts, tags, taking back, and standing behind a proposal, on the pages of its home."""

import re

import orjson
import pytest
from sqlalchemy import func, select

from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import CoSigners, Proposals, ProposalVersions
from tests.web.conftest import IMPORT
from tests.web.site import JSON, Answer, Browser, Site, path_of

OPEN = {**IMPORT, "consultations": [{**IMPORT["consultations"][0], "needs_facilitator": False}]}
TEXT = "Les quais ferment.\n\nLes bus passent."


@pytest.fixture
async def proposals(site: Site) -> dict[str, str]:
    """The ids of the proposals of a consultation that publishes what is proposed at once."""
    return await site.import_(OPEN)


@pytest.fixture
async def ana(site: Site, proposals: dict[str, str]) -> Browser:
    """The author of a proposal."""
    assert proposals
    return await site.signed_in("ana")


@pytest.fixture
async def own(ana: Browser) -> str:
    """The path of a proposal that Ana made."""
    page = await ana.submit("/c/quais/propose", "/c/quais/proposals", title="Les quais", text=TEXT)
    return path_of(page.url.partition("?")[0])


async def revise(browser: Browser, path: str, **fields: str) -> Answer:
    given = {"title": "Les quais", "text": TEXT, "note": "Plus clair", "follows": "1", **fields}
    return await browser.submit("/c/quais", f"{path}/edit", follow=True, **given)


async def test_a_new_text_stands_and_the_one_before_stays_readable(ana: Browser, own: str) -> None:
    page = await revise(ana, own, text=TEXT + "\n\nLes taxis aussi.", note="Les taxis manquaient")

    assert page.status == 200
    assert "The new text has been published." in page.words
    assert "version 2" in page.words
    versions = await ana.get(f"{own}/versions")
    assert "Les taxis manquaient" in versions.words
    assert "by its author" in versions.words
    first, second = [await ana.get(f"{own}/versions/{number}") for number in (1, 2)]
    assert "Les taxis aussi." not in first.words
    assert "<ins>" not in first.text
    assert re.search(r"<ins>.*Les taxis aussi\..*</ins>", second.text, re.DOTALL)
    assert "Later version" in first.words
    assert "Earlier version" in second.words


async def test_what_went_is_marked_by_more_than_a_colour(ana: Browser, own: str) -> None:
    await revise(ana, own, title="Les berges", text="Les quais ferment.")

    page = await ana.get(f"{own}/versions/2")

    assert re.search(r"<del>.*Les bus passent\..*</del>", page.text, re.DOTALL)
    assert "[removed:" in page.words
    assert re.search(r"<ins>.*berges.*</ins>", page.text)


async def test_anchors_outlive_a_new_text(ana: Browser, own: str) -> None:
    before = re.findall(r'class="clause" id="(c-[0-9a-f]+)"', (await ana.get(own)).text)
    await revise(ana, own, text="Les bus passent ici.\n\nLes quais ferment.\n\nEt puis ?")

    after = re.findall(r'class="clause" id="(c-[0-9a-f]+)"', (await ana.get(own)).text)

    assert after[:2] == [before[1], before[0]]
    assert after[2] not in before


async def test_other_servers_hear_of_a_new_text(site: Site, ana: Browser, own: str) -> None:
    await revise(ana, own, title="Les berges")
    site.forget()

    document = orjson.loads((await ana.get(own, accept=JSON)).text)

    assert document["dosfed:title"] == "Les berges"
    assert document["dosfed:version"] == 2
    assert len(document["dosfed:clauses"]) == 2
    assert document["updated"] == "2026-05-01T12:00:00Z"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "Autre", "note": "\u200b"}, "note"),
        ({"text": "Autre", "note": "x" * 501}, "note"),
    ],
)
async def test_a_refused_text_says_why_beside_its_field(
    ana: Browser, own: str, fields: dict[str, str], field: str
) -> None:
    page = await revise(ana, own, **fields)

    assert page.status == 422
    assert f'id="{field}-error"' in page.text


async def test_who_saw_an_older_version_is_told_and_loses_nothing(
    site: Site, ana: Browser, own: str
) -> None:
    fay = await site.signed_in("fay", Role.FACILITATOR)
    await revise(fay, own, text="Corrigé.", note="Une faute")

    page = await revise(ana, own, text="Mes mots")

    assert page.status == 422
    assert "Somebody changed this while you were writing." in page.words
    assert "Mes mots" in page.text
    assert 'name="follows" value="2"' in page.text
    assert "by a facilitator" in (await ana.get(f"{own}/versions")).words


async def test_a_text_sent_twice_is_one_version(site: Site, ana: Browser, own: str) -> None:
    for _ in range(2):
        assert (await revise(ana, own, text="Autre")).status == 200

    async with site.database.read() as connection:
        count = select(func.count()).select_from(ProposalVersions)
        assert (await connection.execute(count)).scalar_one() == 1


async def test_nobody_but_its_author_and_facilitators_changes_a_proposal(
    site: Site, ana: Browser, own: str
) -> None:
    for name, role in (("cid", Role.CITIZEN), ("mod", Role.MODERATOR)):
        other = await site.signed_in(name, role)
        assert (await other.get(f"{own}/edit")).status == 403
        assert (await revise(other, own, text="Pris")).status == 403
        assert (await other.submit("/c/quais", f"{own}/tags", tags="x")).status == 403
        assert (await other.submit("/c/quais", f"{own}/delete")).status == 403
    assert (await site.browser().get(f"{own}/edit", follow=False)).status == 303
    assert "Pris" not in (await ana.get(own)).words


async def test_the_first_ballot_freezes_the_text_and_not_the_tags(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])
    fay = await site.signed_in("fay", Role.FACILITATOR)
    await fay.submit(path, f"{path}/ballot", option="Abstention")

    page = await revise(fay, path, text="Autre")
    assert page.status == 422
    assert "can no longer change" in page.words
    assert "Autre" in page.text
    tagged = await fay.submit("/c/quais", f"{path}/tags", tags="berges")
    assert tagged.status == 200
    assert "?tag=berges" in tagged.text


async def test_the_end_of_the_vote_freezes_the_text(site: Site, proposals: dict[str, str]) -> None:
    site.clock.advance(days=70)
    fay = await site.signed_in("fay", Role.FACILITATOR)

    page = await revise(fay, path_of(proposals["quais"]), text="Autre")

    assert page.status == 422
    assert "can no longer change" in page.words


@pytest.mark.rule("3.15")
async def test_its_author_takes_a_proposal_back_with_all_that_it_said(
    site: Site, ana: Browser, own: str
) -> None:
    await revise(ana, own, text="Autre")
    cid = await site.signed_in("cid")
    await cid.submit(own, f"{own}/co-sign", sign="1")

    asked = await ana.get(f"{own}/delete")
    assert "This cannot be undone." in asked.words
    page = await ana.submit(f"{own}/delete", f"{own}/delete")

    assert "Your proposal has been withdrawn." in page.words
    assert (await ana.get(own)).status == 410
    assert (await ana.get(f"{own}/versions")).status == 404
    async with site.database.read() as connection:
        for table in (ProposalVersions, CoSigners):
            count = select(func.count()).select_from(table)
            assert (await connection.execute(count)).scalar_one() == 0


async def test_a_waiting_proposal_is_changed_without_a_trace_and_by_its_author_alone(
    site: Site,
) -> None:
    await site.import_(IMPORT)
    ana, fay = await site.signed_in("ana"), await site.signed_in("fay", Role.FACILITATOR)
    await ana.submit("/c/quais/propose", "/c/quais/proposals", title="Les quais", text=TEXT)
    async with site.database.read() as connection:
        waiting = select(Proposals.id).where(Proposals.state == "waiting")
        path = path_of((await connection.execute(waiting)).scalar_one())

    assert (await revise(fay, path, text="Pris")).status == 403
    page = await revise(ana, path, text="Mieux", note="")
    assert "Mieux" in page.words
    await fay.submit("/c/quais", f"{path}/accept")

    assert "version" not in (await ana.get(path)).words.partition("Mieux")[0]
    assert (await ana.get(f"{path}/versions/2")).status == 404
    assert (await ana.get(f"{path}/versions/1")).status == 200


@pytest.mark.rule("3.9")
async def test_a_facilitator_publishes_only_what_they_have_read(site: Site) -> None:
    await site.import_(IMPORT)
    ana, fay = await site.signed_in("ana"), await site.signed_in("fay", Role.FACILITATOR)
    await ana.submit("/c/quais/propose", "/c/quais/proposals", title="Les quais", text=TEXT)
    async with site.database.read() as connection:
        waiting = select(Proposals.id).where(Proposals.state == "waiting")
        path = path_of((await connection.execute(waiting)).scalar_one())
    await revise(ana, path, text="Tout autre chose")

    page = await fay.submit("/c/quais", f"{path}/accept", version="1")
    assert page.status == 422
    assert "See what is new first." in page.words
    page = await fay.submit("/c/quais", f"{path}/accept", version="2")
    assert page.status == 200


async def test_people_stand_behind_a_proposal_by_name_and_step_back(site: Site, own: str) -> None:
    cid = await site.signed_in("cid")
    before = await cid.get(own)
    assert "Your name will be listed here for everyone to see." in before.words

    for _ in range(2):
        page = await cid.submit(own, f"{own}/co-sign", sign="1")
        assert "1 co-signer" in page.words
        assert "@cid" in page.words.partition("1 co-signer")[2]
    collection = orjson.loads((await cid.get(f"{own}/co-signers", accept=JSON)).text)
    assert collection["totalItems"] == 1
    assert "@cid" in (await site.browser().get(f"{own}/co-signers")).words

    page = await cid.submit(own, f"{own}/co-sign")
    assert "@cid" not in page.words.partition("Co-signers")[2]


async def test_an_author_does_not_co_sign_and_nobody_does_after_the_end(
    site: Site, ana: Browser, own: str
) -> None:
    page = await ana.submit(own, f"{own}/co-sign", sign="1")
    assert page.status == 422
    assert "This is your own proposal." in page.words

    site.clock.advance(days=300)
    cid = await site.signed_in("cid")
    page = await cid.submit("/", f"{own}/co-sign", sign="1")
    assert page.status == 422
    assert "does not allow this at the moment" in page.words


async def test_hostile_words_of_a_version_stay_words(ana: Browser, own: str) -> None:
    bad = "<script>alert(1)</script> \u202egnirts"
    await revise(ana, own, title=bad, text=bad, note=bad)

    for path in (own, f"{own}/versions", f"{own}/versions/2", f"{own}/edit"):
        page = await ana.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
