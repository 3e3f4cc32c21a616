"""`dosfed import` and `dosfed export`."""

import json
from collections import Counter
from typing import Any

import click
import orjson

from dosfed.acts.additions import import_into
from dosfed.acts.exports import export_document
from dosfed.acts.imports import import_document
from dosfed.acts.opening import open_instance
from dosfed.commands import Lines
from dosfed.deliberation.votes.polls import load_bare
from dosfed.settings import Settings
from dosfed.storage.clock import Clock

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


BARE = (
    "dosfed: polls that show every ballot in their counts at once (counts_from 0 or 1): {number}; "
    "whoever watches them can tell what each voter chose"
)


class NotJson(ValueError):
    """The file is not JSON; the message says where it stops being so."""


async def import_file(
    settings: Settings, clock: Clock, *, raw: bytes, into: str | None = None
) -> Lines:
    """Make everything that a file asks for, or nothing; `into` names what it is added to."""
    document = read_json(raw)
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        if into is None:
            made = await import_document(connection, document, opened.house, at=at)
        else:
            made = await import_into(connection, document, into, opened.house, at=at)
        bare = await load_bare(connection) & {one.id for one in made}
    if bare:
        click.echo(BARE.format(number=len(bare)), err=True)
    return [{"kind": one.kind, "ref": one.ref, "id": one.id} for one in made]


async def export(settings: Settings, clock: Clock, *, name: str | None) -> Lines:
    """Return one line: the file from which another instance can import."""
    async with open_instance(settings, clock) as opened, opened.database.read() as connection:
        return [await export_document(connection, name)]


def read_json(raw: bytes) -> Any:
    """Parse a file, refusing what parsers read differently, such as doubled keys."""
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    try:
        document = json.loads(raw.decode(), object_pairs_hook=_unique)
        orjson.loads(raw)  # stricter: no NaN, no half characters
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8: byte {error.start}") from error
    except RecursionError as error:
        raise NotJson("nested too deeply") from error
    except NotJson:
        raise
    except ValueError as error:
        raise NotJson(f"not JSON: {error}") from error
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise NotJson(f"the key {twice!a} stands twice in one object")
    return document
