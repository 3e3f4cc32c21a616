"""Arguments as they are shown: first where they stand, then what they say."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.ordering import Outline
from dosfed.deliberation.debate.tables import Arguments, Weights
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.kept import read_group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.shown.called import name_beside
from dosfed.shown.offices import office_beside

# A page narrower than a hand cannot indent for ever; deeper replies stay at this depth.
DEEPEST = 4
# A longer argument is shown whole on its own page, and its beginning in the debate.
LONG = 2_400
BEGINNING = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an argument is in its thread."""

    outline: Outline
    depth: int = 0
    answers_to: Outline | None = None  # inside a thread
    replies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownArgument:
    """An argument in its thread; deleted or hidden, it keeps its place alone (rule 3.21)."""

    id: str
    anchor: str
    depth: int
    stance: Stance
    author: str
    author_name: str
    called: str  # a name beside that, or nothing
    office: str  # organiser, team, or nothing
    html: str  # to be sanitised when shown
    is_cut: bool  # only the beginning is here
    language: str | None
    url: str
    published_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    is_hidden: bool
    hidden_reason: str | None
    strong: int  # who find it so
    weak: int
    answers_to: str | None  # whom it answers, inside a thread
    answers_called: str  # and what they are called, as far as they are on the same page
    replies: int
    clause: str | None
    sources: tuple[str, ...]
    group: Group | None

    @property
    def is_there(self) -> bool:
        """Whether its words can be read."""
        return not (self.is_deleted or self.is_hidden)


# Built once, as below.
_CALLED = name_beside(Arguments.author, Arguments.author_name).label("called")
_OFFICE = office_beside(Arguments).label("office")


async def load_outlines(connection: AsyncConnection, proposal: str) -> Sequence[Outline]:
    """Return all arguments on a proposal without their words, the oldest first."""
    weights = await _weights(connection, proposal)
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.in_reply_to,
            Arguments.author_name,
            Arguments.stance,
            Arguments.published_at,
            in_state(Arguments, PostState.DELETED),
            in_state(Arguments, PostState.HIDDEN),
            Arguments.clause,
            func.length(Arguments.html),
        )
        .where(Arguments.about == proposal)
        .order_by(Arguments.published_at, Arguments.id)
    )
    nobody = (0, 0)
    return [
        Outline(
            id_,
            parent,
            name,
            Stance(stance),
            published,
            bool(is_deleted),
            bool(is_hidden),
            clause,
            0 if is_deleted or is_hidden else length if length <= LONG else BEGINNING,
            *weights.get(id_, nobody),
        )
        for id_, parent, name, stance, published, is_deleted, is_hidden, clause, length in rows
    ]


async def _weights(connection: AsyncConnection, proposal: str) -> Mapping[str, tuple[int, int]]:
    rows = await connection.execute(
        select(
            Weights.object,
            func.sum(case((Weights.weight > 0, 1), else_=0)),
            func.sum(case((Weights.weight < 0, 1), else_=0)),
        )
        .join(Arguments, Arguments.id == Weights.object)
        .where(Arguments.about == proposal)
        .group_by(Weights.object)
    )
    return {object_: (strong, weak) for object_, strong, weak in rows}


async def load_arguments(
    connection: AsyncConnection, places: Sequence[Place], *, is_whole: bool
) -> tuple[ShownArgument, ...]:
    """Return arguments with their words at these places; long ones cut unless they are whole."""
    ids = {place.outline.id for place in places}
    if not ids:
        return ()
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.author,
            _CALLED,
            _OFFICE,
            Arguments.html,
            Arguments.language,
            Arguments.url,
            Arguments.edited_at,
            Arguments.hidden_reason,
            Arguments.sources,
            Arguments.group_name,
            Arguments.group_size,
        ).where(Arguments.id.in_(ids))
    )
    words = {row.id: row for row in rows}
    called = {row.id: row.called for row in words.values()}
    return tuple(
        _shown(place, words[place.outline.id], called, is_whole=is_whole) for place in places
    )


def _shown(
    place: Place, row: Row[*tuple[Any, ...]], called: Mapping[str, str], *, is_whole: bool
) -> ShownArgument:
    outline, answered = place.outline, place.answers_to
    is_cut = not is_whole and len(row.html) > LONG
    html = _beginning(row.html) if is_cut else row.html
    return ShownArgument(
        id=outline.id,
        anchor=anchor_of(outline.id),
        depth=min(place.depth, DEEPEST),
        stance=outline.stance,
        author=row.author,
        author_name=outline.author_name,
        called=row.called,
        office=row.office,
        html=html if outline.is_there else "",
        is_cut=is_cut,
        language=row.language,
        url=row.url,
        published_at=outline.published_at,
        edited_at=row.edited_at,
        is_deleted=outline.is_deleted,
        is_hidden=outline.is_hidden,
        hidden_reason=row.hidden_reason,
        strong=outline.strong,
        weak=outline.weak,
        answers_to=answered.author_name if answered else None,
        answers_called=called.get(answered.id, "") if answered else "",
        replies=place.replies,
        clause=outline.clause,
        sources=tuple(row.sources or ()) if outline.is_there else (),
        group=read_group(row.group_name, row.group_size),
    )


def _beginning(html: str) -> str:
    """Return the beginning of a long text as one paragraph."""
    return f"<p>{escape(texts.excerpt(texts.said_openly(html), BEGINNING))}</p>"


# Built once: on a page that many open, to build it takes longer than to execute it.
_OWN_WEIGHTS = (
    select(Weights.object, Weights.weight)
    .join(Arguments, Arguments.id == Weights.object)
    .where(Weights.actor == bindparam("actor"), Arguments.about == bindparam("about"))
)


async def load_own_weights(
    connection: AsyncConnection, actor: str, proposal: str
) -> Mapping[str, int]:
    """Return what an actor finds strong (1) or weak (-1) of the arguments on a proposal."""
    rows = await connection.execute(_OWN_WEIGHTS, {"actor": actor, "about": proposal})
    return {row.object: row.weight for row in rows}


def anchor_of(argument: str) -> str:
    """Return the name of an argument's place on a page."""
    return f"a-{hashlib.sha256(argument.encode()).hexdigest()[:12]}"
