"""What a search found, as a page shows it."""

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.search.finding import MOST_FOUND, Found, find
from dosfed.deliberation.search.words import excerpt_around, read_query
from dosfed.shown.called import name_beside
from dosfed.storage.paging import count_pages

PAGE_LENGTH = 10


class Kind(enum.StrEnum):
    """What is looked for."""

    ALL = "all"
    CONSULTATION = "consultation"
    PROPOSAL = "proposal"
    ARGUMENT = "argument"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Something that was found; `title` is its proposal's, for an argument.

    `said` is a line around the words that were looked for, in pieces: a hit, or not.
    """

    id: str
    kind: str
    proposal: str | None
    title: str
    language: str | None
    said: tuple[tuple[str, bool], ...]
    author_name: str | None
    called: str | None  # a name beside that, or nothing
    stance: Stance | None
    address: str
    home: str | None
    consultation: str  # its title
    consultation_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Everything templates/search/show.html may use.

    `counts` is by kind; with `is_cut` there is more than was looked at.
    """

    text: str
    kind: Kind
    counts: Mapping[str, int]
    results: tuple[Result, ...]
    page: int
    pages: int
    is_cut: bool


async def load_search(
    connection: AsyncConnection, text: str, kind: Kind, *, page: int
) -> SearchPage:
    """Return a page of what was found, in one statement, and one more per kind on the page."""
    query = read_query(text)
    found = await find(connection, query)
    wanted = [one for one in found if kind in {Kind.ALL, one.kind}]
    shown = wanted[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
    counts = Counter(one.kind for one in found)
    return SearchPage(
        text=text,
        kind=kind,
        counts={kind.value: counts[kind] for kind in Kind} | {Kind.ALL.value: len(found)},
        results=await _load_results(connection, shown, query),
        page=page,
        pages=count_pages(len(wanted), PAGE_LENGTH),
        is_cut=len(found) == MOST_FOUND,
    )


async def _load_results(
    connection: AsyncConnection, found: Sequence[Found], query: Sequence[str]
) -> tuple[Result, ...]:
    results: dict[str, Result] = {}
    for kind, statement in _STATEMENTS.items():
        ids = [one.id for one in found if one.kind == kind]
        if not ids:
            continue
        for row in await connection.execute(statement, {"ids": ids}):
            results[row.id] = Result(
                id=row.id,
                kind=kind,
                proposal=row.proposal,
                title=row.title,
                language=row.language,
                said=excerpt_around(_plain(kind, row.text), query),
                author_name=row.author_name,
                called=row.called,
                stance=Stance(row.stance) if row.stance else None,
                address=row.address,
                home=row.home,
                consultation=row.consultation,
                consultation_language=row.consultation_language,
            )
    # The index may be a moment behind: what is not public any more is left out.
    return tuple(results[one.id] for one in found if one.id in results)


def _plain(kind: str, text: str) -> str:
    html = texts.render_markdown(text) if kind == Kind.CONSULTATION else text
    return texts.said_openly(html)


# Built once: most of a search's time would go into that.
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_AROUND = (
    Consultations.address,
    Consultations.home,
    Consultations.title.label("consultation"),
    Consultations.language.label("consultation_language"),
)

_CONSULTATIONS = select(
    Consultations.id,
    null().label("proposal"),
    Consultations.title,
    Consultations.language,
    Consultations.summary.label("text"),
    null().label("author_name"),
    null().label("called"),
    null().label("stance"),
    *_AROUND,
).where(Consultations.id.in_(_IDS))

_PROPOSALS = (
    select(
        Proposals.id,
        Proposals.id.label("proposal"),
        Proposals.title,
        Proposals.language,
        Proposals.html.label("text"),
        Proposals.author_name,
        name_beside(Proposals.author, Proposals.author_name).label("called"),
        null().label("stance"),
        *_AROUND,
    )
    .join(Consultations, Consultations.id == Proposals.consultation)
    .where(Proposals.id.in_(_IDS), READABLE.of(Proposals))
)

_ARGUMENTS = (
    select(
        Arguments.id,
        Arguments.about.label("proposal"),
        Proposals.title,
        Arguments.language,
        Arguments.html.label("text"),
        Arguments.author_name,
        name_beside(Arguments.author, Arguments.author_name).label("called"),
        Arguments.stance,
        *_AROUND,
    )
    .join(Proposals, Proposals.id == Arguments.about)
    .join(Consultations, Consultations.id == Proposals.consultation)
    .where(
        Arguments.id.in_(_IDS),
        listed(),
    )
)

_STATEMENTS: Mapping[str, Select[*tuple[Any, ...]]] = {
    Kind.CONSULTATION: _CONSULTATIONS,
    Kind.PROPOSAL: _PROPOSALS,
    Kind.ARGUMENT: _ARGUMENTS,
}
