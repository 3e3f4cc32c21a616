"""What is kept of reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, RowId, Table


class TeamLetters(Table):
    """Letters to authors elsewhere whose answer is read: by its post, and who alone may answer."""

    __tablename__ = "team_letters"

    id: Mapped[str] = mapped_column(primary_key=True)  # of the Note
    post: Mapped[str] = mapped_column(index=True)
    reader: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]


class Contests(Table):
    """What authors say against a decision that is in the log of moderation: once, each."""

    __tablename__ = "contests"

    # The row of the log.
    decision: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    post: Mapped[str] = mapped_column(index=True)
    consultation: Mapped[str]
    by: Mapped[str | None] = mapped_column(index=True)  # the author; none: they left
    text: Mapped[str]  # plain
    at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    outcome: Mapped[str | None]  # upheld, lifted; none: nobody has answered
    reason: Mapped[str | None]


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
