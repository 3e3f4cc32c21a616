"""Reading values out of a parsed JSON file, each complaint with the path of what is wrong."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

Item = TypeVar("Item")
Word = TypeVar("Word", bound=StrEnum)

_KEY = re.compile(r"[\w -]{1,60}")
# What neither a line of text nor a database takes.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class BadDocument(ValueError):
    """The file cannot be taken; the message is one line, with the path of what is wrong."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A JSON object of which only known keys are left; `path` says where it is."""

    path: str
    values: Mapping[str, Any]

    def at(self, name: str) -> str:
        """Return the path of one of its values."""
        return f"{self.path}.{name}" if self.path else name

    def bad(self, name: str, reason: str) -> BadDocument:
        """Return a complaint about one of its values."""
        return BadDocument(self.at(name), reason)

    def has(self, name: str) -> bool:
        """Whether a key is there; null counts as absent."""
        return self.values.get(name) is not None


def read_fields(value: object, path: str, *, known: Collection[str]) -> Fields:
    """Read an object, refusing keys that mean nothing here."""
    if not isinstance(value, dict):
        raise BadDocument(path, f"expected an object, found {_kind(value)}")
    for key in value:
        if key not in known:
            shown = key if _KEY.fullmatch(str(key)) else _short(key)
            raise BadDocument(f"{path}.{shown}" if path else shown, "unknown key")
    return Fields(path=path, values=value)


def read_object(fields: Fields, name: str, *, known: Collection[str]) -> Fields | None:
    """Read an object within, or none if it is absent."""
    if not fields.has(name):
        return None
    return read_fields(fields.values[name], fields.at(name), known=known)


def read_list(
    fields: Fields, name: str, read: Callable[[object, str], Item], *, most: int
) -> tuple[Item, ...]:
    """Read each item of a list; an absent one is empty."""
    value = fields.values.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise fields.bad(name, f"expected a list, found {_kind(value)}")
    if len(value) > most:
        raise fields.bad(name, f"more than {most} of them")
    return tuple(read(item, f"{fields.at(name)}[{place}]") for place, item in enumerate(value))


def read_line(value: object, path: str, *, most: int) -> str:
    """Read a text that must say something, on one line."""
    line = read_text(value, path, most=most).strip()
    if not line:
        raise BadDocument(path, "is empty")
    if "\n" in line or "\r" in line:
        raise BadDocument(path, "must be one line")
    return line


def read_text(value: object, path: str, *, most: int) -> str:
    """Read a text of any number of lines."""
    if not isinstance(value, str):
        raise BadDocument(path, f"expected a text, found {_kind(value)}")
    if len(value) > most:
        raise BadDocument(path, f"longer than {most} characters")
    if _CONTROL.search(value):
        raise BadDocument(path, "holds a character that is not text")
    return value


def line(fields: Fields, name: str, *, most: int, default: str | None = None) -> str:
    """Read a line; without a default it must be there."""
    if not fields.has(name):
        if default is None:
            raise fields.bad(name, "is missing")
        return default
    return read_line(fields.values[name], fields.at(name), most=most)


def text(fields: Fields, name: str, *, most: int) -> str:
    """Read a text; an absent one is empty."""
    return read_text(fields.values[name], fields.at(name), most=most) if fields.has(name) else ""


def moment(fields: Fields, name: str, *, default: datetime | None = None) -> datetime:
    """Read a date with time and zone, as ISO 8601 writes it; without a default it must be there."""
    value = fields.values.get(name)
    if value is None and default is not None:
        return default
    if value is None:
        raise fields.bad(name, "is missing")
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        if read is not None and read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise fields.bad(name, f"expected a date like 2026-01-01T00:00:00Z, found {_short(value)}")


def word(fields: Fields, name: str, kind: type[Word], *, default: Word | None = None) -> Word:
    """Read one of some words; without a default it must be there."""
    if default is not None and not fields.has(name):
        return default
    return kind(one_of(fields, name, [member.value for member in kind]))


def one_of(fields: Fields, name: str, words: Sequence[str]) -> str:
    """Read one of some words, which must be there."""
    value = fields.values.get(name)
    if isinstance(value, str) and value in words:
        return value
    if value is None:
        raise fields.bad(name, f"is missing: one of {', '.join(words)}")
    raise fields.bad(name, f"expected one of {', '.join(words)}, found {_short(value)}")


def number(fields: Fields, name: str, *, most: int, default: int | None = None) -> int:
    """Read a whole number from 0 on; without a default it must be there."""
    value = fields.values.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise fields.bad(name, f"expected a whole number from 0 to {most}, found {_short(value)}")
    return value


def flag(fields: Fields, name: str, *, default: bool) -> bool:
    """Read true or false."""
    value = fields.values.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise fields.bad(name, f"expected true or false, found {_short(value)}")
    return value


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "true or false", dict: "an object", list: "a list", str: "a text"}
    return names.get(type(value), "a number")


def _short(value: object) -> str:
    """Return how a value is named in a complaint: on one line, never long."""
    if isinstance(value, dict | list):
        return _kind(value)
    shown = ascii(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004 - a line's room
