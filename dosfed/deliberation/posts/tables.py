"""What is kept of published things, whatever their kind."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import RowId, Table


class ModerationLog(Table):
    """What was hidden, shown again, refused or taken down by others than its author.

    Rows are added and never changed, but for what erasing takes out of them: the moderator who
    leaves, and the reason once what it was said of is deleted.
    """

    __tablename__ = "moderation_log"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    post: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]  # proposal, argument
    at: Mapped[datetime]
    by: Mapped[str | None]  # a moderator, or the home; none: at the command line, or who left
    was: Mapped[str]  # waiting, published, hidden
    became: Mapped[str]  # published, hidden, refused, deleted
    code: Mapped[str | None]  # what the public record counts
    reason: Mapped[str | None]
