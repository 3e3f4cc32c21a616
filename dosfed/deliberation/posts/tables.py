"""What is kept of published things, whatever their kind."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, literal_column, or_
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.operators import in_op
from sqlalchemy.types import TypeDecorator

from dosfed.storage.schema import RowId, Table


class Kind(TypeDecorator[str]):
    """The kind of a post; a statement that asks for one says the word itself.

    As a parameter it would be unknown to the planner, and an index of one kind of no use to it.
    """

    impl = Text
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        """Compares a kind with those of a class, as SQLAlchemy asks for it."""

        def operate(self, op: Any, *other: Any, **options: Any) -> ColumnElement[Any]:
            """Say the words of our own classes; whatever else is asked goes the usual way."""
            if op is not in_op:
                return super().operate(op, *other, **options)
            return or_(*(self.expr == literal_column(f"'{kind}'", Text) for kind in other[0]))

    comparator_factory = Comparator


class Posts(Table):
    """What people publish in a consultation, of every kind.

    A kind is a class below this one, with the columns that it alone has, and is read under a
    name of its own (`proposals.tables.Proposals`, `debate.tables.Arguments`). A statement that
    asks for a kind gets nothing of another, and may name several side by side.
    """

    __tablename__ = "posts"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Kind)  # proposal, argument
    consultation: Mapped[str]
    author: Mapped[str | None] = mapped_column(index=True)  # the credited citizen
    author_name: Mapped[str | None]  # @ana@masto.example
    language: Mapped[str | None]
    text: Mapped[str | None]  # Markdown; none of what was written elsewhere as HTML
    html: Mapped[str]  # rendered and sanitised; others' again when shown
    # waiting, published, refused, deleted; hidden: published, but a moderator hid it; sent: a
    # Note to another home
    state: Mapped[str]
    received_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]  # of the text; every later Update repeats it
    deleted_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]  # by a moderator
    hidden_reason: Mapped[str | None]
    hidden_code: Mapped[str | None]  # what the public record counts
    moderated_at: Mapped[datetime | None]  # when it was last hidden or shown again
    group_name: Mapped[str | None]  # the workshop for which it was entered
    group_size: Mapped[int | None]

    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012 - SQLAlchemy reads it


class ModerationLog(Table):
    """What was hidden, shown again, refused or taken down by others than its author.

    Rows are added and never changed, but for what erasing takes out of them: the moderator who
    leaves, and the reason once what it was said of is deleted.
    """

    __tablename__ = "moderation_log"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    post: Mapped[str] = mapped_column(index=True)
    consultation: Mapped[str | None]  # none: of what was gone before this was kept
    kind: Mapped[str]  # proposal, argument
    at: Mapped[datetime]
    by: Mapped[str | None]  # a moderator, or the home; none: at the command line, or who left
    was: Mapped[str]  # waiting, published, hidden
    became: Mapped[str]  # published, hidden, refused, deleted
    code: Mapped[str | None]  # what the public record counts
    reason: Mapped[str | None]
