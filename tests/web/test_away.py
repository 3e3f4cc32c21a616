"""What is answered while the database cannot be reached, or takes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from tests.web.site import JSON, Site, path_of

NOBODY = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"


@contextmanager
def away(site: Site) -> Iterator[None]:
    """Let the database be where nobody listens."""
    database, engine = site.database, create_async_engine(NOBODY)
    kept = database.reader, database.writer
    database.reader = database.writer = engine
    try:
        yield
    finally:
        database.reader, database.writer = kept


async def test_what_needs_a_database_that_is_away_is_to_be_asked_for_again(
    site: Site, proposals: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    site.forget()
    visitor = site.browser()
    with away(site):
        pages = [await visitor.get(path) for path in ("/", "/c/quais", path_of(proposals["quais"]))]
        documents = [await visitor.get("/c/quais", accept=JSON) for _ in range(3)]

    for answer in [*pages, *documents]:
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert "Please try again in a moment." in pages[0].words
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "database failed" in line]) == 1
    assert not [line for line in lines if "Traceback" in line]
    assert (await visitor.get("/c/quais")).status == 200  # all by itself


@contextmanager
def full(site: Site) -> Iterator[None]:
    """Let the database take nothing, as on a disk that is read-only."""
    pool = site.database.writer.sync_engine.pool

    def refuse(dbapi: Any, *_: object) -> None:
        dbapi.cursor().execute("PRAGMA query_only=ON")

    event.listen(pool, "checkout", refuse)
    try:
        yield
    finally:
        event.remove(pool, "checkout", refuse)


async def test_what_cannot_be_written_is_to_be_sent_again_and_pages_are_shown(
    site: Site, proposals: dict[str, str]
) -> None:
    if not site.database.is_sqlite:
        pytest.skip("PostgreSQL ends where it cannot write")
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    with full(site):
        refused = await ana.submit(path, f"{path}/ballot", option="D'accord")
        page = await ana.get(path)

    assert (refused.status, refused.headers["retry-after"]) == (503, "30")
    assert page.status == 200
