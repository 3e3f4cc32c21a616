"""The order that the acts of one actor keep while some of them wait for other servers.

Acts are judged in the order in which they were stored. One that cannot be judged without a
document from elsewhere would hold up everything after it, for as long as a silent server likes:
a ballot behind an answer to a post that nobody can fetch, and with the ballot the closing of
its poll. So an act that waits steps aside. It is leased: until the lease runs out nobody looks
at it, and a lease that ran out is a reason to ask again.

Only what speaks of the same thing stays behind it: a change or a deletion of the very post that
waits must not be judged before it, or the post would be shown for good as it first was. Such an
act is leased as well, and let go once the one before it is judged. A ballot never waits, and
never stays behind; nor does the deletion of an account, which takes along whatever of it waits.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.reading import Document, id_of, many, one, optional_text
from dosfed.activitypub.tables import Inbox

Key = tuple[str, str]  # an actor, and the id of what its acts speak of
# An announced activity speaks of the object of that activity; deeper is not looked for.
DEPTH = 3
MOST_AT_ONCE = 50  # things that one activity takes away
# Unjudged and never looked at, or looked at and let go again.
IS_FRESH = and_(Inbox.outcome.is_(None), Inbox.leased_until.is_(None))
# It may take a ballot along, which it names by an id of its own.
TAKING_BACK = "Delete"
REMOVED = "remove"  # the kind of one once it is judged


def kind_of(document: Document) -> str:
    """Return the word under which an activity is kept until it is judged: its type."""
    return (optional_text(document, "type") or "")[:100]


def spoken_of(document: Document) -> str | None:
    """Return the id of the thing that an activity is about, however it is wrapped."""
    value = one(document, "object")
    for _ in range(DEPTH):
        inner = one(value, "object") if isinstance(value, dict) else None
        if inner is None:
            break
        value = inner
    return id_of(value)


def answered(document: Document) -> str | None:
    """Return what an activity answers, or else speaks of: of a ballot in any shape, its poll."""
    for thing in many(document, "object"):
        parent = id_of(one(thing, "inReplyTo")) if isinstance(thing, dict) else None
        if parent is not None:
            return parent
    return spoken_of(document)


def apart(document: Document) -> list[Document]:
    """Return an activity that takes several things away as one for each of them, else as it is."""
    things = many(document, "object")
    if kind_of(document) != TAKING_BACK or len(things) < 2:  # noqa: PLR2004 - several
        return [document]
    return [{**document, "object": thing} for thing in things[:MOST_AT_ONCE]]


class Line:
    """Who waits, by actor and by what they speak of; the last to come is the one to stay behind."""

    def __init__(self, waiting: Iterable[tuple[Key, int]]) -> None:
        self._last: dict[Key, int] = {}
        for key, row in waiting:
            self._last[key] = max(row, self._last.get(key, row))

    def ahead_of(self, row: int, actor: str, thing: str | None) -> int | None:
        """Return the act of the same actor about the same thing that waits before this one."""
        # A row that was tried again meets itself in the line, and those behind it.
        ahead = self._last.get((actor, thing or ""))
        return ahead if ahead is not None and ahead < row else None

    def join(self, row: int, actor: str, things: Iterable[str | None]) -> None:
        """Let an act wait: what comes later about any of these stays behind it."""
        for thing in things:
            if thing is not None:
                self._last[actor, thing] = row


async def load_line(connection: AsyncConnection, keys: Collection[Key]) -> Line:
    """Return who waits already, of these actors and about these things."""
    if not keys:
        return Line(())
    actors, things = {actor for actor, _ in keys}, {thing for _, thing in keys}
    rows = await connection.execute(
        select(Inbox.id, Inbox.actor, Inbox.activity, Inbox.object).where(
            Inbox.outcome.is_(None),
            Inbox.leased_until.is_not(None),
            Inbox.actor.in_(actors),
            or_(Inbox.object.in_(things), Inbox.activity.in_(things)),
        )
    )
    return Line(
        ((row.actor, thing), row.id)
        for row in rows
        # An Undo names the id of what it undoes, which may be an act that waits.
        for thing in (row.activity, row.object)
        if row.actor and thing
    )


async def lease(
    connection: AsyncConnection, rows: Mapping[int, int | None], *, until: datetime
) -> None:
    """Let acts wait, each alone or behind another, until a moment at which they are tried again."""
    await connection.execute(
        update(Inbox)
        .where(Inbox.id == bindparam("row"), Inbox.outcome.is_(None))
        .values(leased_until=until, behind=bindparam("ahead")),
        [{"row": row, "ahead": ahead} for row, ahead in rows.items()],
    )


async def release(connection: AsyncConnection, rows: Sequence[int]) -> None:
    """Let go of what stayed behind these acts, which are judged."""
    await connection.execute(
        update(Inbox).where(Inbox.behind.in_(rows)).values(leased_until=None, behind=None)
    )


async def waiting_of(connection: AsyncConnection, actor: str) -> list[int]:
    """Return the acts of somebody that wait."""
    rows = await connection.execute(
        select(Inbox.id).where(
            Inbox.actor == actor, Inbox.outcome.is_(None), Inbox.leased_until.is_not(None)
        )
    )
    return list(rows.scalars())


async def has_unjudged(connection: AsyncConnection, *, about: str, before: datetime) -> bool:
    """Whether something received before a moment is unjudged that may change a poll.

    That is what answers it, and what takes anything back. What waits for another server is
    neither: it has been looked at, and is no ballot. A row of an earlier version has no kind.
    """
    may_count = or_(Inbox.about == about, Inbox.kind == TAKING_BACK, Inbox.kind.is_(None))
    rows = await connection.execute(
        select(Inbox.id).where(IS_FRESH, Inbox.received_at < before, may_count).limit(1)
    )
    return rows.first() is not None


async def find_own(
    connection: AsyncConnection, actor: str, activity: str
) -> tuple[str, str] | None:
    """Return kind and object of what an actor did under an id, if that is remembered."""
    rows = await connection.execute(
        select(Inbox.kind, Inbox.object)
        .where(
            Inbox.actor == actor,
            Inbox.activity == activity,
            # A deletion that found nothing is remembered too: what it speaks of may come later.
            or_(Inbox.outcome == "admitted", Inbox.kind == REMOVED),
            Inbox.object.is_not(None),
        )
        .order_by(Inbox.id.desc())
        .limit(1)
    )
    row = rows.first()
    return None if row is None else (row.kind or "", row.object)
