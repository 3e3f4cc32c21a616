"""The clauses of a text: what one can argue about, under names that outlive a new version."""

import hashlib
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dosfed import texts

ANCHOR = re.compile(r"c-[a-z0-9-]{1,40}")
# Of the words of both, so many are shared by a clause and what it was before.
ALIKE = 0.5
# A text in more parts than a law has articles is argued about as a whole.
MOST = 500
# Beyond so many changed clauses every pair would have to be compared: they all count as new.
COMPARED = 100
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*)>')
_BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a text; `anchor` is its place on the page, in every version that has it."""

    anchor: str
    html: str


def clauses_of(html: str, kept: Sequence[str] | None) -> tuple[Clause, ...]:
    """Return the clauses of a text as it is shown.

    `kept` are their anchors, where an earlier version gave them; without, they come from the
    words, so that every server finds the same ones.
    """
    return _clauses_of(html, None if kept is None else tuple(kept))


@lru_cache(maxsize=512)
def _clauses_of(html: str, kept: tuple[str, ...] | None) -> tuple[Clause, ...]:
    blocks = split(texts.sanitise(html))
    if kept is None or len(kept) != len(blocks) or len(set(kept)) != len(kept):
        kept = anchors((), blocks)
    return tuple(
        Clause(anchor=anchor, html=block) for anchor, block in zip(kept, blocks, strict=True)
    )


def split(html: str) -> tuple[str, ...]:
    """Return the outermost blocks of sanitised HTML; a heading goes with what follows it.

    Where there are more than `MOST`, the whole is one.
    """
    blocks: list[str] = []
    for piece in _outermost(html):
        if blocks and _is_heading(blocks[-1]):
            blocks[-1] += piece
        elif piece.strip():
            blocks.append(piece.strip())
    return tuple(blocks) if len(blocks) <= MOST else (html.strip(),)


def _is_heading(block: str) -> bool:
    """Whether what was put together so far ends with a heading."""
    return block.rstrip()[-len("</h1>") :].startswith("</h")


def _outermost(html: str) -> Iterable[str]:
    """Yield what lies side by side: each block, and any text between blocks."""
    start = depth = 0
    for tag in _TAG.finditer(html):
        if tag[2] not in _BLOCKS:
            continue
        if not tag[1]:
            if depth == 0:
                yield html[start : tag.start()]
                start = tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield html[start : tag.end()]
                start = tag.end()
    yield html[start:]


def anchors(old: Sequence[Clause], new: Sequence[str]) -> tuple[str, ...]:
    """Return the anchors of a new version's blocks.

    What stayed keeps its anchor wherever it moved; what changed keeps the one of the clause
    that it resembles most; what is new gets one of its own, which no clause had before.
    """
    words = [_words(block) for block in new]
    found = _unchanged(old, words)
    taken = set(found.values())
    left = [clause for clause in old if clause.anchor not in taken]
    found |= _alike(left, {place: said for place, said in enumerate(words) if place not in found})
    taken = {clause.anchor for clause in old}
    tried: dict[str, int] = {}
    for place, said in enumerate(words):
        if place not in found:
            found[place] = _fresh(said, taken, tried)
            taken.add(found[place])
    return tuple(found[place] for place in range(len(new)))


def _words(block: str) -> tuple[str, ...]:
    return tuple(texts.plain_text(block).split())


def _unchanged(old: Sequence[Clause], words: Sequence[tuple[str, ...]]) -> dict[int, str]:
    """Return the anchors of blocks that say what a clause said before, the same in order."""
    waiting: Mapping[tuple[str, ...], deque[str]] = defaultdict(deque)
    for clause in old:
        waiting[_words(clause.html)].append(clause.anchor)
    return {place: waiting[said].popleft() for place, said in enumerate(words) if waiting.get(said)}


def _alike(left: Sequence[Clause], words: Mapping[int, tuple[str, ...]]) -> dict[int, str]:
    """Return the anchors of blocks that resemble a clause, the most alike first."""
    if len(left) > COMPARED or len(words) > COMPARED:
        return {}
    before = [(clause.anchor, _numbered(_words(clause.html))) for clause in left]
    pairs = [
        (-_likeness(numbered, known), place, order, anchor)
        for place, numbered in ((place, _numbered(said)) for place, said in words.items())
        for order, (anchor, known) in enumerate(before)
    ]
    found: dict[int, str] = {}
    for unlikeness, place, _, anchor in sorted(pairs):
        if -unlikeness >= ALIKE and place not in found and anchor not in found.values():
            found[place] = anchor
    return found


def _numbered(words: Iterable[str]) -> frozenset[tuple[str, int]]:
    """Return words, the second time one is said apart from the first."""
    said: Counter[str] = Counter()
    numbered = []
    for word in words:
        said[word] += 1
        numbered.append((word, said[word]))
    return frozenset(numbered)


def _likeness(one: frozenset[tuple[str, int]], other: frozenset[tuple[str, int]]) -> float:
    """Return how much of the words of two texts both have, between 0 and 1."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 1.0


def _fresh(words: Sequence[str], taken: set[str], tried: dict[str, int]) -> str:
    """Return an anchor that comes from the words, and is nobody else's.

    `tried` is how far the numbers are given away: somebody may write the same word a thousand
    times.
    """
    stem = "c-" + hashlib.sha256(" ".join(words).encode()).hexdigest()[:8]
    number = tried.get(stem, 1)
    anchor = stem if number == 1 else f"{stem}-{number}"
    while anchor in taken:
        number += 1
        anchor = f"{stem}-{number}"
    tried[stem] = number
    return anchor
