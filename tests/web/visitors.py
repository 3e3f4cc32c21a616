"""People of simulated servers who sign in on an instance's pages."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from dosfed.accounts.tables import Sessions
from tests.simulated.servers import SimulatedServer
from tests.web.site import Answer, Browser, Site

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
KEY = "q83v" * 10 + "q80="


async def leave_for(
    browser: Browser, handle: str, *, posting: bool = False, return_to: str = "/"
) -> Answer:
    """Write an address into the sign-in form; return what their own server asks, or our refusal."""
    fields: dict[str, Any] = {"handle": handle, "return_to": return_to}
    if posting:
        fields["posting"] = "yes"
    return await browser.submit("/sign-in/fediverse", "/sign-in/fediverse", **fields)


async def decide(browser: Browser, asked: Answer, decision: str = "authorize") -> Answer:
    """Answer the question of one's own server; return the page to which that leads."""
    parts = urlsplit(asked.url)
    fields = [(name, unescape(value)) for name, value in FIELD.findall(asked.text)]
    fields.append(("decision", decision))
    return await browser.post(f"{parts.scheme}://{parts.netloc}/oauth/authorize", fields)


async def way_back(browser: Browser, asked: Answer) -> str:
    """Allow it, and return the address to which one's own server leads back, not yet opened."""
    parts = urlsplit(asked.url)
    fields = [(name, unescape(value)) for name, value in FIELD.findall(asked.text)]
    fields.append(("decision", "authorize"))
    answer = await browser.post(
        f"{parts.scheme}://{parts.netloc}/oauth/authorize", fields, follow=False
    )
    assert answer.status == 302
    return answer.headers["location"]


async def visitor(
    site: Site, server: SimulatedServer, name: str = "ana", *, posting: bool = False
) -> Browser:
    """Return the browser of somebody of a simulated server who has signed in here."""
    handle = server.actor(name).handle
    server.api.gate.signed_in = name
    browser = site.browser()
    answer = await decide(browser, await leave_for(browser, handle, posting=posting))
    assert answer.status == 200, answer.words
    assert "You are signed in" in answer.words
    return browser


async def rows_of(site: Site, table: Any) -> list[Any]:
    """Return the rows of a table."""
    async with site.database.read() as connection:
        return list(await connection.execute(select(*table.__table__.c)))


async def who_is_signed_in(site: Site) -> list[str]:
    """Return whose sessions there are."""
    return [row.user for row in await rows_of(site, Sessions)]
