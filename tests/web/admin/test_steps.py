"""A new operator is led by a short list that ticks itself off, and numbers say what waits."""

import re
from typing import Any

import pytest

from dosfed.accounts.site import TextPage
from dosfed.deliberation.model import Role
from tests.web.conftest import IMPORT
from tests.web.site import Browser, Site

DONE = re.compile(r'<li class="(done|open)"')
SITE = {
    "name": "Sauveterre",
    "contact": "mairie@ville.example",
    "time_zone": "Europe/Paris",
    "accent": "#125760",
    "accent_dark": "#7cc7c9",
    "sign_up": "invitation",
    "second_factor": "nobody",
    "conformity": "none",
}


async def ticks(browser: Browser) -> list[bool]:
    """Return which of the first steps are done: name, zone, mail, texts, team, consultation."""
    page = await browser.get("/admin")
    inside = page.text.partition('class="panel steps"')[2].partition("</section>")[0]
    return [state == "done" for state in DONE.findall(inside)]


async def test_a_new_operator_lands_on_the_first_steps(site: Site) -> None:
    operator = site.browser()
    landed = await operator.get(await site.link_for("ana", Role.OPERATOR))
    assert landed.url.endswith("/admin?notice=signed-in")
    assert "First steps" in landed.words
    citizen = site.browser()
    assert (await citizen.get(await site.link_for("luis"))).url.endswith("/?notice=signed-in")

    assert await ticks(operator) == [False] * 6
    moderator = await site.signed_in("zoe", Role.MODERATOR)
    assert "First steps" not in (await moderator.get("/admin")).words


async def test_what_is_done_is_ticked_off_and_the_list_goes_away(site: Site) -> None:
    operator = await site.signed_in("ana", Role.OPERATOR)
    await operator.submit("/admin/site", "/admin/site", **dict[str, Any](SITE))
    assert await ticks(operator) == [True, True, False, False, False, False]
    again = site.browser()
    landed = await again.get(await site.link_for("eva", Role.OPERATOR))
    assert landed.url.endswith("/?notice=signed-in")  # it is set up
    assert (await ticks(operator))[4]  # two look after it

    for code in ("fr", "es", "en"):
        for page in TextPage:
            path = f"/admin/texts/{page}/{code}"
            await operator.submit(path, path, text=f"Rien à compléter {page}.")
    await site.import_(IMPORT)
    assert await ticks(operator) == [True, True, False, True, True, True]

    await operator.submit("/admin", "/admin/steps")
    assert await ticks(operator) == []


async def test_operators_alone_dismiss_the_list(site: Site) -> None:
    zoe = await site.signed_in("zoe", Role.ORGANISER)
    assert (await zoe.submit("/account", "/admin/steps")).status == 403


@pytest.mark.parametrize("language", ["fr", "es", "en"])
async def test_what_is_not_filled_in_is_shown_to_operators_alone(site: Site, language: str) -> None:
    operator, reader = await site.signed_in("ana", Role.OPERATOR), site.browser(language=language)
    for page in ("legal", "privacy"):
        public = await reader.get(f"/{page}")
        assert "[[" not in public.text
        assert "]]" not in public.text
        assert 'class="status"' in public.text
        assert not re.search(r"</h2>\s*(<h2|</div>)", public.text)
        desk = await operator.get(f"/admin/texts/{page}/{language}")
        assert "[[" in desk.text
    listed = await operator.get("/admin/texts")
    assert "blanks to fill in" in listed.words

    path = f"/admin/texts/legal/{language}"
    await operator.submit(path, path, text="## Nous\n\n- Siège : 1, place\n- Tél. : [[numéro]]")
    own = await reader.get("/legal")
    assert "1, place" in own.words
    assert "Tél." not in own.words
    await operator.submit(path, path, text="## Nous\n\n- Siège : 1, place")
    assert 'class="status"' not in (await reader.get("/legal")).text


async def test_the_texts_say_what_the_law_asks_for(site: Site) -> None:
    french = (await site.browser(language="fr").get("/legal")).words
    assert "loi n° 2004-575 du 21 juin 2004" in french
    spanish = (await site.browser(language="es").get("/legal")).words
    assert "AGENCIA DE ACCESO A LA INFORMACIÓN PÚBLICA" in spanish
    assert "Ley Nº 25.326" in spanish
    for language, basis in (("fr", "6.1.e"), ("es", "6.1.e"), ("en", "6.1.e")):
        assert basis in (await site.browser(language=language).get("/privacy")).words


async def test_the_menu_says_how_much_waits_where(site: Site) -> None:
    made = await site.import_(IMPORT)
    ana, eva = await site.signed_in("ana"), await site.signed_in("eva", Role.FACILITATOR)
    words = {"title": "Une passerelle", "text": "Pour les piétons."}
    await ana.submit("/c/quais/propose", "/c/quais/proposals", **dict[str, Any](words))
    for reader, path in ((ana, made["quais"]), (site.browser(), made["trace"])):
        await reader.submit(f"{path}/report", f"{path}/report", text="Hors sujet.")

    menu = (await eva.get("/admin")).text.partition('class="sections"')[2].partition("</nav>")[0]
    assert re.search(r'href="/admin/waiting"[^>]*>Waiting room <span class="badge">1<', menu)
    assert re.search(r'href="/admin/reports"[^>]*>Reports <span class="badge">2<', menu)
