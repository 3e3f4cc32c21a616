"""What changed from one text to the next, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Literal

Kind = Literal["same", "removed", "added"]
# What one comparison may cost: some hundred lines or words that changed, well below 50 ms.
# Whatever changed beyond that is shown as gone, and as come.
STEPS = 50_000
_WORD = re.compile(r"\s*\S+|\s+")
_Piece = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stretch of text that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(slots=True, kw_only=True)
class _Patience:
    """What is left of the steps that a comparison may take."""

    steps: int


@lru_cache(maxsize=128)
def compare(old: str, new: str) -> tuple[Difference, ...]:
    """Return both texts as one: without what was added it is the old one, and so on."""
    patience = _Patience(steps=STEPS)
    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces = [
        piece
        for kind, before, after in _matched(*lines, patience)
        for piece in ([(kind, before)] if kind == "same" else _words(before, after, patience))
    ]
    return tuple(
        Difference(kind=kind, text="".join(text for _, text in run))
        for kind, run in groupby((piece for piece in pieces if piece[1]), key=itemgetter(0))
    )


def _words(before: str, after: str, patience: _Patience) -> Iterator[_Piece]:
    for kind, gone, come in _matched(_WORD.findall(before), _WORD.findall(after), patience):
        if kind == "same":
            yield "same", gone
        else:
            yield "removed", gone
            yield "added", come


def _matched(
    old: Sequence[str], new: Sequence[str], patience: _Patience
) -> Iterator[tuple[Kind, str, str]]:
    """Yield what stays, once, and between it what went with what came in its place."""
    first = _shared(old, new)
    last = _shared(old[first:][::-1], new[first:][::-1])
    middle = old[first : len(old) - last], new[first : len(new) - last]
    yield "same", "".join(old[:first]), ""
    start = new_start = 0
    for place, new_place, length in _runs(*middle, patience):
        yield "added", "".join(middle[0][start:place]), "".join(middle[1][new_start:new_place])
        start, new_start = place + length, new_place + length
        yield "same", "".join(middle[0][place:start]), ""
    yield "added", "".join(middle[0][start:]), "".join(middle[1][new_start:])
    yield "same", "".join(old[len(old) - last :]), ""


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """Return with how many pieces both begin alike."""
    most = min(len(old), len(new))
    return next((place for place in range(most) if old[place] != new[place]), most)


def _runs(
    old: Sequence[str], new: Sequence[str], patience: _Patience
) -> list[tuple[int, int, int]]:
    """Return what both have in common, as places in either and a length, in their order.

    By the greedy algorithm of E. W. Myers, An O(ND) Difference Algorithm (1986): the fewest
    pieces that went or came, in a time that grows with their number. Nothing in common where
    that takes more steps than are left.
    """
    trail = _trail(old, new, patience)
    runs: list[tuple[int, int, int]] = []
    place, new_place = len(old), len(new)
    for number in range(len(trail) - 1, -1, -1):
        diagonal = place - new_place
        is_added = _is_added(trail[number], diagonal, number)
        before = trail[number][diagonal + 1 if is_added else diagonal - 1]
        start = before if is_added or number == 0 else before + 1
        if place > start:
            runs.append((start, start - diagonal, place - start))
        place, new_place = before, before - (diagonal + 1 if is_added else diagonal - 1)
    return runs[::-1]


def _trail(old: Sequence[str], new: Sequence[str], patience: _Patience) -> list[dict[int, int]]:
    """Return, for each number of changes, how far those before it lead on each diagonal."""
    furthest = {1: 0}
    trail = []
    for number in range(len(old) + len(new) + 1):
        trail.append(furthest.copy())
        for diagonal in range(-number, number + 1, 2):
            is_added = _is_added(furthest, diagonal, number)
            start = furthest[diagonal + 1] if is_added else furthest[diagonal - 1] + 1
            place = _followed(old, new, start, diagonal)
            furthest[diagonal] = place
            patience.steps -= 1 + place - start
            if place >= len(old) and place - diagonal >= len(new):
                return trail
        if patience.steps <= 0:
            break
    return []


def _is_added(furthest: dict[int, int], diagonal: int, number: int) -> bool:
    """Whether the last change on the way to a diagonal added a piece, or removed one."""
    if diagonal == -number:
        return True
    return diagonal != number and furthest[diagonal - 1] < furthest[diagonal + 1]


def _followed(old: Sequence[str], new: Sequence[str], start: int, diagonal: int) -> int:
    """Return how far both are alike from a place on a diagonal on."""
    place = start
    while place < len(old) and place - diagonal < len(new) and old[place] == new[place - diagonal]:
        place += 1
    return place
