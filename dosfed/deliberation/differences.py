"""What changed from one text to the next, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Literal

Kind = Literal["same", "removed", "added"]
# A line that changed is compared word by word while this many pairs of words are to be looked at.
COMPARED = 100_000
_WORD = re.compile(r"\s*\S+|\s+")
_Piece = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stretch of text that stayed, went or came."""

    kind: Kind
    text: str


@lru_cache(maxsize=128)
def compare(old: str, new: str) -> tuple[Difference, ...]:
    """Return both texts as one: without what was added it is the old one, and so on."""
    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces = [
        piece
        for kind, before, after in _matched(*lines)
        for piece in ([(kind, before)] if kind == "same" else _words(before, after))
    ]
    return tuple(
        Difference(kind=kind, text="".join(text for _, text in run))
        for kind, run in groupby((piece for piece in pieces if piece[1]), key=itemgetter(0))
    )


def _words(before: str, after: str) -> Iterator[_Piece]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) * len(new) > COMPARED:
        yield "removed", before
        yield "added", after
        return
    for kind, gone, come in _matched(old, new):
        if kind == "same":
            yield "same", gone
        else:
            yield "removed", gone
            yield "added", come


def _matched(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Kind, str, str]]:
    """Yield what stays, once, and between it what went with what came in its place."""
    # Left to itself the matcher leaves frequent words aside in long texts, which shows.
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > COMPARED)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        kind: Kind = "same" if tag == "equal" else "added"
        yield kind, "".join(old[start:end]), "".join(new[new_start:new_end])
