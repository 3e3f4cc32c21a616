"""What is kept of consultations."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, Table


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


class Phases(Table):
    """Spans of a consultation that say what may be submitted."""

    __tablename__ = "phases"

    consultation: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
