"""Every page: for everybody, in every language, light and dark, on a phone, and light in weight."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Response

from tests.browser.chromium import (
    DESKTOP,
    MAX_BYTES,
    PHONE,
    Window,
    open_window,
)
from tests.browser.life import Filled, fill
from tests.browser.places import FORMS, NO_PAGES, PAGES, STATUS
from tests.browser.town import Town, found_town
from tests.conftest import START, GivenClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANGUAGES = ("fr", "es", "en")
# Colours do not depend on words, and where long words fit, short ones do.
LONGEST = "fr"
NO_SHIFT = 0.01  # a tenth of what is called good
HREF = re.compile(r'<a [^>]*href="([^"]*)"')
GOOD = {200, 406}  # 406: of a feed or a picture, for who asks for a page
# Empty what can be emptied, and send.
SEND = """action => {
  // What comes back is shown from a part on.
  const forms = [...document.querySelectorAll("main form")];
  const form = forms.find((one) => one.getAttribute("action")?.split("#")[0] === action);
  form.noValidate = true;
  for (const field of form.querySelectorAll("textarea, input:not([type=hidden], [readonly])")) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = false;
    else if (field.type !== "color") field.value = "";
  }
  form.requestSubmit([...form.querySelectorAll("button")].at(-1));
}"""
# Fields that are marked as wrong, without a reason that a screen reader finds.
UNEXPLAINED = """() => [...document.querySelectorAll("[aria-invalid=true]")].filter(field =>
  !(field.getAttribute("aria-describedby") ?? "").split(" ").some(id =>
    document.getElementById(id)?.classList.contains("error"))).map(field => field.id)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A town that is lived in, with a browser in it."""

    town: Town
    chromium: Browser
    filled: Filled

    def path(self, place: str) -> str:
        """Return the path of a page."""
        return place.format(base=self.town.base_url, unknown="x" * 43, **self.filled.paths)

    async def open(self, who: str, language: str, size: tuple[int, int]) -> Window:
        """Open a window, with the session of somebody who lives there."""
        window = await open_window(self.chromium, self.town.base_url, language=language, size=size)
        if who:
            jar = self.filled.people[who].http.cookie_jar
            url = self.town.base_url
            await window.page.context.add_cookies(
                [{"name": one.key, "value": one.value, "url": url} for one in jar]
            )
        return window


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visit(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, template: str
) -> AsyncIterator[Visit]:
    """One town for all tests of this file; they only read."""
    folder = tmp_path_factory.mktemp("town")
    async with found_town(folder, template, GivenClock(START)) as town:
        yield Visit(town=town, chromium=chromium, filled=await fill(town))


async def _look(visit: Visit, who: str, language: str) -> list[str]:
    """Return what is wrong with all pages of somebody, in a language."""
    on_phone = language == LONGEST
    window = await visit.open(who, language, PHONE if on_phone else DESKTOP)
    wrong: list[str] = []
    for place in PAGES[who]:
        response = await window.open(visit.path(place))
        found = await window.violations()
        if response.status != STATUS.get(place, 200):
            found.append(f"answers {response.status}")
        if on_phone:
            found += await window.hard_to_read()
            found += await _clumsy(window, response)
        wrong += [f"{place} ({language}): {one}" for one in found]
    await window.page.context.close()
    return wrong + window.faults


async def _clumsy(window: Window, response: Response) -> list[str]:
    """Return what makes a page hard to use with a small telephone on a poor line."""
    found = []
    weight = len(await response.body())
    if weight >= MAX_BYTES:
        found.append(f"{weight} bytes")
    if (wider := await window.overflow()) > 0:
        found.append(f"{wider} px too wide")
    if (moved := await window.shifts()) > NO_SHIFT:
        found.append(f"moved by {moved}")
    return found


@pytest.mark.parametrize("who", PAGES)
async def test_pages_are_for_everybody(visit: Visit, who: str) -> None:
    found = await asyncio.gather(*(_look(visit, who, language) for language in LANGUAGES))

    assert [one for wrong in found for one in wrong] == []


async def _refuse(window: Window, form: str) -> list[str]:
    """Send a form past what the browser checks; return what is wrong with the answer."""
    async with window.page.expect_navigation() as leaving:
        await window.page.evaluate(SEND, form)
    response = await leaving.value
    found = await window.violations() + await window.hard_to_read()
    if response.status != 422:
        found.append(f"answers {response.status}")
    # What is wrong is said beside its field, or above the form.
    if not await window.page.locator("main .error").count():
        found.append("says nothing")
    found += [f"{name}: no reason" for name in await window.page.evaluate(UNEXPLAINED)]
    return found


@pytest.mark.parametrize("who", FORMS)
async def test_refused_forms_say_what_is_wrong_where_it_is(visit: Visit, who: str) -> None:
    window = await visit.open(who, "fr", PHONE)
    wrong: list[str] = []

    for place, form in FORMS[who]:
        await window.open(visit.path(place))
        wrong += [f"{place} {form}: {one}" for one in await _refuse(window, visit.path(form))]

    await window.page.context.close()
    assert wrong + window.faults == []


@pytest.mark.parametrize("who", PAGES)
async def test_no_link_leads_nowhere(visit: Visit, who: str) -> None:
    base = visit.town.base_url
    reader = visit.filled.people[who] if who else visit.town.site.browser()
    links: dict[str, str] = {}
    for place in PAGES[who]:
        page = await reader.get(visit.path(place))
        for href in HREF.findall(page.text):
            link = urljoin(page.url, unescape(href)).partition("#")[0]
            if link.startswith(base) and place not in STATUS:
                links.setdefault(link, place)

    nowhere = {
        f"{place} → {link}": status
        for link, place in links.items()
        if (status := (await reader.get(link.removeprefix(base) or "/")).status) not in GOOD
    }

    assert nowhere == {}


async def test_every_page_that_there_is_is_looked_at(visit: Visit) -> None:
    seen = {visit.path(place).partition("?")[0] for places in PAGES.values() for place in places}
    unseen = set()
    for resource in visit.town.site.app.router.resources():
        answers_get = any(route.method == "GET" for route in resource)
        info = resource.get_info()
        pattern = info.get("pattern") or re.compile(re.escape(info["path"]))
        if answers_get and not any(pattern.fullmatch(path) for path in seen):
            unseen.add(resource.canonical)

    assert {path for path in unseen if not NO_PAGES.fullmatch(path)} == set()
