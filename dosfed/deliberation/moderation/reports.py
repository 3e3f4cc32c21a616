"""Reports, as they are made, read and answered: those about the same things stand together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    Text,
    case,
    cast,
    false,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.moderation.desk import DISMISSED, UPHELD, Reported, load_reported
from dosfed.deliberation.moderation.model import AnswerReport, Report
from dosfed.deliberation.moderation.tables import Reports
from dosfed.storage.paging import count_pages

PAGE_LENGTH = 25
BESIDE = 5  # reports shown beside the first of the same things
# Whoever was judged may complain for six months (Digital Services Act, article 20).
REPORTS_KEPT = timedelta(days=183)
WAITS = Reports.answered_at.is_(None)
# One of an earlier version, or of something that left, is by itself.
GROUP = func.coalesce(Reports.subject, cast(Reports.id, String))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReport:
    """A report as moderators read it; `others` are some of those that say the same of it."""

    id: int
    reporter: str
    text: str
    received_at: datetime
    others: tuple["AlsoReported", ...]
    more: int  # beyond those
    objects: tuple[Reported, ...]
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoReported:
    """Another report of the same things."""

    reporter: str
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """Some of the reports, with how many there are in all."""

    reports: tuple[ShownReport, ...]
    waiting: int
    total: int
    page: int
    pages: int


async def insert_report(
    connection: AsyncConnection, command: Report, at: datetime, *, subject: str
) -> None:
    """Keep a complaint for the moderators."""
    await connection.execute(
        insert(Reports).values(
            reporter=command.reporter,
            objects=list(command.objects),
            subject=subject,
            text=command.text,
            received_at=at,
            answered_at=None,
        )
    )


async def waiting_reports(connection: AsyncConnection, reporter: str) -> list[str | None]:
    """Return the subject of each of somebody's complaints that wait for an answer."""
    rows = await connection.execute(
        select(Reports.subject).where(Reports.reporter == reporter, Reports.answered_at.is_(None))
    )
    return list(rows.scalars())


async def load_report(connection: AsyncConnection, report: int) -> Row[Any] | None:
    """Return what a report names, and whether it was answered; nobody answers it meanwhile."""
    rows = await connection.execute(
        select(Reports.objects, Reports.answered_at, Reports.subject)
        .where(Reports.id == report)
        .with_for_update()
    )
    return rows.one_or_none()


async def answer_report(
    connection: AsyncConnection, command: AnswerReport, at: datetime, *, subject: str | None
) -> list[int]:
    """Keep what a moderator made of a report and of all that wait with it; return those."""
    alike = (Reports.subject == subject) if subject is not None else false()
    rows = await connection.execute(
        update(Reports)
        .where(or_(Reports.id == command.report, alike), Reports.answered_at.is_(None))
        .values(
            answered_at=at,
            answered_by=command.by,
            answer=UPHELD if command.is_upheld else DISMISSED,
            note=command.note.strip(),
        )
        .returning(Reports.id)
    )
    return sorted(rows.scalars())


async def purge_reports(connection: AsyncConnection, before: datetime) -> None:
    """Drop what reports said that were answered before a moment; that they were, stays counted."""
    await connection.execute(
        update(Reports)
        .where(Reports.answered_at < before, _says_something())
        .values(reporter="", objects=[], subject=None, text="", answered_by="", note="")
    )


def _says_something() -> ColumnElement[bool]:
    return or_(Reports.text != "", type_coerce(Reports.objects, Text) != "[]")


async def count_waiting_reports(connection: AsyncConnection) -> int:
    """Return how many things wait that somebody reported, however many did."""
    rows = await connection.execute(select(func.count(GROUP.distinct())).where(WAITS))
    return rows.scalar_one()


async def load_reports(connection: AsyncConnection, *, is_answered: bool, page: int) -> ReportsPage:
    """Return reports to read: those that wait, oldest first; the others, newest first.

    Of those that wait, what nobody with an account reported comes last: whoever sends many without
    one must not bury the others.
    """
    waiting = await count_waiting_reports(connection)
    total = await _count_answered(connection) if is_answered else waiting
    pages = count_pages(total, PAGE_LENGTH)
    page = min(page, pages)
    first = (page - 1) * PAGE_LENGTH
    found = await (_answered if is_answered else _waiting)(connection, first)
    others = {} if is_answered else await _others(connection, found)
    known = await load_reported(connection, {uri for row in found for uri in row.objects})
    shown = tuple(_shown(row, known, others.get(row.subject or "", ())) for row in found)
    return ReportsPage(reports=shown, waiting=waiting, total=total, page=page, pages=pages)


