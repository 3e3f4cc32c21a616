"""Writing a proposal: preview, drafts, tags, groups, and what is refused."""

import re

import pytest
from sqlalchemy import func, insert, select

from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Drafts, ProposalPosts, ProposalTags
from dosfed.deliberation.search.indexing import catch_up
from tests.web.conftest import IMPORT
from tests.web.site import Browser, Site, path_of

WRITE = "/c/quais/propose"
SUBMIT = "/c/quais/proposals"
OPEN = {**IMPORT, "consultations": [{**IMPORT["consultations"][0], "needs_facilitator": False}]}
RTL = "\u202egnirts"


@pytest.fixture
async def ana(site: Site) -> Browser:
    """A citizen of an instance whose consultation publishes proposals at once."""
    await site.import_(OPEN)
    return await site.signed_in("ana")


async def count(site: Site, table: type[ProposalPosts | Drafts]) -> int:
    async with site.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_page_to_write_on_says_what_becomes_of_a_proposal(site: Site) -> None:
    await site.import_(IMPORT)
    page = await (await site.signed_in("ana")).get(WRITE)

    assert page.status == 200
    assert page.text.count("<h1") == 1
    assert "A facilitator reads it before it is published with your name." in page.words


async def test_a_stranger_reads_how_to_propose_and_is_led_to_the_sign_in(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    page = await site.browser().get(WRITE)

    assert page.status == 200
    assert "/sign-in?return_to=/c/quais/propose" in page.text
    assert "<textarea" not in page.text


async def test_a_preview_shows_the_text_and_submits_nothing(site: Site, ana: Browser) -> None:
    page = await ana.submit(WRITE, WRITE, step="preview", title="Des bancs", text="Trois **bancs**")

    assert page.status == 200
    assert "Trois <strong>bancs</strong>" in page.text
    assert 'value="Des bancs"' in page.text
    assert await count(site, ProposalPosts) == 6


async def test_a_preview_shows_what_is_proposed_already(site: Site, ana: Browser) -> None:
    await ana.submit(WRITE, SUBMIT, title="Planter des platanes", text="Le long des quais.")
    async with site.database.write() as connection:
        await catch_up(connection)
    page = await ana.submit(WRITE, WRITE, step="preview", title="Planter des platanes ici", text="")

    assert "Similar proposals" in page.words
    assert "Planter des platanes" in page.words


async def test_a_proposal_carries_its_tags_and_its_group(site: Site, ana: Browser) -> None:
    page = await ana.submit(
        WRITE,
        SUBMIT,
        title="Des bancs",
        text="Trois.\n\nEn bois.",
        tags="#Mobilier, voies  sur berge,mobilier",
        group_name="Atelier du mardi",
        group_size="23",
    )

    assert page.status == 200
    assert "Atelier du mardi , 23 people, entered by @ana" in page.words
    assert "/c/quais?tag=voies%20sur%20berge" in page.text
    async with site.database.read() as connection:
        tags = (await connection.execute(select(ProposalTags.tag))).scalars().all()
    assert sorted(tags) == ["Mobilier", "voies sur berge"]


async def test_the_proposal_tells_other_servers_its_tags_and_its_group(ana: Browser) -> None:
    page = await ana.submit(
        WRITE,
        SUBMIT,
        title="Des bancs",
        text="",
        tags="voies sur berge",
        group_name="Atelier",
        group_size="1",
    )
    document = await ana.get(page.url.partition("?")[0], accept="application/activity+json")

    assert '"dosfed:tags":["voies sur berge"]' in document.text
    assert '"name":"#VoiesSurBerge"' in document.text
    assert '"dosfed:group":"Atelier","dosfed:groupSize":1' in document.text
    assert "Atelier (1 personne)" in document.text


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"title": ""}, "title", "Please fill in this field."),
        ({"title": "\u200b \u2060"}, "title", "Please fill in this field."),
        ({"title": "x" * 201}, "title", "200 characters at most; yours has 201."),
        ({"title": "a", "text": "x" * 20_001}, "text", "20,000 characters at most"),
        ({"title": "a", "tags": "a,b,c,d,e,f"}, "tags", "Five tags at most"),
        ({"title": "a", "tags": "x" * 41}, "tags", "Five tags at most"),
        ({"title": "a", "group_name": "Atelier"}, "group", "Give the name of the group"),
        ({"title": "a", "group_size": "12"}, "group", "Give the name of the group"),
        ({"title": "a", "group_name": "A", "group_size": "-1"}, "group", "Give the name"),
        ({"title": "a", "group_name": "A", "group_size": "²"}, "group", "Give the name"),
        ({"title": "a", "group_name": "A", "group_size": "99999999"}, "group", "Give the name"),
    ],
)
async def test_what_is_refused_says_why_beside_its_field_and_keeps_what_was_typed(
    site: Site, ana: Browser, fields: dict[str, str], field: str, reason: str
) -> None:
    page = await ana.submit(WRITE, SUBMIT, follow=True, **{"text": "Mes mots", **fields})

    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert reason in page.words
    assert fields.get("text", "Mes mots")[:50] in page.text
    assert await count(site, ProposalPosts) == 6


