"""The archive is a data package, by the rules of its specification and by another's program."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import IMPORT, PROPOSALS
from tests.web.open_data.reading import PLACE, TABLES
from tests.web.open_data.test_files import argue, fresh, with_proposals
from tests.web.site import Browser, Site, path_of

PACKAGE = "datapackage.json"


async def archive(browser: Browser) -> zipfile.ZipFile:
    """Download the archive."""
    async with browser.http.get(f"{browser.site.base_url}{PLACE}/all.zip") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/zip"
        return zipfile.ZipFile(io.BytesIO(await answer.read()))


async def a_lively_one(site: Site) -> Browser:
    """Fill a consultation with something in every table; return somebody's browser."""
    meeting = {"title": "Assemblée", "place": "Quai", "starts": "2026-06-01T18:00:00Z"}
    meetings = [{**meeting, "ends": "2026-06-01T20:00:00Z"}]
    made = await site.import_(
        with_proposals(*PROPOSALS, licence="licence-ouverte-2.0", meetings=meetings)
    )
    ana = await site.signed_in("ana")
    place = path_of(made["sans"])
    await argue(ana, made["sans"], '=1+1\n"quoted", and\r\nmore; @bo')
    await ana.submit(made["sans"], f"{place}/co-sign", sign="1", version="1")
    fresh(site)
    return ana


async def test_the_archive_holds_every_table_with_its_digest(site: Site) -> None:
    await a_lively_one(site)
    browser = site.browser()

    whole = await archive(browser)

    assert whole.testzip() is None
    assert whole.namelist() == [*(f"{name}.csv" for name in TABLES), PACKAGE]
    package = json.loads(whole.read(PACKAGE))
    for resource in package["resources"]:
        body = whole.read(resource["path"])
        assert resource["bytes"] == len(body)
        assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        alone = await browser.http.get(f"{site.base_url}{PLACE}/{resource['path']}")
        assert await alone.read() == body
    assert package["licenses"] == [
        {
            "name": "etalab-2.0",
            "path": "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
            "title": "Licence Ouverte 2.0",
        }
    ]


async def test_equal_data_make_equal_archives(site: Site) -> None:
    await a_lively_one(site)
    url = f"{site.base_url}{PLACE}/all.zip"
    first = await site.browser().http.get(url)
    fresh(site)
    site.clock.advance(days=1)

    second = await site.browser().http.get(url)

    assert await first.read() == await second.read()
    known = await site.browser().http.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert known.status == 304


async def test_every_column_is_explained_in_three_languages(site: Site) -> None:
    await site.import_(IMPORT)

    package = json.loads((await archive(site.browser())).read(PACKAGE))

    assert "licenses" not in package
    for resource in package["resources"]:
        for said in (resource, *resource["schema"]["fields"]):
            assert set(said["descriptions"]) == {"en", "fr", "es"}
            assert said["descriptions"]["en"] == said["description"]
            assert all(said["descriptions"].values())
        french = [field["descriptions"]["fr"] for field in resource["schema"]["fields"]]
        assert french != [field["description"] for field in resource["schema"]["fields"]]


def of_type(cell: str, kind: str) -> Any:
    """Read a cell as a field of Table Schema says."""
    match kind:
        case "integer":
            return int(cell)
        case "datetime":
            return datetime.strptime(cell, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - the format says
        case _:
            return cell


async def test_every_row_keeps_what_the_schema_promises(site: Site) -> None:
    await a_lively_one(site)
    whole = await archive(site.browser())
    package = json.loads(whole.read(PACKAGE))

    rows: dict[str, list[dict[str, str]]] = {}
    for resource in package["resources"]:
        text = whole.read(resource["path"]).decode("utf-8-sig")
        rows[resource["name"]] = list(csv.DictReader(io.StringIO(text, newline="")))
    for resource in package["resources"]:
        schema, found = resource["schema"], rows[resource["name"]]
        for row in found:
            assert list(row) == [field["name"] for field in schema["fields"]]
            for field in schema["fields"]:
                cell = row[field["name"]]
                if cell:
                    of_type(cell, field["type"])
                else:
                    assert "constraints" not in field, (resource["name"], field["name"])
        if "primaryKey" in schema:
            keys = [tuple(row[name] for name in schema["primaryKey"]) for row in found]
            assert len(set(keys)) == len(keys)
        for key in schema.get("foreignKeys", []):
            other = key["reference"]["resource"] or resource["name"]
            known = {row[key["reference"]["fields"]] for row in rows[other]}
            assert {row[key["fields"]] for row in found} - {""} <= known
    assert all(
        rows[name] for name in ("proposals", "co_signers", "arguments", "results", "meetings")
    )


async def test_another_s_program_finds_the_package_valid(site: Site, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless", exc_type=ImportError)
    await a_lively_one(site)
    (await archive(site.browser())).extractall(tmp_path)

    report = frictionless.validate(str(tmp_path / PACKAGE))

    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])
