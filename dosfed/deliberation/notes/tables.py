"""What is kept of official notes."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Table


class Notes(Table):
    """What an organiser says of a consultation; of one that was withdrawn the words are gone."""

    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(primary_key=True)
    consultation: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    title: Mapped[str]  # none where the clock wrote it
    text: Mapped[str]  # Markdown
    language: Mapped[str]
    about: Mapped[str | None]  # a proposal
    number: Mapped[int]  # of the version that stands, from 1
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # why it was withdrawn


class NoteVersions(Table):
    """What a note said before."""

    __tablename__ = "note_versions"

    note: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    replaced_at: Mapped[datetime]


class Spoken(Table):
    """Occasions of a consultation that are told, or that are to be passed over in silence."""

    __tablename__ = "spoken"

    consultation: Mapped[str] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    note: Mapped[str | None]


class Silences(Table):
    """Kinds of notes that the clock does not write for a consultation."""

    __tablename__ = "silences"

    consultation: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