async def test_html_and_turned_around_letters_stay_words(ana: Browser) -> None:
    title = f"<script>alert(1)</script> {RTL}"
    page = await ana.submit(WRITE, SUBMIT, title=title, text=title, tags="<b>")

    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "&lt;b&gt;" in page.text


@pytest.mark.rule("3.15")
async def test_a_form_sent_twice_makes_one_proposal(site: Site, ana: Browser) -> None:
    first = await ana.submit(WRITE, SUBMIT, title="Des bancs", text="Trois.")
    second = await ana.submit(WRITE, SUBMIT, title=" Des  bancs ", text="Trois.")

    assert first.url == second.url
    assert await count(site, ProposalPosts) == 7


async def test_a_closed_phase_refuses_and_keeps_what_was_typed(site: Site, ana: Browser) -> None:
    site.clock.advance(days=400)
    ana = await site.signed_in("luc")

    page = await ana.submit("/c/quais", SUBMIT, title="Trop tard", text="Mes mots")

    assert page.status == 422
    assert "does not allow this at the moment" in page.words
    assert "Mes mots" in page.text


def draft_of(page: str) -> str:
    found = re.search(r'name="draft" value="([a-z0-9]{16})"', page)
    assert found is not None
    return found[1]


async def test_a_draft_is_kept_changed_and_gone_once_it_is_proposed(
    site: Site, ana: Browser
) -> None:
    draft = draft_of((await ana.get(WRITE)).text)
    kept = await ana.submit(
        WRITE, WRITE, step="draft", draft=draft, title="Des bancs", text="Un", tags="x, y"
    )
    assert kept.status == 200
    assert "Draft saved." in kept.words
    assert 'value="x, y"' in kept.text

    await ana.submit(WRITE, WRITE, step="draft", draft=draft, title="Des bancs", text="Deux")
    drafts = await ana.get("/account/drafts")
    assert drafts.words.count("Des bancs") == 2  # its title, and the name of its button
    again = await ana.get(f"{WRITE}?draft={draft}")
    assert ">Deux</textarea>" in again.text

    await ana.submit(WRITE, SUBMIT, draft=draft, title="Des bancs", text="Deux")
    assert await count(site, Drafts) == 0
    assert "You have no drafts." in (await ana.get("/account/drafts")).words


@pytest.mark.rule("3.14")
async def test_a_draft_is_nobody_else_s(site: Site, ana: Browser) -> None:
    draft = draft_of((await ana.get(WRITE)).text)
    await ana.submit(WRITE, WRITE, step="draft", draft=draft, title="Secret")
    operator = await site.signed_in("olga", Role.OPERATOR)

    assert (await operator.get(f"{WRITE}?draft={draft}")).status == 404
    stolen = await operator.submit(WRITE, WRITE, step="draft", draft=draft, title="Autre")
    assert stolen.status == 404
    await operator.submit("/account", f"/account/drafts/{draft}/delete")
    await operator.submit(WRITE, SUBMIT, draft=draft, title="Autre")
    assert await count(site, Drafts) == 1
    answer = await site.browser().get(f"{WRITE}?draft={draft}", follow=False)
    assert answer.status == 303


async def test_a_draft_is_deleted_by_its_author(site: Site, ana: Browser) -> None:
    draft = draft_of((await ana.get(WRITE)).text)
    await ana.submit(WRITE, WRITE, step="draft", draft=draft, title="Secret")

    page = await ana.submit("/account/drafts", f"/account/drafts/{draft}/delete")

    assert "Draft deleted." in page.words
    assert await count(site, Drafts) == 0


async def test_an_empty_draft_and_the_fifty_first_are_refused(site: Site, ana: Browser) -> None:
    empty = await ana.submit(WRITE, WRITE, step="draft", title=" ", text="")
    assert empty.status == 422
    async with site.database.write() as connection:
        row = (await connection.execute(select(ProposalPosts.consultation).limit(1))).scalar_one()
        await connection.execute(
            insert(Drafts),
            [
                {
                    "id": f"{number:016}",
                    "author": f"{site.base_url}/u/ana",
                    "consultation": row,
                    "title": "x",
                    "text": "",
                    "language": "fr",
                    "tags": "",
                    "group_name": "",
                    "group_size": "",
                    "saved_at": site.clock.now(),
                }
                for number in range(50)
            ],
        )
    full = await ana.submit(WRITE, WRITE, step="draft", title="Encore", text="")
    assert full.status == 422
    assert "You have reached the limit." in full.words


async def test_what_was_written_is_shown_again_without_a_session(site: Site, ana: Browser) -> None:
    opened = await ana.get(WRITE)
    assert opened.status == 200
    stranger = site.browser()

    page = await stranger.submit(WRITE, SUBMIT, title="Mon titre", text="Mes mots")

    assert page.status == 403
    assert "Mon titre" in page.text
    assert "Mes mots" in page.text


async def test_the_page_of_a_proposal_lets_each_part_be_argued_about(
    ana: Browser,
) -> None:
    page = await ana.submit(WRITE, SUBMIT, title="Deux parts", text="La première.\n\nLa seconde.")
    found = re.findall(r'<div class="clause" id="(c-[0-9a-f]{8})"', page.text)

    assert len(found) == 2
    assert f'href="?clause={found[1]}#answer"' in page.text
    assert path_of(page.url)
