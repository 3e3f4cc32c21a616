"""What is kept of reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, RowId, Table


class Reports(Table):
    """Complaints about objects or people, for the moderators.

    Those of one `subject`, a digest of what they name here, are read and answered together.
    """

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    reporter: Mapped[str]
    objects: Mapped[Any] = mapped_column(Json)
    subject: Mapped[str | None]
    text: Mapped[str]
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answer: Mapped[str | None]  # upheld, dismissed
    note: Mapped[str | None]  # the moderator's words

    __table_args__ = (
        Index(
            "ix_reports_waiting",
            "subject",
            "reporter",
            sqlite_where=sql("answered_at IS NULL"),
            postgresql_where=sql("answered_at IS NULL"),
        ),
    )
