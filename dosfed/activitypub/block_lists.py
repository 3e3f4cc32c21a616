"""Lists of blocked servers as Mastodon writes them: read from a file, and written as one."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from dosfed.activitypub.blocks import Block, check_target, read_target

HEADER = (
    "#domain",
    "#severity",
    "#reject_media",
    "#reject_reports",
    "#public_comment",
    "#obfuscate",
)
SUSPEND = "suspend"
BOM = "\ufeff"
QUOTE = "'"
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MAX_LINES = 50_000
MAX_REASON = 500


class BadList(ValueError):
    """A file is no list of servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A server that a list asks to be blocked."""

    domain: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A line that is not taken: `known`, `severity`, `obfuscated` or `name` says why."""

    line: int
    domain: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """What a file asks for, and what of it is not taken."""

    entries: tuple[Entry, ...]
    left: tuple[Left, ...]


def read_list(text: str, *, here: str, known: Collection[str] = ()) -> BlockList:
    """Read a list with Mastodon's columns, or with one server in each line.

    Only severity `suspend` is a block: to silence a server has no meaning here. Raises
    `BadList`.
    """
    try:
        reader = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""))
        rows = list(islice(reader, MAX_LINES + 1))
    except csv.Error as error:
        raise BadList(str(error)) from error
    if len(rows) > MAX_LINES:
        raise BadList("too many lines")
    columns = _columns(rows[0]) if rows else None
    entries: dict[str, Entry] = {}
    left: list[Left] = []
    seen = set(known)
    for line, row in enumerate(rows[1:] if columns else rows, start=2 if columns else 1):
        if not row or not row[0].strip():
            continue
        cells = _cells(row, columns)
        why = _why_not(cells, here=here, known=seen)
        if why is None:
            entry = Entry(domain=read_target(cells["domain"]), reason=_reason(cells))
            entries[entry.domain] = entry
            seen.add(entry.domain)
        else:
            left.append(Left(line=line, domain=cells["domain"][:255], why=why))
    return BlockList(entries=tuple(entries.values()), left=tuple(left))


def write_list(blocks: Iterable[Block]) -> str:
    """Write blocked servers as Mastodon imports them; single accounts have no place there.

    Many open it in a spreadsheet first: no cell of it is taken for a formula, which could fetch
    or run something in the reader's name. No byte order mark tells spreadsheets the encoding:
    Mastodon would not know the first column by its name any more, and lose all the others.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for block in blocks:
        if "://" not in block.target:
            writer.writerow(
                (block.target, SUSPEND, "true", "true", _harmless(block.reason), "false")
            )
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Return a cell that a spreadsheet shows as text (OWASP, CSV injection)."""
    return f"{QUOTE}{cell}" if cell.lstrip(QUOTE).startswith(FORMULAS) else cell


def _columns(first: Sequence[str]) -> list[str] | None:
    """Return the names of the columns, if the first line gives them."""
    names = [cell.strip().lower().removeprefix("#") for cell in first]
    return names if "domain" in names else None


def _cells(row: Sequence[str], columns: Sequence[str] | None) -> dict[str, str]:
    named = dict(zip(columns or ("domain",), row, strict=False))
    return {"domain": "", **{name: cell.strip() for name, cell in named.items()}}


def _why_not(cells: dict[str, str], *, here: str, known: Collection[str]) -> str | None:
    domain = read_target(cells["domain"])
    if "*" in domain:
        return "obfuscated"
    if "://" in domain or check_target(domain, here=here) is None:
        return "name"
    # A list without the column is one of servers to suspend.
    if cells.get("severity", SUSPEND).lower() != SUSPEND:
        return "severity"
    return "known" if domain in known else None


def _reason(cells: dict[str, str]) -> str:
    said = " ".join(cells.get("public_comment", "").split())
    if said.startswith(QUOTE) and said.lstrip(QUOTE).startswith(FORMULAS):
        said = said[1:]  # as a list of ours has it
    return said[:MAX_REASON]
