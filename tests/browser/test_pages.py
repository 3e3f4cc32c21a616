"""Every page: for everybody, in every language, light and dark, on a phone, and light in weight."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from dosfed.deliberation.model import Role
from tests.browser.chromium import (
    DESKTOP,
    MAX_BYTES,
    PHONE,
    Window,
    open_window,
)
from tests.browser.content import fill
from tests.browser.town import Town, found_town
from tests.conftest import START, GivenClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANGUAGES = ("fr", "es", "en")
LONGEST = "fr"  # colours do not depend on words, nor does what fits on a phone on short ones
NO_SHIFT = 0.001
# Nothing, or who is signed in; then where each page is. Names in braces are those of `fill`.
PAGES: dict[str, tuple[str, ...]] = {
    "": (
        "/",
        "/?show=coming",
        "/c/quais",
        "/c/quais?q=quai&show=open&sort=newest",
        "/c/trees",
        "/search?q=quai",
        "/o/mairie",
        "{droite}",
        "{navette}",
        "{lavoir}",
        "/interact?uri=http://localhost/c/quais",
        "/nowhere",
    ),
    "ana": (
        "/",
        "/c/quais",
        "/c/quais?show=unvoted&sort=random",
        "{droite}",
        "{chantier}",
        "{usages}",
        "{navette}",
        "{bancs}",
        "/u/ana",
    ),
    "oscar": ("/c/quais",),
}
ROLES = {"oscar": Role.OPERATOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A town that is lived in, with a browser in it."""

    town: Town
    chromium: Browser
    paths: dict[str, str]
    cookies: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visit(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, template: str
) -> AsyncIterator[Visit]:
    """One town for all tests of this file; they only read."""
    folder = tmp_path_factory.mktemp("town")
    async with found_town(folder, template, GivenClock(START)) as town:
        paths = await fill(town)
        cookies = {}
        for name in PAGES:
            if name:
                link = await town.site.link_for(name, ROLES.get(name, Role.CITIZEN))
                answer = await town.site.browser().get(link, follow=False)
                cookies[name] = answer.cookies.partition(";")[0]
        yield Visit(town=town, chromium=chromium, paths=paths, cookies=cookies)


async def _open(visit: Visit, who: str, language: str, size: tuple[int, int]) -> Window:
    window = await open_window(visit.chromium, visit.town.base_url, language=language, size=size)
    if who:
        name, _, value = visit.cookies[who].partition("=")
        await window.page.context.add_cookies(
            [{"name": name, "value": value, "url": visit.town.base_url}]
        )
    return window


async def _look(visit: Visit, who: str, language: str) -> list[str]:
    """Return what axe-core finds wrong with all pages of somebody, in a language."""
    window = await _open(visit, who, language, DESKTOP)
    wrong: list[str] = []
    for path in PAGES[who]:
        await window.open(path.format(**visit.paths))
        found = await window.violations()
        if language == LONGEST:
            found += await window.hard_to_read()
        wrong += [f"{language} {path}: {one}" for one in found]
    await window.page.context.close()
    return wrong + window.faults


@pytest.mark.parametrize("who", PAGES)
async def test_axe_finds_nothing_wrong_in_any_language_light_or_dark(
    visit: Visit, who: str
) -> None:
    found = await asyncio.gather(*(_look(visit, who, language) for language in LANGUAGES))

    assert [one for wrong in found for one in wrong] == []


@pytest.mark.parametrize("who", PAGES)
async def test_pages_fit_a_phone_are_light_and_do_not_move(visit: Visit, who: str) -> None:
    window = await _open(visit, who, LONGEST, PHONE)
    wrong: list[str] = []

    for path in PAGES[who]:
        response = await window.open(path.format(**visit.paths))
        weight = len(await response.body())
        if weight >= MAX_BYTES:
            wrong.append(f"{path}: {weight} bytes")
        if (wider := await window.overflow()) > 0:
            wrong.append(f"{path}: {wider} px too wide")
        if (moved := await window.shifts()) > NO_SHIFT:
            wrong.append(f"{path}: moved by {moved}")

    await window.page.context.close()
    assert wrong + window.faults == []