async def _count_answered(connection: AsyncConnection) -> int:
    counted = select(func.count()).select_from(Reports).where(~WAITS, _says_something())
    return (await connection.execute(counted)).scalar_one()


async def _answered(connection: AsyncConnection, first: int) -> Sequence[Row[*tuple[Any, ...]]]:
    rows = await connection.execute(
        select(*Reports.__table__.c)
        .where(~WAITS, _says_something())
        .order_by(Reports.answered_at.desc(), Reports.id)
        .limit(PAGE_LENGTH)
        .offset(first)
    )
    return rows.all()


async def _waiting(connection: AsyncConnection, first: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the oldest report of each group that waits."""
    is_by_strangers = func.min(case((Reports.reporter == "", 1), else_=0))
    oldest = (
        select(func.min(Reports.id).label("id"), is_by_strangers.label("is_by_strangers"))
        .where(WAITS)
        .group_by(GROUP)
        .order_by(is_by_strangers, func.min(Reports.id))
        .limit(PAGE_LENGTH)
        .offset(first)
        .subquery()
    )
    rows = await connection.execute(
        select(*Reports.__table__.c)
        .join(oldest, oldest.c.id == Reports.id)
        .order_by(oldest.c.is_by_strangers, Reports.id)
    )
    return rows.all()


async def _others(
    connection: AsyncConnection, found: Sequence[Row[*tuple[Any, ...]]]
) -> dict[str, Sequence[Row[*tuple[Any, ...]]]]:
    """Return a few of the reports beside each of these, with how many there are, by subject."""
    beside = (
        select(
            Reports.subject,
            Reports.reporter,
            Reports.text,
            Reports.received_at,
            func.row_number()
            .over(partition_by=Reports.subject, order_by=Reports.id)
            .label("place"),
            func.count().over(partition_by=Reports.subject).label("number"),
        )
        .where(
            WAITS,
            Reports.subject.in_([row.subject for row in found if row.subject]),
            Reports.id.not_in([row.id for row in found]),
        )
        .subquery()
    )
    rows = await connection.execute(
        select(*beside.c).where(beside.c.place <= BESIDE).order_by(beside.c.place)
    )
    others = defaultdict(list)
    for row in rows:
        others[row.subject].append(row)
    return dict(others)


def _shown(
    row: Row[*tuple[Any, ...]],
    known: dict[str, Reported],
    others: Sequence[Row[*tuple[Any, ...]]],
) -> ShownReport:
    return ShownReport(
        id=row.id,
        reporter=row.reporter,
        text=row.text,
        received_at=row.received_at,
        others=tuple(
            AlsoReported(reporter=one.reporter, text=one.text, received_at=one.received_at)
            for one in others
        ),
        more=others[0].number - len(others) if others else 0,
        objects=tuple(known.get(uri) or _unknown(uri) for uri in row.objects),
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answer=row.answer,
        note=row.note,
    )


def _unknown(uri: str) -> Reported:
    """Return what there is to say of a person, or of what is not here any more."""
    return Reported(
        uri=uri,
        proposal=None,
        title="",
        html="",
        language=None,
        author=None,
        author_name=None,
        is_argument=False,
        is_hidden=False,
        is_deleted=False,
    )


async def forget_reports(connection: AsyncConnection, person: str) -> None:
    """Take somebody out of all reports: as reporter, as who answered, as who is meant (rule 5.9).

    What the reports say stays.
    """
    await connection.execute(
        update(Reports)
        .where(or_(Reports.reporter == person, Reports.answered_by == person))
        .values(
            reporter=case((Reports.reporter == person, ""), else_=Reports.reporter),
            answered_by=case((Reports.answered_by == person, ""), else_=Reports.answered_by),
        )
    )
    # The text of the lists finds too many, `/u/ana` in `/u/anabel` say; `_is_of` looks closer.
    meant = await connection.execute(
        select(Reports.id, Reports.objects).where(
            type_coerce(Reports.objects, Text).contains(person, autoescape=True)
        )
    )
    for report, objects in meant.all():
        left = [uri for uri in objects if not _is_of(uri, person)]
        await connection.execute(
            # Without a subject too: it is made of what was named, and would still group by it.
            update(Reports).where(Reports.id == report).values(objects=left, subject=None)
        )


def _is_of(uri: str, person: str) -> bool:
    """Whether an address names a person: their own id, or something below it."""
    return uri == person or uri.startswith((f"{person}/", f"{person}#", f"{person}?"))
