"""What waits for a decision in all consultations: one queue, the oldest first.

Proposals that nobody has published stand in it, with the new texts of those that are public. Of
what is in the queue there is a line each; one of them is read whole, and decided on.
"""

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.kept import read_group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state, to_decide
from dosfed.deliberation.proposals import new_texts
from dosfed.deliberation.proposals.corrections import Line as Talked
from dosfed.deliberation.proposals.corrections import load_lines
from dosfed.deliberation.proposals.differences import Difference, compare
from dosfed.deliberation.proposals.reasons import OwnReason, read_reasons
from dosfed.deliberation.proposals.tables import NewTexts, Proposals
from dosfed.deliberation.proposals.tags import load_tags
from dosfed.deliberation.team.kept import facilitates
from dosfed.shown.called import name_beside

MOST = 200  # lines at once: the others follow when these are decided


class QueueKind(enum.StrEnum):
    """What waits."""

    PROPOSAL = "proposal"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the queue somebody wants to see."""

    consultation: str = ""  # its address; nothing: all
    kind: QueueKind | None = None
    days: int = 0  # that it has waited, at least
    is_asked: bool = False  # what waits for its author, who was asked to correct it


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that waits, as a line of the queue."""

    id: str
    kind: QueueKind
    title: str
    language: str
    at: datetime
    consultation: str  # its title
    consultation_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is read whole; of a new text, `changes` are what it would change, and `note` why."""

    line: Line
    html: str
    author_name: str | None
    called: str  # a name beside that, or nothing
    group: Group | None
    tags: tuple[str, ...]
    version: int
    lines: tuple[Talked, ...]  # what was said with its author
    address: str
    reasons: tuple[OwnReason, ...]  # the consultation's own, for refusing it
    number: int = 0
    note: str = ""
    title_changes: tuple[Difference, ...] = ()
    changes: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A consultation that can be chosen."""

    address: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRoom:
    """Everything templates/admin/waiting.html may use."""

    wanted: Wanted
    consultations: tuple[Choice, ...]
    lines: tuple[Line, ...]
    total: int
    opened: Opened | None
    place: int  # of what is opened, from 1
    next: str | None  # the id of what comes after it


async def load_waiting_room(
    connection: AsyncConnection, viewer: str, wanted: Wanted, item: str, *, now: datetime
) -> WaitingRoom | None:
    """Return what waits for somebody of the team; none to whoever decides nowhere.

    `item` is opened if it waits still, or else the first.
    """
    mine = facilitates(viewer, Consultations.id) & Consultations.home.is_(None)
    rows = await connection.execute(
        select(Consultations.address, Consultations.title, Consultations.language)
        .where(mine)
        .order_by(Consultations.opens.desc(), Consultations.id)
    )
    consultations = tuple(Choice(**row) for row in rows.mappings())
    if not consultations:
        return None
    queue = _queue(wanted, mine, now).subquery()
    total = await connection.scalar(select(func.count()).select_from(queue)) or 0
    found = await connection.execute(select(queue).order_by(queue.c.at, queue.c.id).limit(MOST))
    lines = tuple(_line(row) for row in found)
    place = next((place for place, line in enumerate(lines) if line.id == item), 0)
    return WaitingRoom(
        wanted=wanted,
        consultations=consultations,
        lines=lines,
        total=total,
        opened=await _open(connection, lines[place]) if lines else None,
        place=place + 1,
        next=lines[place + 1].id if place + 1 < len(lines) else None,
    )


def _queue(wanted: Wanted, mine: ColumnElement[bool], now: datetime) -> Any:
    """Return the statement for what is wanted of the queue."""
    around = mine
    if wanted.consultation:
        around = and_(around, Consultations.address == wanted.consultation)
    until = now - timedelta(days=wanted.days)
    proposals = _lines(QueueKind.PROPOSAL, Proposals.received_at).where(
        in_state(Proposals, PostState.WAITING) if wanted.is_asked else to_decide(),
        Proposals.correction_asked_at.is_not(None) if wanted.is_asked else true(),
        around,
        Proposals.received_at <= until,
    )
    texts = (
        _lines(QueueKind.TEXT, NewTexts.at)
        .join(NewTexts, NewTexts.proposal == Proposals.id)
        .where(new_texts.waiting(), around, NewTexts.at <= until)
    )
    if wanted.kind is QueueKind.PROPOSAL or wanted.is_asked:
        return proposals
    return texts if wanted.kind is QueueKind.TEXT else proposals.union_all(texts)


def _lines(kind: QueueKind, at: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Proposals.id,
            literal(kind.value).label("kind"),
            Proposals.title,
            Proposals.language,
            at.label("at"),
            Consultations.title.label("consultation"),
            Consultations.language.label("consultation_language"),
        )
        .select_from(Proposals)
        .join(Consultations, Consultations.id == Proposals.consultation)
    )


def _line(row: Any) -> Line:
    return Line(**{**row._mapping, "kind": QueueKind(row.kind)})  # noqa: SLF001 - its public name


async def _open(connection: AsyncConnection, line: Line) -> Opened:
    rows = await connection.execute(
        select(
            Proposals.html,
            Proposals.text,
            Proposals.author_name,
            name_beside(Proposals.author, Proposals.author_name).label("called"),
            Proposals.group_name,
            Proposals.group_size,
            Proposals.version,
            Consultations.address,
            Consultations.reasons,
        )
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(Proposals.id == line.id)
    )
    row = rows.one()
    opened = Opened(
        line=line,
        html=row.html,
        author_name=row.author_name,
        called=row.called,
        group=read_group(row.group_name, row.group_size),
        tags=(await load_tags(connection, [line.id])).get(line.id, ()),
        version=row.version,
        lines=await load_lines(connection, line.id),
        address=row.address,
        reasons=read_reasons(row.reasons),
    )
    return opened if line.kind is QueueKind.PROPOSAL else await _compared(connection, opened, row)


async def _compared(connection: AsyncConnection, opened: Opened, row: Any) -> Opened:
    new = await new_texts.load_new_text(connection, opened.line.id)
    if new is None:  # it was taken over, or dropped, while this was read
        return opened
    return replace(
        opened,
        number=new.number,
        note=new.note,
        title_changes=compare(opened.line.title, new.title),
        changes=compare(row.text, new.text),
    )
