"""Chromium, driven by Playwright; whatever a page does wrong is written down."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    async_playwright,
)

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
NAMES = ("chromium", "chromium-browser", "google-chrome")
MAX_BYTES = 60_000
PATIENCE = 30_000  # milliseconds, on a machine that is busy
DESKTOP = (1280, 900)
PHONE = (320, 640)
# What differs between light and dark is colour alone; looking at colours takes longest.
COLOURS = ("color-contrast", "link-in-text-block")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN_AXE = """async (options) => {
  const found = await axe.run(document, options);
  return found.violations.flatMap((one) => one.nodes.map(
    (node) => `${one.id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`));
}"""
COUNT_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def find_chromium() -> str | None:
    """Return the path of a Chromium of this machine."""
    named = os.environ.get("DOSFED_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def launched(path: str) -> AsyncIterator[Browser]:
    """Start Chromium; it finds nothing but this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            timeout=2 * PATIENCE,
            args=[
                "--no-sandbox",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost,"
                " EXCLUDE 127.0.0.1",
            ],
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(slots=True, kw_only=True)
class Window:
    """A tab in which somebody reads; `faults` is everything that went wrong in it."""

    base_url: str
    page: Page
    faults: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)

    async def open(self, path: str) -> Response:
        """Open a page, as from the address bar."""
        url = self.base_url + path if path.startswith("/") else path
        response = await self.page.goto(url)
        assert response is not None
        return response

    async def words(self) -> str:
        """Return what stands on the page."""
        return " ".join((await self.page.inner_text("body")).split())

    async def violations(self) -> list[str]:
        """Return what axe-core finds wrong with the page, colours aside."""
        return await self._axe(
            {
                "runOnly": {"type": "tag", "values": TAGS},
                "rules": {rule: {"enabled": False} for rule in COLOURS},
            }
        )

    async def hard_to_read(self) -> list[str]:
        """Return what axe-core finds wrong with the colours, in light and in dark."""
        found = []
        for scheme in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme)
            wrong = await self._axe({"runOnly": {"type": "rule", "values": COLOURS}})
            found += [f"{scheme}: {one}" for one in wrong]
        return found

    async def _axe(self, options: dict[str, Any]) -> list[str]:
        found: list[str] = await self.page.evaluate(
            RUN_AXE, {"resultTypes": ["violations"], **options}
        )
        return found

    async def shifts(self) -> float:
        """Return by how much the page moved while it was loaded."""
        moved: float = await self.page.evaluate("window.shifts")
        return moved

    async def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        wider: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider


async def open_window(
    browser: Browser,
    base_url: str,
    *,
    language: str = "en",
    scheme: Scheme = "light",
    size: tuple[int, int] = DESKTOP,
) -> Window:
    """Open a window with cookies of its own."""
    context = await browser.new_context(
        locale=language,
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
        extra_http_headers={"Accept-Language": language},
    )
    await context.add_init_script(COUNT_SHIFTS)
    await context.add_init_script(AXE_SCRIPT)  # at once: handed over for each page it costs more
    return await another_tab(context, base_url)


async def another_tab(context: BrowserContext, base_url: str) -> Window:
    """Open a tab that shares the cookies of a context."""
    page = await context.new_page()
    window = Window(base_url=base_url, page=page)
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: _note_console(window, message))
    page.on("pageerror", lambda error: window.faults.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda request: _note_failure(window, request))
    page.on("response", lambda response: _note_response(window, response))
    return window


def _note_console(window: Window, message: ConsoleMessage) -> None:
    # A page that is answered with 404 or 422 is written down by whoever asked for it.
    if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
        window.faults.append(f"{window.page.url}: {message.text}")


def _note_failure(window: Window, request: Request) -> None:
    # A page that the reader leaves stops loading.
    if request.failure != "net::ERR_ABORTED":
        window.faults.append(f"{request.url}: {request.failure}")


def _note_response(window: Window, response: Response) -> None:
    is_part = response.request.resource_type != "document"
    if response.status >= 500 or (is_part and response.status >= 400):
        window.faults.append(f"{response.url}: {response.status}")
