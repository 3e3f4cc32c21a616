"""One Chromium for all tests, and towns for it to visit."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from dosfed.deliberation.model import Role
from tests.browser.chromium import DESKTOP, Window, find_chromium, launched, open_window
from tests.browser.town import Town, found_town
from tests.conftest import START, GivenClock

MISSING = "chromium is not installed: apt install chromium (or set DOSFED_CHROMIUM to its path)"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A browser that all tests share; each opens windows with cookies of their own."""
    path = find_chromium()
    if path is None:
        if os.environ.get("DOSFED_REQUIRE_BROWSER"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    async with launched(path) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def town(tmp_path: Path, template: str) -> AsyncIterator[Town]:
    """An instance of one test's own, without consultations."""
    async with found_town(tmp_path, template, GivenClock(START)) as founded:
        yield founded


class Open(Protocol):
    """Opens a window, signed in under a new name if one is given."""

    async def __call__(
        self,
        name: str = "",
        role: Role = Role.CITIZEN,
        *,
        language: str = "en",
        size: tuple[int, int] = DESKTOP,
    ) -> Window:
        """Return the window."""
        ...


@pytest_asyncio.fixture(loop_scope="session")
async def open_(chromium: Browser, town: Town) -> AsyncIterator[Open]:
    """Open windows on the town; whatever a page did wrong in them fails the test."""
    windows: list[Window] = []
    async with AsyncExitStack() as stack:

        async def opened(
            name: str = "",
            role: Role = Role.CITIZEN,
            *,
            language: str = "en",
            size: tuple[int, int] = DESKTOP,
        ) -> Window:
            window = await open_window(chromium, town.base_url, language=language, size=size)
            stack.push_async_callback(window.page.context.close)
            windows.append(window)
            if name:
                await window.open(await town.site.link_for(name, role))
            return window

        yield opened
        assert [fault for window in windows for fault in window.faults] == []
