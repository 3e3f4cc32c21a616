"""The catalogue of an instance as DCAT in JSON-LD, with what public portals harvest.

By DCAT-AP 2.1 what has to be there is there; beside it stands what data.gouv.fr reads, where the
licence of a data set is the id that it has in the portal's own list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dosfed.shown.data_rows import TABLES
from dosfed.shown.data_sets import DataSet
from dosfed.web.open_data.dictionary import DICTIONARY
from dosfed.web.open_data.files import Digest
from dosfed.web.open_data.packages import Translate
from dosfed.web.open_data.writing import write_moment


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when written."""
    return message


DESCRIPTION = _("Open data of the consultations of this site")
EVERYTHING = _("All tables, with a description of every column")
AUTHORITY = "http://publications.europa.eu/resource/authority"
CONTEXT: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# As the European list of languages names them; others are left out.
LANGUAGES: Mapping[str, str] = {"fr": "FRA", "es": "SPA", "en": "ENG"}
MEDIA = "https://www.iana.org/assignments/media-types"
Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A consultation in a catalogue; `archive` is none where there was no time to make it."""

    data: DataSet
    changed_at: datetime
    archive: Digest | None
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The instance that has the catalogue."""

    base_url: str
    name: str
    language: str
    languages: Sequence[str]
    mail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A page of the catalogue."""

    entries: Sequence[Entry]
    page: int
    pages: int
    total: int


def write_catalogue(house: House, shelf: Shelf, translate: Translate) -> Node:
    """Return a page of the catalogue."""
    address = f"{house.base_url}/catalog.jsonld"
    publisher = f"{house.base_url}/actor"
    catalogue = {
        "@id": address,
        "@type": ["dcat:Catalog", "hydra:Collection"],
        "dct:title": _said(house.name, house.language),
        "dct:description": _said(translate(DESCRIPTION, house.language), house.language),
        "dct:publisher": {"@id": publisher},
        "dct:language": _languages(house.languages),
        "foaf:homepage": {"@id": house.base_url},
        "hydra:totalItems": shelf.total,
        "hydra:view": {"@id": _page(address, shelf.page)},
        "dcat:dataset": [{"@id": entry.data.id} for entry in shelf.entries],
    }
    nodes = [catalogue, _view(address, shelf), _agent(publisher, house.name, house.base_url)]
    organisers = {entry.data.organiser: entry.data.organiser_title for entry in shelf.entries}
    nodes += [_agent(uri, title, uri) for uri, title in organisers.items()]
    for entry in shelf.entries:
        nodes += _data_set(entry, translate)
    return {"@context": dict(CONTEXT), "@graph": nodes}


def _page(address: str, number: int) -> str:
    return f"{address}?page={number}"


def _view(address: str, shelf: Shelf) -> Node:
    view: Node = {
        "@id": _page(address, shelf.page),
        "@type": "hydra:PartialCollectionView",
        "hydra:first": {"@id": _page(address, 1)},
        "hydra:last": {"@id": _page(address, shelf.pages)},
    }
    if shelf.page > 1:
        view["hydra:previous"] = {"@id": _page(address, shelf.page - 1)}
    if shelf.page < shelf.pages:
        view["hydra:next"] = {"@id": _page(address, shelf.page + 1)}
    return view


def _agent(uri: str, name: str, homepage: str) -> Node:
    return {
        "@id": uri,
        "@type": ["foaf:Agent", "foaf:Organization"],
        "foaf:name": name,
        "foaf:homepage": {"@id": homepage},
    }


def _data_set(entry: Entry, translate: Translate) -> list[Node]:
    """Return a consultation, and each of its files."""
    data = entry.data
    files = [_archive(entry, translate), *(_table(entry, name, translate) for name in TABLES)]
    node: Node = {
        "@id": data.id,
        "@type": "dcat:Dataset",
        "dct:identifier": data.id,
        "dct:title": _said(data.title, data.language),
        # What has to be there is there, also of a consultation that says nothing of itself.
        "dct:description": _said(data.summary.strip() or data.title, data.language),
        "dct:publisher": {"@id": data.organiser},
        "dct:issued": _moment(data.created_at),
        "dct:modified": _moment(entry.changed_at),
        "dct:language": _languages([data.language]),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _moment(data.opens),
            "dcat:endDate": _moment(data.closes),
        },
        "dct:accrualPeriodicity": {
            "@id": f"{AUTHORITY}/frequency/{'IRREG' if entry.is_over else 'CONT'}"
        },
        "dcat:theme": [{"@id": f"{AUTHORITY}/data-theme/GOVE"}],
        "dcat:keyword": [_said("participation", "fr"), _said("consultation", "fr")],
        "dcat:landingPage": {"@id": f"{data.id}/data"},
        "dcat:distribution": [{"@id": file["@id"]} for file in files],
    }
    if data.licence is not None:
        node["dct:license"] = data.licence.catalogue
    return [node, *files]


def _archive(entry: Entry, translate: Translate) -> Node:
    node = _file(entry, "all.zip", "application/zip", "ZIP")
    language = entry.data.language
    node["dct:title"] = _said(translate(EVERYTHING, language), language)
    if entry.archive is not None:
        node["dcat:byteSize"] = {"@type": "xsd:decimal", "@value": str(entry.archive.size)}
        node["spdx:checksum"] = {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": entry.archive.sha256},
        }
    return node


def _table(entry: Entry, name: str, translate: Translate) -> Node:
    language = entry.data.language
    return {
        **_file(entry, f"{name}.csv", "text/csv", "CSV"),
        "dct:title": _said(translate(DICTIONARY[name].title, language), language),
        "dct:description": _said(translate(DICTIONARY[name].says, language), language),
    }


def _file(entry: Entry, name: str, media: str, kind: str) -> Node:
    data = entry.data
    place = f"{data.id}/data/{name}"
    node: Node = {
        "@id": place,
        "@type": "dcat:Distribution",
        "dct:identifier": place,
        "dcat:accessURL": {"@id": f"{data.id}/data"},
        "dcat:downloadURL": {"@id": place},
        "dcat:mediaType": {"@id": f"{MEDIA}/{media}"},
        "dct:format": {"@id": f"{AUTHORITY}/file-type/{kind}"},
        "dct:issued": _moment(data.created_at),
        "dct:modified": _moment(entry.changed_at),
    }
    if data.licence is not None:
        node["dct:license"] = {"@id": data.licence.uri}
    return node


def _said(words: str, language: str) -> Node:
    return {"@value": words, "@language": language}


def _moment(moment: datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": write_moment(moment)}


def _languages(codes: Sequence[str]) -> list[Node]:
    known = (LANGUAGES.get(code.partition("-")[0]) for code in codes)
    return [{"@id": f"{AUTHORITY}/language/{word}"} for word in known if word]
