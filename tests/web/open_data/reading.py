"""Files of open data as whoever downloads them reads them, with nothing of ours."""

import csv
import io
import json
from typing import Any

from tests.web.site import Browser

PLACE = "/c/quais/data"
TABLES = (
    "consultation",
    "proposals",
    "versions",
    "co_signers",
    "arguments",
    "results",
    "meetings",
    "history",
    "moderation",
)


async def read_csv(browser: Browser, name: str, place: str = PLACE) -> list[dict[str, str]]:
    """Return the rows of a CSV file, by the names of their columns."""
    answer = await browser.get(f"{place}/{name}.csv")
    assert answer.status == 200, name
    assert answer.text.startswith("\ufeff"), name
    reader = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""))
    rows = list(reader)
    assert all(None not in row and None not in row.values() for row in rows), name
    return rows


async def read_json(browser: Browser, name: str, place: str = PLACE) -> list[dict[str, Any]]:
    """Return the rows of a JSON file."""
    answer = await browser.get(f"{place}/{name}.json")
    assert answer.status == 200, name
    rows: list[dict[str, Any]] = json.loads(answer.text)["rows"]
    return rows


async def read_all(browser: Browser, place: str = PLACE) -> str:
    """Return all that stands in all files."""
    names = [f"{table}.{kind}" for table in TABLES for kind in ("csv", "json")]
    return "\n".join([(await browser.get(f"{place}/{name}")).text for name in names])
