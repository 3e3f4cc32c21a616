"""Reports by people without an account, and what is read of words that were hidden."""

import pytest
from sqlalchemy import select

from dosfed.deliberation.debate.rules import REPORTS_OF_STRANGERS
from dosfed.deliberation.model import Role
from dosfed.deliberation.moderation.tables import Reports
from dosfed.web.services import MOST_OF_STRANGERS
from tests.web.site import Site, path_of


@pytest.mark.rule("3.20")
async def test_a_stranger_reports_what_is_wrong(site: Site, proposals: dict[str, str]) -> None:
    path = path_of(proposals["quais"])
    stranger = site.browser()
    assert f'href="{path}/report"' in (await stranger.get(path)).text
    assert "You do not need an account for this." in (await stranger.get(f"{path}/report")).words

    page = await stranger.submit(f"{path}/report", f"{path}/report", text="Mon adresse y figure.")

    assert "Thank you. The moderators will review it." in page.words
    max_ = await site.signed_in("max", Role.MODERATOR)
    desk = (await max_.get("/admin/reports")).words
    assert "without an account Mon adresse y figure." in desk


@pytest.mark.rule("3.20")
async def test_strangers_are_heard_only_so_often(site: Site, proposals: dict[str, str]) -> None:
    path = path_of(proposals["quais"])
    stranger = site.browser()
    for number in range(MOST_OF_STRANGERS):
        await stranger.submit(f"{path}/report", f"{path}/report", text=f"Numéro {number}")

    page = await stranger.submit(f"{path}/report", f"{path}/report", text="Encore")

    assert page.status == 429
    assert "Encore" in page.text
    async with site.database.read() as connection:
        kept = (await connection.execute(select(Reports.text, Reports.reporter))).all()
    assert len(kept) == REPORTS_OF_STRANGERS
    assert {row.reporter for row in kept} == {""}
    site.clock.advance(seconds=601)
    again = await stranger.submit(f"{path}/report", f"{path}/report", text=" ")
    assert again.status == 422


@pytest.mark.rule("3.20")
async def test_whoever_sends_many_without_an_account_buries_no_other_report(
    site: Site, proposals: dict[str, str]
) -> None:
    stranger, ana = site.browser(), await site.signed_in("ana")
    for ref in ("quais", "trace", "navette"):
        path = path_of(proposals[ref])
        await stranger.submit(f"{path}/report", f"{path}/report", text=f"Sans compte : {ref}")
    for ref in ("besoins", "navette"):
        path = path_of(proposals[ref])
        await ana.submit(f"{path}/report", f"{path}/report", text=f"Une insulte : {ref}")

    max_ = await site.signed_in("max", Role.MODERATOR)
    desk = (await max_.get("/admin/reports")).words

    said = ("Sans compte : navette", "Une insulte : navette", "Une insulte : besoins")
    places = [desk.index(words) for words in (*said, "Sans compte : quais", "Sans compte : trace")]
    assert places == sorted(places)


async def test_a_report_of_a_stranger_needs_the_token_of_a_page(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])
    answer = await site.browser().post(f"{path}/report", [("text", "Rien"), ("csrf", "0" * 64)])
    assert answer.status == 403


@pytest.mark.rule("5.5")
async def test_no_reason_is_chosen_for_a_moderator(site: Site, proposals: dict[str, str]) -> None:
    path = path_of(proposals["quais"])
    ana, max_ = await site.signed_in("ana"), await site.signed_in("max", Role.MODERATOR)
    await ana.submit(f"{path}/report", f"{path}/report", text="Une insulte.")
    page = await max_.get("/admin/reports")
    assert '<option value="">Choose a reason</option>' in page.text
    assert "selected" not in page.text

    page = await max_.submit(
        "/admin/reports", "/admin/reports/1", answer="upheld", note="Insultant.", code=""
    )
    assert page.status == 422
    assert "Choose a reason." in page.words
    assert "Insultant." in page.words
    hide = f"/admin/hide?object={proposals['quais']}"
    page = await max_.submit(
        hide, "/admin/hide", object=proposals["quais"], reason="Insultant.", code=""
    )
    assert page.status == 422
    assert 'id="hide-code-error"' in page.text
    page = await max_.submit(
        "/admin/reports", "/admin/reports/1", answer="dismissed", note="", code=""
    )
    assert page.status == 200
    assert "Fermer les quais" in (await site.browser().get(path)).words


@pytest.mark.rule("3.21")
async def test_hidden_words_stay_readable_to_their_author_alone(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    max_ = await site.signed_in("max", Role.MODERATOR)
    await ana.submit(path, f"{path}/arguments", text="Des mots durs.", stance="for")
    shown = (await ana.get(path)).text
    own = "/a/" + shown.partition('href="/a/')[2].partition('"')[0]
    uri = f"{site.base_url}{own}"
    await max_.submit(
        f"/admin/hide?object={uri}",
        "/admin/hide",
        object=uri,
        reason="Trop durs.",
        code="insult",
    )

    assert "Read what you wrote" in (await ana.get(path)).words
    page = await ana.get(own)
    assert "Trop durs." in page.words
    assert "Des mots durs." in page.words
    for reader in (luis, site.browser()):
        assert "Des mots durs." not in (await reader.get(own)).text
        assert "Read what you wrote" not in (await reader.get(path)).words
