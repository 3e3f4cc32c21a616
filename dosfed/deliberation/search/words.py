"""Words as they are looked for: without accents, case, plurals or what every sentence has."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile

from dosfed import texts

# Long enough for any word; what is longer was not typed by a person.
WORD_LENGTH = 40
MOST_WORDS = 4_000
# A syllable of Korean is three letters; a sign may be eighteen, and a text of those is none.
MOST_LETTERS = 120_000
QUERY_LENGTH = 200
QUERY_WORDS = 12
# Shorter ones keep their end: "bus", "prix", "pays" are no plurals.
SHORTEST_PLURAL = 5
EXCERPT_LENGTH = 240
BEFORE_HIT = 80

_WORD = re.compile(r"[^\W_]+")
# Letters that are no letter with an accent in Unicode, and are typed as others.
_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i"})
# What the sentences of three languages are full of; looked for only where nothing else is.
_COMMON = """
a à afin ai ainsi alors après au aucun aussi autre aux avant avec avoir c ça car ce cela celle
ces cet cette chaque comme d dans de des donc dont du elle elles en encore entre est et être
eux fait faire faut il ils j je l la là le les leur leurs lui m mais me même mes moins mon n ne
ni non nos notre nous on ont ou où par pas peu peut plus pour qu quand que qui s sa sans se ses
si son sont sous sur t ta te tes toi ton tous tout toute toutes très trop tu un une vers vos
votre vous y
al algo ante antes aquel así bajo cada como con contra cual cuando cómo del desde donde dos el
ella ellas ellos era eran es esa ese eso esta está estar este esto están fue ha hacer hacia
han hasta hay las lo los mi muy más nada ni no nos nosotros o otra otro para pero poco por
porque puede que qué quien se sea ser si sin sobre son su sus sí también tan te tener tiene
toda todas todo todos una uno unos y ya yo
about all also an and any are as at be because been but by can do does for from had has have
he her his how i if in into is it its just more most must no not of on one or our out over
she should so some such than that the their them then there these they this to up was we were
what when which who will with would you your
"""


def fold(text: str) -> str:
    """Return a text without accents and case, its words apart by one space each."""
    return " ".join(_folded_words(text))


def distinct_words(*texts: str) -> str:
    """Return the words of texts as an index keeps them: each once, in alphabetical order."""
    found = {word for text in texts for word in _folded_words(text)}
    return " ".join(sorted(found)[:MOST_WORDS])


def read_query(text: str) -> tuple[str, ...]:
    """Return the beginnings of words that somebody looks for; common words only if alone."""
    words = list(_folded_words(text[:QUERY_LENGTH]))
    telling = [stem(word) for word in words if not is_common(word)]
    return tuple(dict.fromkeys(telling or words))[:QUERY_WORDS]


def is_common(word: str) -> bool:
    """Whether a folded word says nothing about what a text is about."""
    return len(word) == 1 or word in _COMMON_WORDS


def stem(word: str) -> str:
    """Return the beginning that a folded word shares with its plural or singular."""
    if len(word) > SHORTEST_PLURAL and word.endswith("es"):
        return word[:-2]
    if len(word) >= SHORTEST_PLURAL and word[-1] in "sx":
        return word[:-1]
    return word


def excerpt_around(text: str, query: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """Return a line of a plain text in pieces, from where it says what is looked for.

    Each piece is a hit or not.
    """
    line, stems = " ".join(text.split()), tuple(query)
    # One call for all beginnings; the words of a language come again and again.
    hits = (found for found in _WORD.finditer(line) if _folded(found[0]).startswith(stems))
    first = next(hits, None)
    start = _word_start(line, first.start() - BEFORE_HIT) if first else 0
    end = _word_end(line, start + EXCERPT_LENGTH)
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    place = start
    # Lazily: of a long text only the line that is shown is read to its end.
    for hit in (first, *takewhile(lambda hit: hit.end() <= end, hits)) if first else ():
        if place <= hit.start() and hit.end() <= end:
            pieces += [(line[place : hit.start()], False), (hit[0], True)]
            place = hit.end()
    pieces.append((line[place:end] + (" …" if end < len(line) else ""), False))
    return tuple(piece for piece in pieces if piece[0])


@lru_cache(maxsize=8_192)
def _folded(word: str) -> str:
    return fold(word)


def _word_start(line: str, wanted: int) -> int:
    if wanted <= 0:
        return 0
    space = line.find(" ", wanted)
    return space + 1 if 0 < space < wanted + BEFORE_HIT else wanted


def _word_end(line: str, wanted: int) -> int:
    if wanted >= len(line):
        return len(line)
    space = line.rfind(" ", 0, wanted)
    return space if space > wanted - BEFORE_HIT else wanted


def _folded_words(text: str) -> Iterator[str]:
    lowered = text.casefold()
    if not lowered.isascii():
        decomposed = texts.normalise(lowered, "NFKD")[:MOST_LETTERS]
        # Once more: some letters turn into capitals when they are taken apart.
        lowered = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
        lowered = lowered.translate(_PLAIN)  # last: some have accents beside, as "ǽ" has
    for found in _WORD.finditer(lowered):
        yield found[0][:WORD_LENGTH]


_COMMON_WORDS = frozenset(fold(_COMMON).split())
