"""Notices: what somebody should know when they come back."""

import enum
from collections.abc import Collection, Hashable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Notices
from dosfed.storage.statements import insertion

PAGE_LENGTH = 30


class NoticeKind(enum.StrEnum):
    """What happened."""

    ANSWERED = "answered"  # your argument was
    ARGUED = "argued"  # about your proposal
    PUBLISHED = "published"  # your proposal was
    REFUSED = "refused"  # your proposal was
    CORRECTION = "correction"  # your proposal needs one before it can be published
    SIGNED = "signed"  # your proposal was, by somebody who stands behind it
    REVISED = "revised"  # a proposal that you co-signed or follow
    SIGN_AGAIN = "sign-again"  # the text of a proposal changed that you had co-signed
    TEXT_TAKEN = "text-taken"  # your proposal has the new text that waited
    TEXT_REFUSED = "text-refused"  # it was turned down
    TEXT_LAPSED = "text-lapsed"  # people voted, or the vote ended, before it was read
    PROPOSED = "proposed"  # in a consultation that you follow
    CHANGED = "changed"  # a consultation that you follow was, by its team
    MEETING = "meeting"  # of a consultation that you follow
    NOTE = "note"  # of the organiser of a consultation that you follow
    CLOSING = "closing"  # a vote, or a consultation, that you follow
    RESULT = "result"  # of a vote that you follow
    HIDDEN = "hidden"  # your argument was
    PROPOSAL_HIDDEN = "proposal-hidden"  # your proposal was
    UPHELD = "upheld"  # your report was
    DISMISSED = "dismissed"  # your report was
    CONTEST_UPHELD = "contest-upheld"  # the decision that you contested stands
    CONTEST_LIFTED = "contest-lifted"  # it does not
    CONTESTED = "contested"  # to the team: a decision of it is
    REPORTED = "reported"  # to the team: something was
    WAITING = "waiting"  # to the team: a proposal, or a new text, is


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a user should know; `title` is that of the proposal or the consultation."""

    user: str
    kind: NoticeKind
    object: str
    title: str
    language: str | None
    by: str | None = None
    by_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNotice:
    """A notice as it is kept for its user."""

    id: int
    kind: NoticeKind
    object: str
    title: str
    language: str | None
    by: str | None
    by_name: str | None
    at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the same person did several times about the same thing: the latest, and how often."""

    latest: KeptNotice
    number: int


# What one person may do many times in an hour; anything else somebody reads one by one.
GATHERED = frozenset({NoticeKind.ANSWERED, NoticeKind.ARGUED})


def gather(notices: Sequence[KeptNotice]) -> tuple[Gathered, ...]:
    """Return notices in their order, those that differ in nothing but their time as one."""
    found: dict[Hashable, list[KeptNotice]] = {}
    for notice in notices:
        said = (notice.kind, notice.by_name, notice.title, notice.seen_at is None)
        found.setdefault(said if notice.kind in GATHERED else notice.id, []).append(notice)
    return tuple(
        Gathered(latest=max(alike, key=lambda notice: notice.at), number=len(alike))
        for alike in found.values()
    )


async def put_notices(
    connection: AsyncConnection, notices: Sequence[Notice], *, at: datetime
) -> None:
    """Keep notices; what a user has not seen yet is renewed, not repeated."""
    if not notices:
        return
    statement = insertion(connection, Notices)
    new = statement.excluded
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["user", "kind", "object"],
            # Of unseen ones alone there is one per thing: what was seen may happen again.
            index_where=Notices.seen_at.is_(None),
            set_={"at": new.at, "by": new.by, "by_name": new.by_name, "title": new.title},
        ),
        [{**asdict(notice), "kind": notice.kind.value, "at": at} for notice in notices],
    )


async def load_notices(
    connection: AsyncConnection, user: str, *, page: int
) -> tuple[KeptNotice, ...]:
    """Return a page of a user's notices, newest first."""
    statement = (
        _select()
        .where(Notices.user == user)
        .order_by(Notices.at.desc(), Notices.id.desc())
        .limit(PAGE_LENGTH)
        .offset((page - 1) * PAGE_LENGTH)
    )
    return tuple(_read(row) for row in await connection.execute(statement))


async def load_unseen(
    connection: AsyncConnection, user: str, *, since: datetime, most: int
) -> tuple[KeptNotice, ...]:
    """Return what a user has not seen of what happened since a moment, oldest first."""
    statement = (
        _select()
        .where(Notices.user == user, Notices.seen_at.is_(None), Notices.at > since)
        .order_by(Notices.at, Notices.id)
        .limit(most)
    )
    return tuple(_read(row) for row in await connection.execute(statement))


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        Notices.id,
        Notices.kind,
        Notices.object,
        Notices.title,
        Notices.language,
        Notices.by,
        Notices.by_name,
        Notices.at,
        Notices.seen_at,
    )


def _read(row: Row[*tuple[Any, ...]]) -> KeptNotice:
    return KeptNotice(
        id=row.id,
        kind=NoticeKind(row.kind),
        object=row.object,
        title=row.title,
        language=row.language,
        by=row.by,
        by_name=row.by_name,
        at=row.at,
        seen_at=row.seen_at,
    )


async def count_notices(connection: AsyncConnection, user: str) -> int:
    """Return how many notices are kept for a user."""
    statement = select(func.count()).where(Notices.user == user)
    return (await connection.execute(statement)).scalar_one()


async def mark_seen(
    connection: AsyncConnection, user: str, ids: Collection[int], *, at: datetime
) -> None:
    """Note that a user has been shown these notices."""
    await connection.execute(
        update(Notices)
        .where(Notices.user == user, Notices.id.in_(ids), Notices.seen_at.is_(None))
        .values(seen_at=at)
    )


async def forget_objects(connection: AsyncConnection, objects: Collection[str]) -> None:
    """Drop every notice about things that are not there any more."""
    await connection.execute(delete(Notices).where(Notices.object.in_(objects)))


async def retitle(
    connection: AsyncConnection, objects: Select[str], title: str, language: str
) -> None:
    """Let notices about these things name what they belong to by another title."""
    await connection.execute(
        update(Notices).where(Notices.object.in_(objects)).values(title=title, language=language)
    )


async def forget_person(connection: AsyncConnection, actor: str) -> None:
    """Drop what an actor was told, and what others were told of them."""
    await connection.execute(delete(Notices).where(Notices.user == actor))
    await connection.execute(delete(Notices).where(Notices.by == actor))


async def purge_notices(connection: AsyncConnection, *, before: datetime) -> None:
    """Drop what was seen before a moment, and has been of use."""
    await connection.execute(delete(Notices).where(Notices.seen_at < before))
