"""Debates as they are read: threads by stance, in an order, page by page."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.ordering import Outline, Reading, Sort, key_of, usual_sort
from dosfed.shown.arguments import Place, ShownArgument, anchor_of, load_arguments, load_outlines

# Pages stay light: what a page of a side, and one thread on it, may take in characters.
SIDE_ROOM = 9_000
THREAD_ROOM = 5_000
WHOLE_ROOM = 30_000  # a page of one thread alone
# What surrounds the words of an argument, as if it were words too.
FRAME = 600


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
class WholeThread:
    """One page of an argument with everything that answers it."""

    first: ShownArgument
    arguments: tuple[ShownArgument, ...]
    page: int
    pages: int


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
    sort: Sort
    clause: str | None
    clauses: Mapping[str, int]  # how many arguments are about each clause
    page: int
    pages: int

    def side(self, stance: str) -> Side:
        """Return what is said with a stance."""
        return self.sides[Stance(stance)]

    def arguments(self) -> Iterable[ShownArgument]:
        """Yield everything on this page."""
        for side in self.sides.values():
            for thread in side.threads:
                yield from thread.arguments

    def find(self, anchor: str | None) -> ShownArgument | None:
        """Return the argument at a place of this page, if it can be answered."""
        found = (one for one in self.arguments() if one.anchor == anchor and one.is_there)
        return next(found, None)


async def load_debate(
    connection: AsyncConnection, proposal: str, reading: Reading, *, now: datetime
) -> Debate:
    """Return a page of the debate on a proposal, in three statements."""
    outlines = await load_outlines(connection, proposal)
    began = outlines[0].published_at if outlines else None
    sort = reading.sort or usual_sort(began, now=now)
    roots, children = _threads(outlines)
    if reading.clause is not None:
        roots = [root for root in roots if root.clause == reading.clause]
    roots.sort(key=key_of(sort, now=now))
    books = {stance: _Book(reading.at) for stance in Stance}
    for root in roots:
        books[root.stance].add(_flatten(root, children))
    page = next((book.place for book in books.values() if book.place), reading.page)
    shown = await _load_sides(connection, books, page)
    return Debate(
        sides=shown,
        total=sum(not outline.is_deleted for outline in outlines),
        sort=sort,
        clause=reading.clause,
        clauses=Counter(one.clause for one in outlines if one.clause and one.is_there),
        page=page,
        pages=max(1, *(len(book.pages) for book in books.values())),
    )


async def load_thread(
    connection: AsyncConnection, proposal: str, argument: str, *, page: int
) -> WholeThread | None:
    """Return a page of an argument with what answers it; none for one that is not known."""
    outlines = await load_outlines(connection, proposal)
    start = next((one for one in outlines if one.id == argument), None)
    if start is None:
        return None
    _, children = _threads(outlines)
    pages = _divide(_flatten(start, children))
    wanted = pages[page - 1] if page <= len(pages) else []
    found = await load_arguments(connection, [Place(outline=start), *wanted], is_whole=True)
    return WholeThread(first=found[0], arguments=found[1:], page=page, pages=max(1, len(pages)))


async def _load_sides(
    connection: AsyncConnection, books: Mapping[Stance, "_Book"], page: int
) -> dict[Stance, Side]:
    """Read the words of what is on one page of each side."""
    pages = {stance: book.page(page) for stance, book in books.items()}
    places = [place for cuts in pages.values() for cut in cuts for place in cut.places]
    found = iter(await load_arguments(connection, places, is_whole=False))
    return {
        stance: Side(
            threads=tuple(
                Thread(arguments=tuple(next(found) for _ in cut.places), hidden=cut.hidden)
                for cut in cuts
            ),
            total=books[stance].total,
        )
        for stance, cuts in pages.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """As much of a thread as a page shows."""

    places: tuple[Place, ...]
    hidden: int
    cost: int


class _Book:
    """A side, divided into pages; `place` is the page on which a wanted place is."""

    def __init__(self, wanted: str | None) -> None:
        self.pages: list[list[_Cut]] = []
        self.total = 0
        self.place: int | None = None
        self._wanted = wanted
        self._room = 0

    def add(self, places: Sequence[Place]) -> None:
        """Put a thread on the page that has room, or on a new one; an empty one nowhere."""
        if not places:
            return
        sought = self._sought(places)
        cut = _cut(places, sought)
        if self._room < cut.cost:
            self.pages.append([])
            self._room = SIDE_ROOM
        self.pages[-1].append(cut)
        self._room -= cut.cost
        self.total += 1
        if sought is not None:
            self.place = len(self.pages)

    def page(self, number: int) -> Sequence[_Cut]:
        """Return what is on a page; nothing after the last."""
        return self.pages[number - 1] if number <= len(self.pages) else ()

    def _sought(self, places: Sequence[Place]) -> Place | None:
        if self._wanted is None:
            return None
        return next((one for one in places if anchor_of(one.outline.id) == self._wanted), None)


def _cut(places: Sequence[Place], sought: Place | None) -> _Cut:
    """Cut a thread to its room; the argument that somebody looks for stays on the page."""
    kept: list[Place] = []
    cost = 0
    for place in places:
        cost += _cost(place)
        if kept and cost > THREAD_ROOM:
            cost -= _cost(place)
            break
        kept.append(place)
    if sought is not None and sought not in kept:
        kept.append(sought)
        cost += _cost(sought)
    return _Cut(places=tuple(kept), hidden=len(places) - len(kept), cost=cost)


def _divide(places: Sequence[Place]) -> list[list[Place]]:
    pages: list[list[Place]] = []
    room = 0
    for place in places:
        if room < _cost(place):
            pages.append([])
            room = WHOLE_ROOM
        pages[-1].append(place)
        room -= _cost(place)
    return pages


def _cost(place: Place) -> int:
    return FRAME + place.outline.length


def _threads(
    outlines: Sequence[Outline],
) -> tuple[list[Outline], Mapping[str, Sequence[Outline]]]:
    """Return what starts a thread, and what answers each.

    What answers the proposal itself, or something that is not kept here, starts one.
    """
    known = {outline.id for outline in outlines}
    children: dict[str, list[Outline]] = defaultdict(list)
    roots = []
    for outline in outlines:
        if outline.in_reply_to in known:
            children[outline.in_reply_to].append(outline)
        else:
            roots.append(outline)
    return roots, children


def _flatten(start: Outline, children: Mapping[str, Sequence[Outline]]) -> list[Place]:
    """Return an argument with everything below it in the order of reading, however deep.

    A deleted one keeps its place while something answers it.
    """
    found: list[Place] = []
    seen = {start.id}
    waiting: list[tuple[Outline, int, Outline | None]] = [(start, 0, None)]
    while waiting:
        outline, depth, answers_to = waiting.pop()
        replies = [reply for reply in children.get(outline.id, ()) if reply.id not in seen]
        seen.update(reply.id for reply in replies)
        if outline.is_deleted and not replies:
            continue
        found.append(
            Place(outline=outline, depth=depth, answers_to=answers_to, replies=len(replies))
        )
        answered = outline if outline.is_there else None
        waiting += [(reply, depth + 1, answered) for reply in reversed(replies)]
    return found
