"""Debates as they are shown: arguments in threads, by stance, the weightiest first."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Stance
from dosfed.deliberation.tables import Arguments, Weights

# A page narrower than a hand cannot indent for ever; deeper replies stay at this depth.
DEEPEST = 4
# A page of a debate stays light: so many arguments a side, so many of one thread.
SIDE_LENGTH = 15
THREAD_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownArgument:
    """An argument where it stands in its thread; a deleted one keeps its place, not its words."""

    id: str
    anchor: str
    depth: int
    stance: Stance
    author: str
    author_name: str
    html: str  # to be sanitised when shown
    language: str | None
    url: str
    published_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    strong: int  # who find it so
    weak: int
    answers_to: str | None  # whom it answers, inside a thread
    replies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An argument and what answers it, in the order of reading; `hidden` more follow."""

    arguments: tuple[ShownArgument, ...]
    hidden: int = 0

    @property
    def first(self) -> ShownArgument:
        """The argument on which the others hang."""
        return self.arguments[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One page of the threads of a stance; `total` counts them all."""

    threads: tuple[Thread, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debate:
    """One page of the arguments on a proposal; `total` counts them all, replies included."""

    sides: Mapping[Stance, Side]
    total: int
    page: int
    pages: int

    def side(self, stance: str) -> Side:
        """Return what is said with a stance."""
        return self.sides[Stance(stance)]

    def find(self, anchor: str | None) -> ShownArgument | None:
        """Return the argument at a place of this page."""
        for side in self.sides.values():
            for thread in side.threads:
                for argument in thread.arguments:
                    if argument.anchor == anchor and not argument.is_deleted:
                        return argument
        return None


async def load_debate(connection: AsyncConnection, proposal: str, *, page: int) -> Debate:
    """Return a page of the debate on a proposal, in two statements."""
    rows = await _rows(connection, Arguments.proposal == proposal)
    weights = await _weights(connection, Arguments.proposal == proposal)
    return _arrange(rows, weights, page=page)


async def load_thread(connection: AsyncConnection, argument: str) -> Thread | None:
    """Return an argument with what answers it; none for one that is not known."""
    proposal = select(Arguments.proposal).where(Arguments.id == argument).scalar_subquery()
    rows = await _rows(connection, Arguments.proposal == proposal)
    weights = await _weights(connection, Arguments.proposal == proposal)
    start = next((row for row in rows if row.id == argument), None)
    if start is None:
        return None
    return Thread(arguments=tuple(_thread(start, _by_parent(rows), weights)))


Weighed = Mapping[str, tuple[int, int]]
ArgumentRow = Row[*tuple[Any, ...]]


async def _rows(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> Sequence[ArgumentRow]:
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.in_reply_to,
            Arguments.author,
            Arguments.author_name,
            Arguments.stance,
            Arguments.html,
            Arguments.language,
            Arguments.url,
            Arguments.published_at,
            Arguments.edited_at,
            Arguments.deleted_at,
        )
        .where(condition)
        .order_by(Arguments.published_at, Arguments.id)
    )
    return rows.all()


async def _weights(connection: AsyncConnection, condition: ColumnElement[bool]) -> Weighed:
    rows = await connection.execute(
        select(
            Weights.object,
            func.sum(case((Weights.weight > 0, 1), else_=0)),
            func.sum(case((Weights.weight < 0, 1), else_=0)),
        )
        .join(Arguments, Arguments.id == Weights.object)
        .where(condition)
        .group_by(Weights.object)
    )
    return {object_: (strong, weak) for object_, strong, weak in rows}


def _arrange(rows: Sequence[ArgumentRow], weights: Weighed, *, page: int) -> Debate:
    known = {row.id for row in rows}
    children = _by_parent(rows)
    threads: dict[Stance, list[Thread]] = {stance: [] for stance in Stance}
    for row in rows:
        # What answers the proposal itself, or something that is not kept here, starts a thread.
        if row.in_reply_to in known:
            continue
        if arguments := _thread(row, children, weights):
            threads[arguments[0].stance].append(_shortened(arguments))
    books = {stance: _paginate(side) for stance, side in threads.items()}
    return Debate(
        sides={
            stance: Side(
                threads=book[page - 1] if page <= len(book) else (), total=len(threads[stance])
            )
            for stance, book in books.items()
        },
        total=sum(row.deleted_at is None for row in rows),
        page=page,
        pages=max(1, *(len(book) for book in books.values())),
    )


def _shortened(arguments: Sequence[ShownArgument]) -> Thread:
    hidden = max(0, len(arguments) - THREAD_LENGTH)
    return Thread(arguments=tuple(arguments[:THREAD_LENGTH]), hidden=hidden)


def _paginate(threads: Sequence[Thread]) -> list[tuple[Thread, ...]]:
    """Divide a side into pages, the weightiest threads first, the oldest among equals."""
    book: list[list[Thread]] = []
    room = 0
    for thread in sorted(threads, key=lambda thread: thread.first.weak - thread.first.strong):
        if room < len(thread.arguments):
            book.append([])
            room = SIDE_LENGTH
        book[-1].append(thread)
        room -= len(thread.arguments)
    return [tuple(page) for page in book]


def _by_parent(rows: Sequence[ArgumentRow]) -> Mapping[str, Sequence[ArgumentRow]]:
    children: dict[str, list[ArgumentRow]] = defaultdict(list)
    for row in rows:
        children[row.in_reply_to].append(row)
    return children


def _thread(
    start: ArgumentRow, children: Mapping[str, Sequence[ArgumentRow]], weights: Weighed
) -> list[ShownArgument]:
    """Return an argument with everything below it in the order of reading, however deep."""
    found: list[ShownArgument] = []
    seen = {start.id}
    waiting: list[tuple[ArgumentRow, int, str | None]] = [(start, 0, None)]
    while waiting:
        row, depth, answers_to = waiting.pop()
        replies = [reply for reply in children.get(row.id, ()) if reply.id not in seen]
        seen.update(reply.id for reply in replies)
        if row.deleted_at is not None and not replies:
            continue
        found.append(
            _shown(row, depth=depth, answers_to=answers_to, replies=len(replies), weights=weights)
        )
        waiting += [(reply, depth + 1, row.author_name) for reply in reversed(replies)]
    return found


def _shown(
    row: ArgumentRow, *, depth: int, answers_to: str | None, replies: int, weights: Weighed
) -> ShownArgument:
    strong, weak = weights.get(row.id, (0, 0))
    return ShownArgument(
        id=row.id,
        anchor=anchor_of(row.id),
        depth=min(depth, DEEPEST),
        stance=Stance(row.stance),
        author=row.author,
        author_name=row.author_name,
        html=row.html,
        language=row.language,
        url=row.url,
        published_at=row.published_at,
        edited_at=row.edited_at,
        is_deleted=row.deleted_at is not None,
        strong=strong,
        weak=weak,
        answers_to=answers_to,
        replies=replies,
    )


def anchor_of(argument: str) -> str:
    """Return the name of an argument's place on a page."""
    return f"a-{hashlib.sha256(argument.encode()).hexdigest()[:12]}"
