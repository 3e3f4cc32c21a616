"""One archive of all tables, with `datapackage.json`, which says what they are and what they mean.

A data package (frictionless, version 1) is read by many programs: they check the types, the keys
and what refers to what. Equal data make equal bytes, so that whoever has the archive is told so.
"""

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from dosfed.shown.data_rows import TABLES
from dosfed.shown.data_sets import DataSet, Source
from dosfed.web.languages import LANGUAGES, SOURCE
from dosfed.web.open_data.dictionary import DICTIONARY, Column, Table, Type
from dosfed.web.open_data.files import Growing
from dosfed.web.open_data.parts import csv_parts
from dosfed.web.open_data.writing import write_moment

DESCRIPTOR = "datapackage.json"
# The earliest that an archive can say: when it was made would make each another.
NO_DATE = (1980, 1, 1, 0, 0, 0)
TYPES: Mapping[Type, str] = {"number": "integer", "moment": "datetime"}
Translate = Callable[[str, str], str]


async def write_archive(growing: Growing, source: Source, translate: Translate) -> None:
    """Write all tables as CSV, then the descriptor, which has their digests."""
    with zipfile.ZipFile(growing.file, "w") as archive:
        resources = [await _write_table(archive, source, name, translate) for name in TABLES]
        described = _describe(source.data, resources)
        archive.writestr(_entry(DESCRIPTOR), described)
    await growing.add(b"")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=NO_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


async def _write_table(
    archive: zipfile.ZipFile, source: Source, name: str, translate: Translate
) -> dict[str, Any]:
    """Write a table into the archive; return what the descriptor says of it."""
    table = DICTIONARY[name]
    digest, size = hashlib.sha256(), 0
    with archive.open(_entry(f"{name}.csv"), "w") as file:
        async for part in csv_parts(source, table):
            digest.update(part)
            size += len(part)
            await Growing(file).add(part)
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        **_said("title", table.title, translate),
        **_said("description", table.says, translate),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest.hexdigest()}",
        "schema": describe_table(table, translate),
    }


def describe_table(table: Table, translate: Translate) -> dict[str, Any]:
    """Return the Table Schema of a table, every column explained in every language."""
    schema: dict[str, Any] = {
        "fields": [_field(column, translate) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.refers:
        schema["foreignKeys"] = [
            {"fields": column, "reference": {"resource": resource, "fields": field}}
            for column, (resource, field) in table.refers.items()
        ]
    return schema


def _field(column: Column, translate: Translate) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": TYPES.get(column.type, "string"),
        **_said("description", column.says, translate),
        **({"constraints": {"required": True}} if column.is_required else {}),
    }


def _said(key: str, message: str, translate: Translate) -> dict[str, Any]:
    """Return a word in English, as programs expect it, and in every language beside that."""
    every = {language: translate(message, language) for language in LANGUAGES}
    return {key: every[SOURCE], f"{key}s": every}


def _describe(data: DataSet, resources: list[dict[str, Any]]) -> bytes:
    licence = data.licence
    package = {
        "profile": "tabular-data-package",
        "name": data.address.replace("_", "-"),
        "id": data.id,
        "title": data.title,
        "description": data.summary,
        "homepage": f"{data.id}/data",
        "created": write_moment(data.created_at),
        "languages": [data.language],
        **(
            {
                "licenses": [
                    {"name": licence.open_definition, "path": licence.uri, "title": licence.name}
                ]
            }
            if licence
            else {}
        ),
        "sources": [{"title": data.title, "path": data.id}],
        "contributors": [
            {"title": data.organiser_title, "path": data.organiser, "role": "publisher"}
        ],
        "resources": resources,
    }
    return orjson.dumps(package, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
