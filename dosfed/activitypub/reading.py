"""Read single values out of ActivityStreams JSON.

On the wire every property may hold one value or many, an id or an embedded object;
nothing above this module has to know.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

import orjson

Document = Mapping[str, Any]

MAX_DEPTH = 32
MAX_MEMBERS = 1_000
EARLIEST, LATEST = 1900, 9000  # years in which anything here can happen
# In the whole document: reading it is to cost milliseconds, whoever sent it.
MAX_VALUES = 20_000
MAX_CONTAINERS = 10_000
MAX_STRING = 100_000
MAX_LANGUAGES = 50  # looked at of one text
# An index of PostgreSQL takes rows below 2,700 bytes; one of ours holds two URIs.
MAX_URI = 1_200
# No user name, backslash or space: parsers disagree on where the host of such a URI ends.
URI = re.compile(r"https?://[A-Za-z0-9._~:\[\]-]+(?:[/?#][^\s\\]*)?")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
# Keywords that reshape a JSON-LD graph: what we read would not be what others read.
RESHAPING = frozenset({"@graph", "@included", "@reverse"})


class Malformed(ValueError):
    """The document is not of a shape this server accepts; the message says where."""


def read_document(raw: bytes) -> Document:
    """Parse bytes into a JSON object within our limits, or raise `Malformed`.

    Refused: anything but UTF-8, NaN, lone surrogates, NUL, duplicate keys, nesting deeper
    than `MAX_DEPTH`, objects and arrays beyond `MAX_MEMBERS`, strings beyond `MAX_STRING`,
    and more than `MAX_VALUES` of all these together.
    """
    if raw.count(b"{") + raw.count(b"[") > MAX_CONTAINERS:
        raise Malformed(f"more than {MAX_CONTAINERS} objects and arrays")
    try:
        # Strict on UTF-8, surrogates, numbers and trailing bytes, and the faster of the two.
        document = orjson.loads(raw)
        if not isinstance(document, dict):
            raise Malformed("not a JSON object")
        _check_limits(document, depth=1, left=MAX_VALUES)
        return cast("Document", DECODER.decode(raw.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error) if isinstance(error, Malformed) else "not JSON") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Malformed("a key stands twice in one object")
    if not RESHAPING.isdisjoint(document):
        raise Malformed("JSON-LD keywords that reshape the graph are not accepted")
    return document


DECODER = json.JSONDecoder(object_pairs_hook=_unique)  # to make one costs as much as to use it


def _check_limits(value: Any, *, depth: int, left: int) -> int:
    """Return how many of the values that a document may have are left."""
    if depth > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH}")
    if len(value) > MAX_MEMBERS:
        raise Malformed(f"more than {MAX_MEMBERS} members")
    left -= len(value)
    if left < 0:
        raise Malformed(f"more than {MAX_VALUES} values")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, str):
            _check_string(item)
        elif isinstance(item, dict | list):
            left = _check_limits(item, depth=depth + 1, left=left)
    return left


def _check_string(value: str) -> None:
    if len(value) > MAX_STRING:
        raise Malformed(f"a string longer than {MAX_STRING}")
    if "\0" in value:  # PostgreSQL keeps no text with it
        raise Malformed("a string with a NUL character")


def one(document: Document, name: str) -> Any:
    """Return the only or first value of a property, or None."""
    value = document.get(name)
    if isinstance(value, list):
        return value[0] if value else None
    return value


def many(document: Document, name: str) -> list[Any]:
    """Return all values of a property; an absent or null one has none."""
    value = document.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def id_of(value: Any) -> str | None:
    """Return the id that a value is or carries, if it is an http(s) URI."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and _is_uri(value) else None


def _is_uri(value: str) -> bool:
    return (
        URI.fullmatch(value) is not None
        and value.isprintable()
        and len(value.encode("utf-8")) <= MAX_URI
    )


def one_id(document: Document, name: str) -> str:
    """Return the id of a property's only value, or raise `Malformed`."""
    uri = id_of(one(document, name))
    if uri is None:
        raise Malformed(f"{name}: expected an id")
    return uri


def optional_id(document: Document, name: str) -> str | None:
    """Return the id of a property's first value, if it has one."""
    return id_of(one(document, name))


def ids(document: Document, name: str) -> tuple[str, ...]:
    """Return the ids of all values of a property, the public collection's short names included."""
    return tuple(uri for item in many(document, name) if (uri := _address(item)) is not None)


def _address(value: Any) -> str | None:
    if isinstance(value, str) and value in {"as:Public", "Public"}:
        return "https://www.w3.org/ns/activitystreams#Public"
    return id_of(value)


def text(document: Document, name: str) -> str:
    """Return a required plain string, or raise `Malformed`."""
    value = one(document, name)
    if not isinstance(value, str):
        raise Malformed(f"{name}: expected a string")
    return value


def optional_text(document: Document, name: str) -> str | None:
    """Return a plain string, if there is one."""
    value = one(document, name)
    return value if isinstance(value, str) else None


def when(document: Document, name: str) -> datetime | None:
    """Return an RFC 3339 moment in UTC, if there is one with a time zone that can be read."""
    value = one(document, name)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    # At the ends of the calendar no other zone's clock can be reckoned.
    if moment.tzinfo is None or not EARLIEST <= moment.year <= LATEST:
        return None
    return moment.astimezone(UTC)


def moment(document: Document, name: str) -> datetime:
    """Return a required moment, or raise `Malformed`."""
    found = when(document, name)
    if found is None:
        raise Malformed(f"{name}: expected a date and time")
    return found


def words_of(
    document: Document, name: str, says: Callable[[str], object] = str.strip
) -> tuple[str | None, str | None]:
    """Return what a property says in a natural language, and in which language if that is told.

    Either the property itself says it, or a map beside it does (`contentMap`), whose first words
    count where the property is blank. A value in the expanded form of JSON-LD is one as well.
    `says` tells whether a value says anything.
    """
    said = [_said(value) for value in many(document, name)]
    mapped = document.get(f"{name}Map")
    by_language = [
        (words, _language(code))
        for code, values in islice(
            mapped.items() if isinstance(mapped, dict) else (), MAX_LANGUAGES
        )
        for words in (values[:1] if isinstance(values, list) else [values])
        if isinstance(words, str)
    ]
    for words, language in said:
        if words is not None and says(words):
            same = (code for mapped_words, code in by_language if mapped_words == words)
            first = by_language[0][1] if by_language else None
            return words, language or next(same, first)
    for words, language in by_language:
        if says(words):
            return words, language
    return next((words for words, _ in said if words is not None), None), None


def _said(value: Any) -> tuple[str | None, str | None]:
    if not isinstance(value, Mapping):
        return (value, None) if isinstance(value, str) else (None, None)
    words = value.get("@value")
    return (words if isinstance(words, str) else None), _language(value.get("@language"))


def _language(code: Any) -> str | None:
    """Return the code of a language as BCP 47 writes it; some servers write `fr_FR`."""
    written = code.replace("_", "-") if isinstance(code, str) else ""
    return written if LANGUAGE.fullmatch(written) and written != "und" else None


def language_named(document: Document) -> str | None:
    """Return the language that a document names for all of it, as Lemmy does, and Mobilizon."""
    said = one(document, "language") or one(document, "inLanguage")
    if isinstance(said, Mapping):
        said = said.get("identifier")
    return _language(said)
