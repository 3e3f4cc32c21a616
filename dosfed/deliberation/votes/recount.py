"""The anonymous ballot file of a closed poll, and counting it again: pure, with no database.

The file is JSON lines: first what the poll asked and how many ballots follow, then each ballot by
a random id with its choice as the method keeps it, sorted by that id. It says nothing else: no
voter, no server, no time, no order. It follows from what is kept when the poll closes, the groups
of equal choices and a secret, so it stays the same to the byte when the ballots themselves are
erased (rule 4.1), and its digest can be told to everybody (rule 2.8, docs/recount.md).
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from dosfed.deliberation.model import Refused
from dosfed.deliberation.votes.methods.by_name import ByName
from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.deliberation.votes.methods.model import (
    BadTerms,
    Choice,
    Method,
    Names,
    Result,
    Written,
    read_choice,
    write_choice,
)

FORMAT = 1
ID_BYTES = 10  # no two of a billion ballots meet by chance, as good as never
LONGEST_LINE = 1_000_000
LINES_AT_ONCE = 2_000
Groups = Sequence[tuple[str, int]]


class BadFile(ValueError):
    """What is read is no ballot file; the message is one line, with the number of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """All that a ballot file follows from; `groups` are choices as they are kept, with numbers."""

    poll: str
    method: Method
    options: tuple[str, ...]
    closed: datetime  # the end of the vote
    seed: bytes
    groups: Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What a ballot file says; `sha256` is the digest of its bytes."""

    poll: str
    method: Method
    options: tuple[str, ...]
    ballots: int
    result: Result
    sha256: str


def write_ballots(ballots: Ballots) -> Iterator[bytes]:
    """Yield a ballot file in parts of some thousand lines."""
    head = {
        "dosfed_ballots": FORMAT,
        "poll": ballots.poll,
        "method": ballots.method.word,
        "version": ballots.method.version,
        "terms": dict(ballots.method.terms),
        "options": list(ballots.options),
        "closed": ballots.closed.isoformat().replace("+00:00", "Z"),
        "ballots": sum(number for _, number in ballots.groups),
    }
    yield orjson.dumps(head) + b"\n"
    groups = sorted(ballots.groups)
    lines = [b'","choice":[' + kept.encode() + b"]}\n" for kept, _ in groups]
    rows = sorted(_ids(ballots.seed, groups))
    for start in range(0, len(rows), LINES_AT_ONCE):
        yield b"".join(
            b'{"ballot":"' + row[:ID_BYTES].hex().encode() + lines[int.from_bytes(row[ID_BYTES:])]
            for row in rows[start : start + LINES_AT_ONCE]
        )


def _ids(seed: bytes, groups: Groups) -> Iterator[bytes]:
    """Yield the id of each ballot followed by the place of its group: one small value a ballot."""
    number = 0
    for place, (_, ballots) in enumerate(groups):
        tail = place.to_bytes(4)
        for _ in range(ballots):
            yield hmac.digest(seed, number.to_bytes(8), "sha256")[:ID_BYTES] + tail
            number += 1


def digest(ballots: Ballots) -> str:
    """Return the SHA-256 of a ballot file, in hexadecimal."""
    made = hashlib.sha256()
    for part in write_ballots(ballots):
        made.update(part)
    return made.hexdigest()


def recount(lines: Iterable[bytes]) -> Recount:
    """Count a ballot file again, line by line, or raise `BadFile`."""
    made = hashlib.sha256()
    numbered = enumerate(_whole(lines), start=1)
    _, first = next(numbered, (1, b""))
    made.update(first)
    head = _read(first, 1)
    method, options = _method(head), _options(head)
    cells, before, ballots = [0] * method.cells(len(options)), "", 0
    for number, line in numbered:
        made.update(line)
        row = _read(line, number)
        ballot = row.get("ballot")
        if not isinstance(ballot, str) or ballot <= before:
            raise BadFile(f"line {number}: ballots are not in the order of their ids, each once")
        before, ballots = ballot, ballots + 1
        for cell in method.marks(_choice(row.get("choice"), method, options, number)):
            cells[cell] += 1
    if ballots != head.get("ballots"):
        raise BadFile(f"line 1: says {head.get('ballots')!a} ballots, and {ballots} follow")
    return Recount(
        poll=str(head.get("poll")),
        method=method,
        options=options,
        ballots=ballots,
        result=method.result(tuple(cells)),
        sha256=made.hexdigest(),
    )


def _whole(lines: Iterable[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise BadFile(f"line {number}: longer than a ballot can be")
        yield line


def _read(line: bytes, number: int) -> Mapping[str, Any]:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadFile(f"line {number}: not JSON") from error
    if not isinstance(read, dict):
        raise BadFile(f"line {number}: not an object")
    return read


def _method(head: Mapping[str, Any]) -> Method:
    if head.get("dosfed_ballots") != FORMAT:
        raise BadFile("line 1: not a ballot file of a form that this version knows")
    word, terms = head.get("method"), head.get("terms")
    method = METHODS.get(word) if isinstance(word, str) else None
    if method is None or head.get("version") != method.version or not isinstance(terms, dict):
        raise BadFile("line 1: a way to vote that this version does not know")
    try:
        return method.with_terms(terms)
    except BadTerms as error:
        raise BadFile(f"line 1: {error}") from error


def _options(head: Mapping[str, Any]) -> tuple[str, ...]:
    options = head.get("options")
    if not isinstance(options, list) or not all(isinstance(one, str) for one in options):
        raise BadFile("line 1: no options")
    return tuple(options)


def _choice(said: object, method: Method, options: tuple[str, ...], number: int) -> Choice:
    """Return a choice, as the method itself would have taken it from a voter."""
    wrong = BadFile(f"line {number}: not a choice of this vote")
    if not isinstance(said, list) or not all(type(one) is int and one >= 0 for one in said):
        raise wrong
    choice: Choice = tuple(said)
    if isinstance(method, ByName):
        if any(place >= len(options) for place in choice):
            raise wrong
        ballot: Names | Written = Names(names=tuple(options[place] for place in choice))
    else:
        ballot = Written(text=write_choice(choice))
    try:
        taken = method.read(ballot, options)
    except Refused as refused:
        raise wrong from refused
    if taken != choice:
        raise wrong
    return choice


def kept_groups(rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return groups of equal choices as they are kept: each choice once, in their order."""
    found: dict[str, int] = {}
    for kept, number in rows:
        canonical = write_choice(read_choice(kept))
        found[canonical] = found.get(canonical, 0) + number
    return sorted(found.items())
