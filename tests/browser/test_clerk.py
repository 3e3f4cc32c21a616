"""A consultation from an empty instance to its counted vote, by a clerk, without script."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page

from dosfed.deliberation.model import Role
from tests.browser.chromium import PHONE
from tests.browser.town import Town
from tests.independent_recount import count

pytestmark = pytest.mark.asyncio(loop_scope="session")

VOTES = ("Premier choix", "Second choix", "Premier choix", "Aucun des deux", "Premier choix")


async def follow(page: Page, words: str) -> None:
    """Go where a link or a button leads that has these words."""
    link = page.get_by_role("link", name=words, exact=True)
    button = page.get_by_role("button", name=words, exact=True)
    async with page.expect_navigation():
        await link.or_(button).first.click()


async def is_narrow(page: Page) -> None:
    """Fail if a page is wider than the telephone."""
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0], page.url


async def test_a_clerk_makes_runs_and_counts_a_consultation_on_a_telephone(
    chromium: Browser, town: Town
) -> None:
    context = await chromium.new_context(
        java_script_enabled=False,
        locale="fr",
        viewport={"width": PHONE[0], "height": PHONE[1]},
        extra_http_headers={"Accept-Language": "fr"},
    )
    page = await context.new_page()
    await page.goto(await town.site.link_for("odile", Role.OPERATOR))

    await make(page, town)
    await extend(page, town)
    await vote(town)
    await count_again(page, town)

    await context.close()


async def make(page: Page, town: Town) -> None:
    """Make a consultation from a blueprint, look at its preview, and open it."""
    await page.goto(f"{town.base_url}/admin")
    await follow(page, "Préparer la première consultation")
    await page.locator("[name=from][value=assembly]").check()
    await follow(page, "Commencer")
    await page.get_by_label("Titre", exact=True).first.fill("Où planter le verger ?")
    await page.locator("[name=organiser_title]").fill("Les amis du verger")
    await is_narrow(page)
    for heading in ("Dates et phases", "Qui participe", "Réunions", "Propositions et votes"):
        await follow(page, "Enregistrer et continuer")
        assert await page.get_by_role("heading", name=heading, level=1).count() == 1
        await is_narrow(page)
    await follow(page, "Continuer")
    await follow(page, "Créer un lien")
    preview = await page.get_by_label("Toute personne qui a ce lien").input_value()
    await follow(page, "Publier et ouvrir maintenant")
    assert await page.get_by_role("heading", name="Où planter le verger ?", level=1).count() == 1
    assert page.url.startswith(f"{town.base_url}/c/ou_planter_le_verger")
    async with town.site.browser().http.get(preview) as gone:
        assert gone.status == 404


async def extend(page: Page, town: Town) -> None:
    """Let it last a week longer, with a reason that everybody reads."""
    place = page.url.partition("?")[0]
    await page.goto(f"{place}/manage")
    form = page.locator("form[action$='/manage/dates']")
    field = form.locator("input[name='closes']")
    later = town.clock.now() + timedelta(days=60)
    await field.fill(later.strftime("%Y-%m-%dT%H:%M"))
    await form.locator("[name='reason']").fill("Pour laisser le temps de voir le terrain.")
    await is_narrow(page)
    async with page.expect_navigation():
        await form.locator("button").last.click()
    await page.goto(f"{place}/history")
    assert "Pour laisser le temps de voir le terrain." in await page.locator("main").inner_text()
    await is_narrow(page)
    await page.goto(place)


async def vote(town: Town) -> None:
    """Let members vote once the phase for it has come, then let the vote end."""
    town.clock.advance(days=22)
    town.site.forget()
    poll = await poll_of(town)
    for number, choice in enumerate(VOTES):
        member = await town.site.signed_in(f"member{number}", language="fr")
        answer = await member.submit(poll, f"{poll}/ballot", option=choice)
        assert answer.status == 200, answer.words
    town.clock.advance(days=30)
    await town.work()


async def poll_of(town: Town) -> str:
    """Return the path of the one proposal that there is."""
    listed = await town.site.browser().get("/c/ou_planter_le_verger")
    return "/p/" + listed.text.partition('href="/p/')[2].partition('"')[0].partition("#")[0]


async def count_again(page: Page, town: Town) -> None:
    """Take the votes away as a stranger does, and count them again."""
    await page.goto(f"{town.base_url}{await poll_of(town)}")
    shown = await page.locator("code.fingerprint").text_content()
    link = await page.locator("details.recount a").get_attribute("href")
    assert link is not None
    async with town.site.browser().http.get(link) as file:
        counted = count(await file.read())
    assert counted["ballots"] == [3, 1, 1]
    assert counted["sha256"] == shown
