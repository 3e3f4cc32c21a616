"""What is kept of meetings."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Table


class Meetings(Table):
    """Where a consultation meets face to face, or on the line."""

    __tablename__ = "meetings"

    id: Mapped[str] = mapped_column(primary_key=True)
    consultation: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    place: Mapped[str]
    url: Mapped[str | None]
    summary: Mapped[str]  # Markdown
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    announced_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
