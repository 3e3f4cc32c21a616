"""What is kept so that texts are found: their words, and which texts have changed."""

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import RowId, Table


class SearchEntries(Table):
    """Words of what can be found, each once, as `words` folds them.

    PostgreSQL finds them by an index on the table; SQLite by `search_index`, a full-text
    table beside it that triggers keep alike. Neither holds in which order the words stood.
    """

    __tablename__ = "search_entries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    object: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # consultation, proposal, argument
    consultation: Mapped[str]
    title: Mapped[str]  # folded, its words in their order
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))

    __table_args__ = (
        Index("ix_search_entries_words", "words", postgresql_using="gin").ddl_if("postgresql"),
    )


class SearchPending(Table):
    """Texts that changed since they were indexed; triggers write it, whoever changes a text."""

    __tablename__ = "search_pending"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    object: Mapped[str]
