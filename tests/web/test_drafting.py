"""A consultation is made in the browser, step by step, and is nobody's business before."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dosfed.acts.draft_problems import problems
from dosfed.acts.exports import export_document
from dosfed.deliberation.consultations.history import load_history
from dosfed.deliberation.consultations.tables import ConsultationDrafts, Consultations
from dosfed.deliberation.model import Role
from dosfed.web.assets import folder
from dosfed.web.drafting.blueprints import Blueprint, from_blueprint
from tests.conftest import START
from tests.web.site import TOKEN, Answer, Browser, Site

LIST = "/admin/consultations"
EDITION = re.compile(r'name="edition" value="(\d+)"')
PREVIEW = re.compile(r'id="link" readonly value="[^"]*(/preview/[^"]+)"')
BASICS = {
    "title": "Fermer les quais aux voitures ?",
    "summary": "Une *question* simple.",
    "language": "fr",
    "organiser_title": "Ville de Sauveterre",
    "organiser": "",
    "name": "quais",
}


@pytest.fixture
async def clerk(site: Site) -> Browser:
    """The browser of an organiser of an instance without consultations."""
    return await site.signed_in("clerk", Role.ORGANISER)


async def begin(clerk: Browser, chosen: str = "blank", language: str = "fr") -> str:
    """Return the path of a new draft."""
    fields: dict[str, Any] = {"from": chosen, "language": language}
    page = await clerk.submit(LIST, LIST, **fields)
    assert page.status == 200, page.words
    return page.url.removeprefix(clerk.site.base_url).rpartition("/")[0]


async def save(clerk: Browser, path: str, **fields: Any) -> Answer:
    """Send a step with the edition that its page has."""
    found = EDITION.search((await clerk.get(path)).text)
    assert found is not None
    return await clerk.submit(path, path, edition=found[1], **fields)


async def publish(clerk: Browser, draft: str, **fields: Any) -> Answer:
    found = EDITION.search((await clerk.get(f"{draft}/review")).text)
    edition = found[1] if found else "1"
    return await clerk.submit(f"{draft}/review", f"{draft}/publish", edition=edition, **fields)


async def drafts_left(site: Site) -> int:
    async with site.database.read() as connection:
        rows = await connection.execute(select(func.count()).select_from(ConsultationDrafts))
        return rows.scalar_one()


@pytest.mark.rule("11.1")
async def test_a_clerk_goes_from_a_blueprint_to_an_open_consultation(clerk: Browser) -> None:
    site = clerk.site
    draft = await begin(clerk, "four-steps")
    assert "Fermer" not in (await site.browser().get("/")).words
    saved = await save(clerk, f"{draft}/basics", next="yes", **BASICS)
    assert saved.url.split("?")[0].endswith("/calendar")
    assert "Before you can publish" not in (await clerk.get(f"{draft}/review")).words

    done = await publish(clerk, draft, now="yes")

    assert done.url.split("?")[0] == f"{site.base_url}/c/quais"
    page = await site.browser().get("/c/quais")
    assert "Open" in page.words
    assert "informer" in page.words
    assert await drafts_left(site) == 0
    async with site.database.read() as connection:
        [line] = await load_history(connection, f"{site.base_url}/c/quais")
    assert (line.what, line.role) == ("published", Role.ORGANISER)
    assert (await clerk.get(f"{draft}/review")).status == 404


@pytest.mark.rule("11.1")
async def test_it_opens_at_its_date_unless_somebody_opens_it(clerk: Browser) -> None:
    draft = await begin(clerk)
    await save(clerk, f"{draft}/basics", **BASICS)

    await publish(clerk, draft)

    assert "Upcoming" in (await clerk.site.browser().get("/c/quais")).words


@pytest.mark.parametrize("language", ["fr", "es", "en"])
@pytest.mark.parametrize("chosen", list(Blueprint))
def test_each_blueprint_lacks_nothing_but_title_and_organiser(
    chosen: Blueprint, language: str
) -> None:
    document = from_blueprint(
        folder("templates") / "blueprints", chosen, language, now=START, zone=None
    )
    named = {**document, "title": "T", "name": "t", "organiser": {"name": "o", "title": "O"}}

    assert problems(document, now=START) != []
    assert problems(named, now=START) == []


@pytest.mark.rule("11.1")
async def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(clerk: Browser) -> None:
    draft = await begin(clerk)
    await save(clerk, f"{draft}/basics", **BASICS)
    rows = {
        "phase_kind": ["proposals", ""],
        "phase_title": ["Idées", ""],
        "phase_opens": ["2027-03-01T10:00", ""],
        "phase_closes": ["2027-04-01T10:00", ""],
        "phase_text": ["", ""],
    }
    dates = {"opens": "2027-01-01T09:00", "closes": "2027-02-31T09:00"}

    page = await save(clerk, f"{draft}/calendar", **dates, **rows)

    assert 'value="2027-02-31T09:00"' in page.text
    assert "Give a day and an hour, after the beginning." in page.words
    page = await save(clerk, f"{draft}/calendar", **{**dates, "closes": "2027-02-01T09:00"}, **rows)
    assert "phase_closes-0-error" in page.text
    review = await clerk.get(f"{draft}/review")
    assert "Before you can publish" in review.words
    assert (await publish(clerk, draft)).status == 422
    assert await drafts_left(clerk.site) == 1


@pytest.mark.rule("11.1")
async def test_a_vote_outside_its_consultation_is_not_published(clerk: Browser) -> None:
    draft = await begin(clerk)
    await save(clerk, f"{draft}/basics", **BASICS)
    proposal = {
        "title": "Deux rives",
        "text": "Laquelle ?",
        "tags": "quais, eau",
        "method": "single",
        "options": "Nord\nSud",
        "opens": "",
        "closes": "2032-01-01T09:00",
        "counts": "hidden",
        "counts_from": "5",
        "scale": "",
    }
    await save(clerk, f"{draft}/proposals/0", **proposal)
    assert (await publish(clerk, draft)).status == 422
    page = await clerk.get(f"{draft}/proposals/0")
    assert 'id="closes-error"' in page.text

    await save(clerk, f"{draft}/proposals/0", **{**proposal, "closes": ""})
    await publish(clerk, draft, now="yes")

    async with clerk.site.database.read() as connection:
        [quays] = (await export_document(connection, "quais"))["consultations"]
    [given] = quays["proposals"]
    assert (given["title"], given["tags"]) == ("Deux rives", ["eau", "quais"])
    assert given["poll"]["options"] == ["Nord", "Sud"]
    assert given["poll"]["counts"] == "hidden"


@pytest.mark.rule("11.1")
async def test_of_two_who_save_at_once_the_second_sees_what_the_first_wrote(
    clerk: Browser,
) -> None:
    draft = await begin(clerk)
    second = await clerk.site.signed_in("luc", Role.OPERATOR)
    seen = EDITION.search((await second.get(f"{draft}/basics")).text)
    assert seen is not None
    await save(clerk, f"{draft}/basics", **BASICS)

    fields: dict[str, Any] = {**BASICS, "title": "Les quais à pied"}
    page = await second.submit(f"{draft}/basics", f"{draft}/basics", edition=seen[1], **fields)

    assert page.status == 422
    assert "Saved meanwhile: Fermer les quais aux voitures ?" in page.words
    assert 'value="Les quais à pied"' in page.text
    again = EDITION.search(page.text)
    assert again is not None
    kept = await second.submit(f"{draft}/basics", f"{draft}/basics", edition=again[1], **fields)
    assert kept.status == 200
    assert "Les quais à pied" in (await clerk.get(LIST)).words


@pytest.mark.rule("11.1")
async def test_a_preview_is_for_who_has_the_link_until_it_is_published(clerk: Browser) -> None:
    draft, stranger = await begin(clerk, "assembly"), clerk.site.browser()
    await save(clerk, f"{draft}/basics", **BASICS)
    first, second = [
        found[1]
        for found in [
            PREVIEW.search((await clerk.submit(f"{draft}/review", f"{draft}/preview")).text)
            for _ in range(2)
        ]
        if found is not None
    ]

    page = await stranger.get(second)

    assert "Fermer les quais aux voitures ?" in page.words
    assert "Premier choix" in page.words
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "<form" not in page.text.partition('id="content"')[2].partition("</main>")[0]
    assert (await stranger.get(first)).status == 404
    json_ = await stranger.get(second, accept="application/activity+json")
    assert "activity+json" not in json_.headers["content-type"]
    await publish(clerk, draft)
    assert (await stranger.get(second)).status == 404


@pytest.mark.rule("11.1")
async def test_a_preview_can_be_revoked_and_a_draft_deleted(clerk: Browser) -> None:
    draft = await begin(clerk, "ideas")
    found = PREVIEW.search((await clerk.submit(f"{draft}/review", f"{draft}/preview")).text)
    assert found is not None
    assert "Something is still missing" in (await clerk.site.browser().get(found[1])).words
    await clerk.submit(f"{draft}/review", f"{draft}/preview", revoke="yes")
    assert (await clerk.site.browser().get(found[1])).status == 404
    await clerk.submit(f"{draft}/delete", f"{draft}/delete")
    assert await drafts_left(clerk.site) == 0


@pytest.mark.rule("11.1")
async def test_a_draft_published_twice_at_once_makes_one_consultation(clerk: Browser) -> None:
    draft = await begin(clerk)
    await save(clerk, f"{draft}/basics", **BASICS)
    page = await clerk.get(f"{draft}/review")
    token, edition = TOKEN.search(page.text), EDITION.search(page.text)
    assert token is not None
    assert edition is not None
    fields = [("csrf", token[1]), ("edition", edition[1])]

    first = await clerk.post(f"{draft}/publish", fields)
    second = await clerk.post(f"{draft}/publish", fields)

    assert (first.status, second.status) == (200, 404)
    async with clerk.site.database.read() as connection:
        rows = await connection.execute(select(func.count()).select_from(Consultations))
        assert rows.scalar_one() == 1


@pytest.mark.rule("11.1")
async def test_a_name_that_is_taken_is_told_before_publishing(clerk: Browser) -> None:
    for name in ("quais", "admin", "clerk"):
        draft = await begin(clerk)
        await save(clerk, f"{draft}/basics", **{**BASICS, "name": name})
        if name == "quais":
            await publish(clerk, draft)
            draft = await begin(clerk)
            await save(clerk, f"{draft}/basics", **BASICS)
        assert "This name is taken" in (await clerk.get(f"{draft}/basics")).words
        assert (await publish(clerk, draft)).status == 422


@pytest.mark.rule("11.1")
async def test_a_draft_begins_with_another_consultation_or_with_a_file(clerk: Browser) -> None:
    draft = await begin(clerk, "four-steps")
    await save(clerk, f"{draft}/basics", **BASICS)
    await publish(clerk, draft, now="yes")
    another = await clerk.submit(LIST, LIST, language="fr", another="quais")
    path = another.url.removeprefix(clerk.site.base_url).partition("?")[0]
    assert BASICS["title"] in another.words or BASICS["title"] in another.text
    page = await clerk.get(path.replace("basics", "review"))
    assert "This name is taken" not in page.words
    assert "letters a to z" in page.words

    async with clerk.site.database.read() as connection:
        exported = await export_document(connection, "quais")
    raw = json.dumps(exported).encode()
    uploaded = await upload(clerk, raw)
    assert "This name is taken" in uploaded.words or uploaded.status == 200
    exported["consultations"][0]["opens"] = "tomorrow"
    refused = await upload(clerk, json.dumps(exported).encode())
    assert refused.status == 422
    assert "consultations[0].opens: expected a date" in refused.words
    assert (await upload(clerk, b"{" * 100_000)).status == 422


async def upload(clerk: Browser, raw: bytes) -> Answer:
    return await clerk.upload(LIST, LIST, "file", raw)


@pytest.mark.rule("11.1")
@pytest.mark.parametrize("role", [Role.CITIZEN, Role.FACILITATOR])
async def test_nobody_below_an_organiser_comes_near_a_draft(clerk: Browser, role: Role) -> None:
    draft = await begin(clerk)
    other = await clerk.site.signed_in("other", role)
    for path in (LIST, f"{draft}/basics", f"{draft}/review", f"{draft}/delete"):
        assert (await other.get(path)).status == 403
        assert "/sign-in" in (await clerk.site.browser().get(path)).url
    page = await other.get("/account")
    token = TOKEN.search(page.text)
    assert token is not None
    for path in (f"{draft}/publish", f"{draft}/delete", f"{draft}/preview", f"{draft}/basics"):
        fields = [("csrf", token[1]), ("edition", "1")]
        assert (await other.post(path, fields)).status == 403


async def test_of_who_leaves_the_draft_stays_and_not_the_name(clerk: Browser) -> None:
    site = clerk.site
    await site.signed_in("boss", Role.OPERATOR)
    await begin(clerk)
    site.clock.moment += timedelta(days=1)
    await clerk.submit("/account/delete", "/account/delete", name="clerk")
    async with site.database.read() as connection:
        [made_by] = (await connection.execute(select(ConsultationDrafts.made_by))).scalars()
    assert made_by is None


@pytest.mark.rule("11.1")
async def test_what_was_to_begin_with_a_consultation_begins_when_it_is_opened(
    clerk: Browser,
) -> None:
    draft = await begin(clerk, "four-steps")
    await save(clerk, f"{draft}/basics", **BASICS)

    await publish(clerk, draft, now="yes")

    async with clerk.site.database.read() as connection:
        [quays] = (await export_document(connection, "quais"))["consultations"]
    first, second, *_ = quays["phases"]
    assert quays["opens"] == first["opens"] == "2026-05-01T12:00:00Z"
    assert second["opens"] == "2026-05-22T09:00:00Z"


@pytest.mark.rule("11.1")
async def test_an_organiser_gets_a_name_that_nobody_has(clerk: Browser) -> None:
    await clerk.site.signed_in("mairie", Role.CITIZEN)
    for number, (organiser, name) in enumerate([("Mairie", ""), ("Admin", ""), ("日本", "")]):
        draft = await begin(clerk)
        fields = {**BASICS, "title": "Mairie", "organiser_title": organiser, "name": name}
        saved = await save(clerk, f"{draft}/basics", **fields)
        assert "This name is taken" not in saved.words
        assert (await publish(clerk, draft)).status == 200, number
    async with clerk.site.database.read() as connection:
        exported = (await export_document(connection))["consultations"]
    names = [(one["name"], one["organiser"]["name"]) for one in exported]
    assert names == [
        ("mairie3", "mairie2"),
        ("mairie4", "admin2"),
        ("mairie5", "organiser"),
    ]


@pytest.mark.rule("11.1")
async def test_a_name_of_an_organiser_that_was_taken_meanwhile_is_told(clerk: Browser) -> None:
    draft = await begin(clerk)
    await save(clerk, f"{draft}/basics", **{**BASICS, "organiser_title": "Mairie"})
    await clerk.site.signed_in("mairie", Role.CITIZEN)

    refused = await publish(clerk, draft)

    assert refused.status == 422
    assert "Before you can publish" in refused.words
    assert "organiser_title-error" in (await clerk.get(f"{draft}/basics")).text
    await save(clerk, f"{draft}/basics", **{**BASICS, "organiser_title": "Mairie"})
    assert (await publish(clerk, draft)).status == 200


async def test_two_consultations_of_the_same_organiser_share_it(clerk: Browser) -> None:
    for name in ("quais", "ponts"):
        draft = await begin(clerk)
        await save(clerk, f"{draft}/basics", **{**BASICS, "name": name})
        assert (await publish(clerk, draft)).status == 200
    async with clerk.site.database.read() as connection:
        assert (await export_document(connection))["organiser"]["name"] == "ville_de_sauveterre"


async def test_what_is_wrong_in_one_step_hides_nothing_of_another(clerk: Browser) -> None:
    draft = await begin(clerk)
    await save(
        clerk, f"{draft}/basics", **{**BASICS, "title": "", "name": "", "summary": "x" * 20_001}
    )
    people = {"eligible": "hosts", "hosts": "", "reasons": "", "erase_after_days": "many"}

    page = await save(clerk, f"{draft}/participation", **people)

    assert "Give servers like masto.example, one on each line." in page.words
    assert "Give a whole number of days, at most 3,650." in page.words
    basics = (await clerk.get(f"{draft}/basics")).words
    assert "Give a title, of at most 200 characters." in basics
    assert "At most 20,000 characters." in basics


async def test_a_phase_without_its_kind_keeps_what_was_typed(clerk: Browser) -> None:
    draft = await begin(clerk)
    dates = {"opens": "2027-01-01T09:00", "closes": "2028-01-01T09:00"}
    rows = {
        "phase_kind": [""],
        "phase_title": ["Marcher ensemble"],
        "phase_opens": [""],
        "phase_closes": [""],
        "phase_text": [""],
    }

    for _ in range(2):
        page = await save(clerk, f"{draft}/calendar", **dates, **rows)
        assert "Marcher ensemble" in page.text
        assert "phase_kind-0-error" in page.text
    rows["phase_title"] = [""]
    assert "Marcher ensemble" not in (await save(clerk, f"{draft}/calendar", **dates, **rows)).text


async def test_a_file_keeps_its_seconds_and_its_language_when_a_step_is_saved(
    clerk: Browser,
) -> None:
    consultation = {
        "name": "molls",
        "title": "Els molls",
        "language": "ca",
        "opens": "2027-01-01T00:00:30Z",
        "closes": "2028-12-31T23:59:59Z",
        "reasons": [{"code": "too-late", "title": "Massa tard"}],
    }
    file = {
        "dosfed": 1,
        "organiser": {"name": "port", "title": "El port"},
        "consultations": [consultation],
    }
    uploaded = await upload(clerk, json.dumps(file).encode())
    assert '<option value="ca" selected>' in uploaded.text
    draft = uploaded.url.removeprefix(clerk.site.base_url).rpartition("/")[0]
    people = {"eligible": "anyone", "reasons": "Massa tard\nOther\nFora de lloc"}
    await save(clerk, f"{draft}/participation", erase_after_days="90", **people)
    shown = {"opens": "2027-01-01T00:00", "closes": "2028-12-31T23:59"}
    await save(clerk, f"{draft}/calendar", **shown)
    await publish(clerk, draft)

    async with clerk.site.database.read() as connection:
        [kept] = (await export_document(connection, "molls"))["consultations"]

    assert (kept["opens"], kept["closes"]) == (consultation["opens"], consultation["closes"])
    assert kept["language"] == "ca"
    assert [one["code"] for one in kept["reasons"]] == ["too-late", "other2", "fora-de-lloc"]


async def test_a_draft_has_no_more_proposals_than_its_pages_show(clerk: Browser) -> None:
    many = {
        "dosfed": 1,
        "organiser": {"name": "port", "title": "El port"},
        "consultations": [
            {
                "name": "molls",
                "title": "Els molls",
                "language": "ca",
                "opens": "2027-01-01T00:00:00Z",
                "closes": "2028-12-31T00:00:00Z",
                "proposals": [{"title": "Un", "text": "dos"}] * 501,
            }
        ],
    }
    refused = await upload(clerk, json.dumps(many).encode())
    assert refused.status == 422
    assert "consultations[0].proposals: at most 500 in a draft" in refused.words
