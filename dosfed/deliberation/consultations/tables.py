"""What is kept of consultations."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, RowId, Table


class Organisers(Table):
    """Bodies that run consultations."""

    __tablename__ = "organisers"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]  # the handle
    title: Mapped[str]


class Consultations(Table):
    """Processes about a matter; mirrored ones have another home than this instance."""

    __tablename__ = "consultations"

    id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)  # name, or name@host when mirrored
    home: Mapped[str | None]  # the host that judges; none: this instance
    organiser: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]  # Markdown
    language: Mapped[str]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
    eligible: Mapped[Any] = mapped_column(Json)  # "anyone", "here" or a list of hosts
    instances: Mapped[Any] = mapped_column(Json)  # the listed hosts
    needs_facilitator: Mapped[bool]  # proposals wait before they are published
    erase_after_days: Mapped[int]
    created_at: Mapped[datetime]
    licence: Mapped[str | None]  # of what people write there, a word; none: nothing was said
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
    edition: Mapped[int] = mapped_column(server_default="1")  # counts what its team changed
    reasons: Mapped[Any] = mapped_column(Json, nullable=True)  # of refusals, code and title
    quota: Mapped[int | None]  # proposals that one person may have there; none: any number
    # The first argument of somebody new here waits.
    first_post_review: Mapped[bool] = mapped_column(server_default=false())
    documents: Mapped[Any] = mapped_column(Json, server_default="[]")  # links: title and url


class ConsultationDrafts(Table):
    """Consultations that only the team sees: import files that were not imported yet."""

    __tablename__ = "consultation_drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[Any] = mapped_column(Json)  # a consultation as the import format says it
    edition: Mapped[int]  # counts how often it was saved
    made_by: Mapped[str | None]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    preview: Mapped[bytes | None] = mapped_column(LargeBinary)  # the digest of its link's token


class ConsultationHistory(Table):
    """What a team did to a consultation that was public: a line each, for everybody to read."""

    __tablename__ = "consultation_history"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    consultation: Mapped[str]
    at: Mapped[datetime]
    what: Mapped[str]
    role: Mapped[str]  # of who did it; nothing where the clock did
    by: Mapped[str | None]  # shown to nobody
    before: Mapped[Any] = mapped_column(Json, nullable=True)
    after: Mapped[Any] = mapped_column(Json, nullable=True)
    reason: Mapped[str]

    __table_args__ = (Index("ix_consultation_history_consultation_at", "consultation", "at"),)


class Phases(Table):
    """Spans of a consultation that say what may be submitted."""

    __tablename__ = "phases"

    consultation: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
    title: Mapped[str] = mapped_column(server_default="")
    text: Mapped[str] = mapped_column(server_default="")  # Markdown
