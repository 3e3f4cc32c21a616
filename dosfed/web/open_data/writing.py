"""How rows become files: CSV for spreadsheets, JSON for programs, and one archive of all.

A spreadsheet runs a cell that begins like a formula, whoever wrote it. So such a cell gets an
apostrophe in front, which spreadsheets take for "this is text"; JSON has the words as they are.
CSV is that of RFC 4180, in UTF-8 with a byte order mark, without which Excel reads another
encoding.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from dosfed.web.open_data.dictionary import Column, Table, Type

BYTE_ORDER_MARK = codecs.BOM_UTF8
# Also as Chinese and Japanese keyboards write them: spreadsheets take those for the same.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
Cells = Sequence[Any]
Cell = Callable[[Any], Any]


def write_moment(moment: datetime) -> str:
    """Write a moment in UTC to the second, as every file has it."""
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def clean(text: str) -> str:
    """Return a text with one kind of line break and nothing that is no text."""
    if text.isprintable():
        return text
    return _CONTROL.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Return a text on one line."""
    return text if text.isprintable() else " ".join(clean(text).split())


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text


_CSV: dict[Type, Cell] = {
    "id": lambda value: harmless(one_line(value)),
    "word": lambda value: harmless(one_line(value)),
    "line": lambda value: harmless(one_line(value)),
    "text": lambda value: harmless(clean(value)),
    "json": harmless,
    "number": lambda value: value,
    "moment": write_moment,
}
_JSON: dict[Type, Cell] = {
    **_CSV,
    **dict.fromkeys(("id", "word", "line"), one_line),
    "text": clean,
    "json": orjson.loads,
}


def _cells(columns: Iterable[Column], ways: dict[Type, Cell]) -> list[Cell]:
    return [ways[column.type] for column in columns]


def csv_head(table: Table) -> bytes:
    """Return the first line of a table, after the mark that says how it is encoded."""
    return BYTE_ORDER_MARK + _lines([[column.name for column in table.columns]])


def csv_writer(table: Table) -> Callable[[Iterable[Cells]], bytes]:
    """Return what writes rows of a table as lines of CSV."""
    ways = _cells(table.columns, _CSV)

    def write(rows: Iterable[Cells]) -> bytes:
        return _lines(
            [None if value is None else way(value) for value, way in zip(row, ways, strict=True)]
            for row in rows
        )

    return write


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def json_writer(table: Table) -> Callable[[Iterable[Cells]], bytes]:
    """Return what writes rows of a table as objects, a line each, with commas between."""
    ways = _cells(table.columns, _JSON)
    names = [column.name for column in table.columns]
    is_first = True

    def write(rows: Iterable[Cells]) -> bytes:
        nonlocal is_first
        parts: list[bytes] = []
        for row in rows:
            said = {
                name: None if value is None else way(value)
                for name, value, way in zip(names, row, ways, strict=True)
            }
            parts += (b"\n" if is_first else b",\n", orjson.dumps(said))
            is_first = False
        return b"".join(parts)

    return write


def json_head(around: dict[str, Any]) -> bytes:
    """Return the beginning of a JSON file: what it is, then its rows."""
    return orjson.dumps(around)[:-1] + b',"rows":['


JSON_END = b"\n]}\n"
