"""Official notes as they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.notes.model import NoteKind
from dosfed.deliberation.notes.tables import Notes, NoteVersions, Silences


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an organiser says of a consultation; one that was withdrawn has no words."""

    id: str
    consultation: str
    kind: NoteKind
    title: str
    text: str  # Markdown
    language: str
    about: str | None
    number: int
    published_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None
    reason: str | None

    @property
    def changed_at(self) -> datetime:
        """When it came to say what it says."""
        return self.edited_at or self.published_at

    def says(self, title: str, text: str) -> bool:
        """Whether it says just that."""
        return (self.title, self.text) == (title, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteVersion:
    """What a note said until a moment."""

    number: int
    title: str
    text: str
    replaced_at: datetime


async def load_note(connection: AsyncConnection, note: str, *, holds: bool = False) -> Note | None:
    """Return a note, also one that was withdrawn; held, nobody else changes it meanwhile."""
    statement = _select().where(Notes.id == note)
    rows = await connection.execute(statement.with_for_update() if holds else statement)
    row = rows.mappings().one_or_none()
    return None if row is None else _read(row)


async def load_notes(
    connection: AsyncConnection, consultation: str, *, offset: int, limit: int
) -> tuple[Note, ...]:
    """Return a page of a consultation's notes that can be read, newest first."""
    statement = _select().where(Notes.consultation == consultation, Notes.withdrawn_at.is_(None))
    rows = await connection.execute(
        statement.order_by(Notes.published_at.desc(), Notes.id).offset(offset).limit(limit)
    )
    return tuple(_read(row) for row in rows.mappings())


async def count_notes(connection: AsyncConnection, consultation: str) -> int:
    """Return how many notes of a consultation can be read."""
    statement = select(func.count()).where(
        Notes.consultation == consultation, Notes.withdrawn_at.is_(None)
    )
    return (await connection.execute(statement)).scalar_one()


async def load_versions(connection: AsyncConnection, note: str) -> tuple[NoteVersion, ...]:
    """Return what a note said before, newest first."""
    rows = await connection.execute(
        select(NoteVersions.number, NoteVersions.title, NoteVersions.text, NoteVersions.replaced_at)
        .where(NoteVersions.note == note)
        .order_by(NoteVersions.number.desc())
    )
    return tuple(NoteVersion(**row) for row in rows.mappings())


async def insert_note(connection: AsyncConnection, note: Note) -> None:
    """Write a note that is new."""
    columns = [column.name for column in Notes.__table__.c]
    row = {name: getattr(note, name) for name in columns}
    await connection.execute(insert(Notes), {**row, "kind": note.kind.value})


async def change_note(
    connection: AsyncConnection, note: Note, *, title: str, text: str, at: datetime
) -> None:
    """Let a note say something else; what it said before stays readable."""
    former = {"note": note.id, "number": note.number, "title": note.title, "text": note.text}
    await connection.execute(insert(NoteVersions), {**former, "replaced_at": at})
    await connection.execute(
        update(Notes)
        .where(Notes.id == note.id)
        .values(title=title, text=text, number=note.number + 1, edited_at=at)
    )


async def empty_note(connection: AsyncConnection, note: str, *, reason: str, at: datetime) -> None:
    """Let go of all that a note said; that it was there, and why it is not, stays."""
    await connection.execute(delete(NoteVersions).where(NoteVersions.note == note))
    await connection.execute(
        update(Notes)
        .where(Notes.id == note)
        .values(title="", text="", about=None, withdrawn_at=at, reason=reason)
    )


async def load_silences(connection: AsyncConnection, consultation: str) -> frozenset[NoteKind]:
    """Return what the clock does not write for a consultation."""
    rows = await connection.execute(
        select(Silences.kind).where(Silences.consultation == consultation)
    )
    return frozenset(NoteKind(kind) for kind in rows.scalars())


async def keep_silences(
    connection: AsyncConnection, consultation: str, kinds: Sequence[NoteKind]
) -> None:
    """Write what the clock does not write for a consultation."""
    await connection.execute(delete(Silences).where(Silences.consultation == consultation))
    if kinds:
        rows = [{"consultation": consultation, "kind": kind.value} for kind in kinds]
        await connection.execute(insert(Silences), rows)


def _select() -> Select[*tuple[Any, ...]]:
    return select(*Notes.__table__.c)


def _read(row: Any) -> Note:
    return Note(**{**row, "kind": NoteKind(row["kind"])})
