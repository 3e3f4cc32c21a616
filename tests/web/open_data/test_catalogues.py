"""Portals find every consultation of an instance, by the rules that they check."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from dosfed.web.open_data import catalogues
from tests.web.conftest import IMPORT
from tests.web.mirrored import mirror
from tests.web.open_data.reading import PLACE, TABLES
from tests.web.site import Browser, Site

Node = dict[str, Any]
# DCAT-AP 2.1: what has to be there, by class; and what may be there once at most.
MANDATORY: Mapping[str, set[str]] = {
    "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher", "dcat:dataset"},
    "dcat:Dataset": {"dct:title", "dct:description"},
    "dcat:Distribution": {"dcat:accessURL"},
    "foaf:Agent": {"foaf:name"},
}
ONCE: Mapping[str, set[str]] = {
    "dcat:Catalog": {"dct:publisher", "dct:issued", "dct:modified", "foaf:homepage"},
    "dcat:Dataset": {"dct:publisher", "dct:issued", "dct:modified", "dct:accrualPeriodicity"},
    "dcat:Distribution": {
        *("dct:license", "dct:format", "dcat:mediaType", "dcat:byteSize", "spdx:checksum"),
        *("dct:issued", "dct:modified"),
    },
}
# What data.gouv.fr reads beside that.
HARVESTED = {
    "dcat:Dataset": {
        *("dct:identifier", "dcat:keyword", "dct:license", "dct:temporal", "dcat:landingPage"),
        *("dct:issued", "dct:modified", "dct:accrualPeriodicity"),
    },
    "dcat:Distribution": {
        *("dct:title", "dcat:downloadURL", "dcat:mediaType", "dct:format", "dct:identifier"),
        *("dct:issued", "dct:modified"),
    },
}
# datos.gob.ar, Perfil Nacional de Metadatos 1.2: what has to be there, and what it has to be.
LINE, MOMENT = r"[^\n]+", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
URL, MAIL = r"https?://\S+", r"[^@\s]+@[^@\s]+"
OF_CATALOGUE = {"title": LINE, "description": LINE, "superThemeTaxonomy": URL}
OF_DATA_SET = {
    "title": r"[^\n]{1,100}",
    "description": r"(?s).+",
    "accrualPeriodicity": r"R/P1D|eventual",
    "issued": MOMENT,
    "modified": MOMENT,
    "identifier": URL,
    "temporal": f"{MOMENT}/{MOMENT}",
}
OF_FILE = {
    "accessURL": URL,
    "downloadURL": URL,
    "title": LINE,
    "issued": MOMENT,
    "identifier": URL,
    "format": "CSV",
    "mediaType": "text/csv",
    "fileName": r"[a-z0-9_-]+\.csv",
}


def several(number: int, **more: Any) -> dict[str, Any]:
    """Return an import file of so many consultations."""
    one = {**IMPORT["consultations"][0], "proposals": [], **more}
    return {
        **IMPORT,
        "consultations": [{**one, "name": f"c{n}", "title": f"Titre {n}"} for n in range(number)],
    }


async def read(browser: Browser, place: str = "/catalog.jsonld") -> Node:
    answer = await browser.get(place)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    document: Node = json.loads(answer.text)
    return document


def typed(node: Node) -> set[str]:
    said = node.get("@type", [])
    return {said} if isinstance(said, str) else set(said)


def of_type(document: Node, kind: str) -> list[Node]:
    """Return the nodes of a class."""
    return [node for node in document["@graph"] if kind in typed(node)]


def check(document: Node) -> None:
    """Check a catalogue as shapes of DCAT-AP do: what is there, how often, and what it names."""
    known = {node["@id"]: typed(node) for node in document["@graph"]}
    assert len(known) == len(document["@graph"])
    prefixes = set(document["@context"])
    for node in document["@graph"]:
        for kind in typed(node):
            assert MANDATORY.get(kind, set()) <= set(node), node["@id"]
            assert HARVESTED.get(kind, set()) <= set(node), node["@id"]
            for name in ONCE.get(kind, set()) & set(node):
                assert not isinstance(node[name], list), (node["@id"], name)
        for name, value in node.items():
            assert name.startswith("@") or name.partition(":")[0] in prefixes
            assert value not in ("", None), (node["@id"], name)
    expected = {
        "dct:publisher": "foaf:Agent",
        "dcat:dataset": "dcat:Dataset",
        "dcat:distribution": "dcat:Distribution",
        "hydra:view": "hydra:PartialCollectionView",
    }
    for node in document["@graph"]:
        for name, kind in expected.items():
            named = node.get(name, [])
            for one in named if isinstance(named, list) else [named]:
                assert kind in known[one["@id"]], (node["@id"], name)


async def test_the_catalogue_has_what_dcat_ap_asks_and_portals_harvest(site: Site) -> None:
    await site.import_(several(3, licence="licence-ouverte-2.0"))

    document = await read(site.browser())

    check(document)
    assert len(of_type(document, "dcat:Dataset")) == 3
    for data in of_type(document, "dcat:Dataset"):
        assert data["dct:license"] == "lov2"
        assert data["dct:identifier"] == data["@id"]
        assert len(data["dcat:distribution"]) == 1 + len(TABLES)
    for file in of_type(document, "dcat:Distribution"):
        assert file["dct:license"]["@id"].endswith("ETALAB-Licence-Ouverte-v2.0.pdf")


@pytest.mark.usefixtures("proposals")
async def test_each_file_of_the_catalogue_is_there_and_as_its_digest_says(site: Site) -> None:
    browser = site.browser()
    document = await read(browser)

    digests = 0
    for file in of_type(document, "dcat:Distribution"):
        async with browser.http.get(file["dcat:downloadURL"]["@id"]) as answer:
            assert answer.status == 200
            body = await answer.read()
            assert (
                answer.headers["Content-Type"].split(";")[0]
                == (file["dcat:mediaType"]["@id"].partition("media-types/")[2])
            )
        if "spdx:checksum" in file:
            digests += 1
            said = file["spdx:checksum"]["spdx:checksumValue"]["@value"]
            assert said == hashlib.sha256(body).hexdigest()
            assert file["dcat:byteSize"]["@value"] == str(len(body))
    assert digests == 1


async def test_who_cannot_wait_for_digests_gets_the_catalogue_without(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "MAKING_SECONDS", 0.0)
    await site.import_(several(2))

    document = await read(site.browser())

    check_without_licence(document)
    assert not [one for one in of_type(document, "dcat:Distribution") if "spdx:checksum" in one]


def check_without_licence(document: Node) -> None:
    """Check the catalogue of consultations that named no licence: it says none."""
    for data in of_type(document, "dcat:Dataset"):
        assert "dct:license" not in data
        data["dct:license"] = "asked for by harvesters alone"
    check(document)


async def test_a_long_catalogue_has_pages_that_lead_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "ON_A_PAGE", 2)
    await site.import_(several(5))
    browser = site.browser()

    found: list[str] = []
    place: str | None = "/catalog.jsonld"
    while place is not None:
        document = await read(browser, place)
        check_without_licence(document)
        found += [data["@id"] for data in of_type(document, "dcat:Dataset")]
        (view,) = of_type(document, "hydra:PartialCollectionView")
        following = view.get("hydra:next", {}).get("@id")
        place = following and following.removeprefix(site.base_url)

    assert found == [f"{site.base_url}/c/c{n}" for n in range(5)]
    assert (await browser.get("/catalog.jsonld?page=4")).status == 404


async def test_an_empty_instance_has_an_empty_catalogue(site: Site) -> None:
    document = await read(site.browser())
    (catalogue,) = of_type(document, "dcat:Catalog")
    assert catalogue["dcat:dataset"] == []
    assert (await read(site.browser(), "/data.json"))["dataset"] == []


async def test_what_is_mirrored_is_in_its_home_s_catalogue_alone(site: Site) -> None:
    await mirror(site)

    assert of_type(await read(site.browser()), "dcat:Dataset") == []
    assert (await read(site.browser(), "/data.json"))["dataset"] == []


async def test_argentina_s_catalogue_keeps_its_profile(site: Site) -> None:
    long = "¿Título muy largo? " * 10
    await site.import_(several(2, summary="Unas *palabras*.\n\nMás.", licence="cc-by-4.0"))
    other = {**several(1)["consultations"][0], "name": "otra", "title": long[:200].strip()}
    await site.import_({**IMPORT, "consultations": [other]})

    catalogue = await read(site.browser(), "/data.json")

    assert_fits(catalogue, OF_CATALOGUE)
    assert len(catalogue["dataset"]) == 3
    for data in catalogue["dataset"]:
        assert_fits(data, OF_DATA_SET)
        assert data["superTheme"] == ["GOVE"]
        for body in (catalogue, data):
            assert body["publisher"]["name"]
            assert re.fullmatch(MAIL, body["publisher"]["mbox"])
        assert len(data["distribution"]) == len(TABLES)
        for file in data["distribution"]:
            assert_fits(file, OF_FILE)
            assert [set(field) for field in file["field"]]
            assert all(set(field) == {"title", "type", "description"} for field in file["field"])
    assert catalogue["dataset"][0]["license"] == "CC BY 4.0"
    files = {file["title"] for file in catalogue["dataset"][0]["distribution"]}
    assert {"Propuestas", "Argumentos", "Reuniones"} <= files


def assert_fits(said: Node, shape: Mapping[str, str]) -> None:
    for name, pattern in shape.items():
        assert re.fullmatch(pattern, said[name]), (name, said[name])


@pytest.mark.usefixtures("proposals")
async def test_programs_are_led_from_pages_to_the_catalogue(site: Site) -> None:
    browser = site.browser()

    for page in ("/", PLACE):
        assert 'type="application/ld+json" href="/catalog.jsonld"' in (await browser.get(page)).text
    assert "/catalog.jsonld" in (await browser.get("/robots.txt")).text
    first = await browser.http.get(f"{site.base_url}/catalog.jsonld")
    assert first.headers["Content-Type"] == "application/ld+json"
    known = {"If-None-Match": first.headers["ETag"]}
    async with browser.http.get(f"{site.base_url}/catalog.jsonld", headers=known) as again:
        assert again.status == 304
