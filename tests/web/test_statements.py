"""How many statements an act or a page costs: nothing is read twice.

What SQLAlchemy sends is counted, of the whole request: the session, the door, what is made known.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, insert

from dosfed.activitypub.tables import Destinations, Followers
from dosfed.deliberation.model import Role
from dosfed.storage.engine import Database
from tests.conftest import START
from tests.web.conftest import IMPORT
from tests.web.site import TOKEN, Answer, Browser, Site, path_of

WORDS = {"title": "Une passerelle", "text": "Pour les piétons."}
OPEN = {**IMPORT, "consultations": [IMPORT["consultations"][0] | {"needs_facilitator": False}]}


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements that a block sends to the database."""
    found: list[str] = []

    def add(*arguments: Any) -> None:
        if not arguments[2].startswith(("BEGIN", "PRAGMA")):  # transactions, and how to wait
            found.append(arguments[2])

    engines = {database.reader.sync_engine, database.writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", add)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", add)


async def follow(site: Site) -> None:
    """Let people of two servers follow the organiser and the consultation; one reads groups."""
    software = {"m.example": "mastodon", "l.example": "lemmy"}
    followed = (f"{site.base_url}/o/mairie", f"{site.base_url}/c/quais")
    followers = [
        {
            "actor": actor,
            "follower": f"https://{host}/u/x",
            "follow_id": f"https://{host}/{actor}",
            "host": host,
            "inbox": f"https://{host}/u/x/inbox",
            "shared_inbox": f"https://{host}/inbox",
            "since": START,
        }
        for host in software
        for actor in followed
    ]
    destinations = [
        {"host": host, "software": name, "is_waiting": False, "next_at": START, "failures": 0}
        for host, name in software.items()
    ]
    async with site.database.write() as connection:
        await connection.execute(insert(Followers), followers)
        await connection.execute(insert(Destinations), destinations)


async def send(browser: Browser, page: str, action: str, **fields: str) -> tuple[Answer, int]:
    """Send a form of a page; return the redirect, and how many statements it cost."""
    opened = await browser.get(page)
    found = TOKEN.search(opened.text)
    assert found is not None
    with counted(browser.site.database) as statements:
        answer = await browser.post(action, [("csrf", found[1]), *fields.items()], follow=False)
    assert answer.status == 303, answer.words
    return answer, len(statements)


def most(site: Site, number: int, *, turns: int) -> int:
    """Return how many statements may be sent; PostgreSQL takes turns besides, and holds rows."""
    return number if site.database.is_sqlite else number + turns


async def test_a_proposal_is_published_in_few_statements(site: Site) -> None:
    await site.import_(OPEN)
    await follow(site)
    ana = await site.signed_in("ana")

    _, number = await send(ana, "/c/quais/propose", "/c/quais/proposals", **WORDS)

    assert number <= most(site, 14, turns=4)


async def test_a_waiting_proposal_is_accepted_in_few_statements(site: Site) -> None:
    await site.import_(IMPORT)
    await follow(site)
    ana, eva = await site.signed_in("ana"), await site.signed_in("eva", Role.FACILITATOR)
    await send(ana, "/c/quais/propose", "/c/quais/proposals", **WORDS)
    waiting = re.search(r'action="([^"]*/accept)"', (await eva.get("/c/quais")).text)
    assert waiting is not None

    _, number = await send(eva, "/c/quais", waiting[1], version="1")

    assert number <= most(site, 14, turns=4)


async def test_a_page_shows_somebody_their_own_acts_in_few_statements(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, page = await site.signed_in("ana"), path_of(proposals["quais"])
    await send(ana, page, f"{page}/arguments", text="Oui", stance="for")
    await send(ana, page, f"{page}/ballot", option="D'accord")

    with counted(site.database) as statements:
        shown = await ana.get(page)

    assert "Oui" in shown.words
    assert len(statements) <= 10


async def test_a_ballot_is_cast_in_few_statements(site: Site, proposals: dict[str, str]) -> None:
    ana, page = await site.signed_in("ana"), path_of(proposals["quais"])

    _, first = await send(ana, page, f"{page}/ballot", option="D'accord")
    _, changed = await send(ana, page, f"{page}/ballot", option="Abstention")

    assert max(first, changed) <= 10
