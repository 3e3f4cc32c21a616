"""Consultations, proposals and arguments are found by the words in them."""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.search.tables import SearchEntries
from dosfed.deliberation.search.words import fold, is_common, stem

POSTGRESQL = "postgresql"
# So many of what fits are ranked, the newest first; a page says when there are more.
MOST_FOUND = 500
# Of proposals that share a word, when looking for similar ones.
MOST_SHARING = 1_000
MOST_COMPARED = 40
TITLE_WORDS = 12
TEXT_WORDS = 8
TEXT_LENGTH = 2_000
TEXT_WEIGHT = 0.5
LEAST_ALIKE = 0.25
LEAST_SHARED = 2

# The full-text table that SQLite keeps beside `search_entries`.
_index = Table("search_index", MetaData(), Column("rowid", Integer), Column("search_index", Text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something in which all words of a query begin words; `title` is folded."""

    id: str
    kind: str  # consultation, proposal, argument
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarProposal:
    """A proposal that says much the same as a text."""

    id: str
    title: str
    language: str


def has_words(dialect: str, query: BindParameter[str]) -> ColumnElement[bool]:
    """Return the condition that an entry has words that begin like each of a query's.

    The query is written by `write_query` for the same dialect.
    """
    if dialect == POSTGRESQL:
        return SearchEntries.words.op("@@")(cast(query, TSQUERY))
    found = select(_index.c.rowid).where(_index.c.search_index.op("MATCH")(query))
    return SearchEntries.id.in_(found)


def write_query(dialect: str, words: Iterable[str]) -> str:
    """Return a query for the beginnings of all these words; they are nothing but letters."""
    if dialect == POSTGRESQL:
        return " & ".join(f"{word}:*" for word in words)
    return " AND ".join(f'"{word}" *' for word in words)


async def find(connection: AsyncConnection, query: Sequence[str]) -> tuple[Found, ...]:
    """Return what has all words of a query, best first: in the title, then newest.

    `MOST_FOUND` of them at most.
    """
    if not query:
        return ()
    dialect = connection.dialect.name
    rows = await connection.execute(_finding(dialect), {"query": write_query(dialect, query)})
    found = [Found(id=id_, kind=kind, title=title) for id_, kind, title in rows]
    found.sort(key=lambda one: -_rank(one.title, query))
    return tuple(found)


@cache
def _finding(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        select(SearchEntries.object, SearchEntries.kind, SearchEntries.title)
        .where(has_words(dialect, bindparam("query", type_=Text)))
        .order_by(SearchEntries.id.desc())
        .limit(MOST_FOUND)
    )


def _rank(title: str, query: Iterable[str]) -> int:
    """Return how well a folded title answers a query: 2 for a whole word, 1 for its beginning."""
    words = title.split()
    return sum(
        2 if wanted in words else any(word.startswith(wanted) for word in words) for wanted in query
    )


async def similar(
    connection: AsyncConnection, consultation: str, title: str, text: str, *, limit: int = 5
) -> tuple[SimilarProposal, ...]:
    """Return published proposals that say much the same, the most alike first.

    Words that few proposals have tell more than those that many have.
    """
    words = _telling_words(title, text)
    if not words:
        return ()
    sharing = await _sharing(connection, consultation, tuple(words))
    weights = {
        word: weight * math.log1p(MOST_SHARING / max(1, len(sharing[word])))
        for word, weight in words.items()
    }
    alike, shared = _alike(sharing, weights), Counter(chain.from_iterable(sharing.values()))
    likely = heapq.nlargest(MOST_COMPARED, alike, key=lambda entry: (alike[entry], entry))
    rows = await connection.execute(
        select(SearchEntries.id, SearchEntries.title, Proposals.title, Proposals.language)
        .add_columns(Proposals.id.label("proposal"))
        .join(Proposals, Proposals.id == SearchEntries.object)
        .where(SearchEntries.id.in_(likely), READABLE.of(Proposals))
    )
    least = min(LEAST_SHARED, len(weights))
    scored = [
        (alike[entry] * (1 + covered) / 2, entry, shown, language, proposal)
        for entry, folded, shown, language, proposal in rows
        # One word is not much, unless a title says nothing else.
        if (covered := _covered(folded, weights)) == 1 or shared[entry] >= least
    ]
    return tuple(
        SimilarProposal(id=proposal, title=shown, language=language)
        for score, _, shown, language, proposal in heapq.nlargest(limit, scored)
        if score >= LEAST_ALIKE
    )


def _telling_words(title: str, text: str) -> dict[str, float]:
    """Return the stems that a text is about, each with its weight; those of the title first."""
    words = dict.fromkeys(_stems(title, TITLE_WORDS), 1.0)
    for word in _stems(text, TEXT_WORDS):
        words.setdefault(word, TEXT_WEIGHT)
    return words


def _stems(text: str, most: int) -> list[str]:
    words = (stem(word) for word in fold(text[:TEXT_LENGTH]).split() if not is_common(word))
    return list(dict.fromkeys(words))[:most]


async def _sharing(
    connection: AsyncConnection, consultation: str, words: Sequence[str]
) -> dict[str, list[int]]:
    """Return the entries of a consultation's proposals that have each of these words."""
    dialect = connection.dialect.name
    queries = {f"word{place}": write_query(dialect, (word,)) for place, word in enumerate(words)}
    rows = await connection.execute(
        _share(dialect, len(words)), {"consultation": consultation, **queries}
    )
    sharing: dict[str, list[int]] = {word: [] for word in words}
    for place, entry in rows:
        sharing[words[place]].append(entry)
    return sharing


@cache
def _share(dialect: str, words: int) -> CompoundSelect[*tuple[Any, ...]]:
    newest = [
        select(literal(place, Integer).label("place"), SearchEntries.id)
        .where(
            has_words(dialect, bindparam(f"word{place}", type_=Text)),
            SearchEntries.kind == "proposal",
            SearchEntries.consultation == bindparam("consultation"),
        )
        .order_by(SearchEntries.id.desc())
        .limit(MOST_SHARING)
        .subquery()
        for place in range(words)
    ]
    return union_all(*(select(part.c.place, part.c.id) for part in newest))


def _alike(sharing: Mapping[str, Sequence[int]], weights: Mapping[str, float]) -> dict[int, float]:
    """Return which part of a text's weight each entry shares."""
    scores: dict[int, float] = defaultdict(float)
    for word, entries in sharing.items():
        for entry in entries:
            scores[entry] += weights[word]
    whole = sum(weights.values())
    return {entry: score / whole for entry, score in scores.items()}


def _covered(folded_title: str, weights: Iterable[str]) -> float:
    """Return how much of what a title is about is shared; of one about nothing, nothing."""
    telling = [stem(word) for word in folded_title.split() if not is_common(word)]
    shared = sum(any(word.startswith(other) for other in weights) for word in telling)
    return shared / max(1, len(telling))
