"""What is kept of debates."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, Table


class Arguments(Table):
    """Contributions to the debate on a proposal, with a stance, in threads."""

    __tablename__ = "arguments"

    id: Mapped[str] = mapped_column(primary_key=True)
    proposal: Mapped[str]
    in_reply_to: Mapped[str]  # the proposal, or another argument
    author: Mapped[str] = mapped_column(index=True)
    author_name: Mapped[str]
    stance: Mapped[str]  # for, against, neutral
    text: Mapped[str | None]  # Markdown, when written here
    html: Mapped[str]  # sanitised again when shown
    language: Mapped[str | None]
    url: Mapped[str] = mapped_column(index=True)  # the page for people
    published_at: Mapped[datetime]
    received_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    clause: Mapped[str | None]  # the anchor of the clause it is about
    sources: Mapped[Any] = mapped_column(Json, nullable=True)  # addresses that it rests on
    group_name: Mapped[str | None]  # the workshop for which it was entered
    group_size: Mapped[int | None]
    hidden_at: Mapped[datetime | None]  # by a moderator
    hidden_reason: Mapped[str | None]
    hidden_code: Mapped[str | None]  # what the public record counts
    moderated_at: Mapped[datetime | None]  # when it was last hidden or shown again

    __table_args__ = (
        Index("ix_arguments_proposal", "proposal", "published_at"),
        Index(
            "ix_arguments_counted",
            "proposal",
            sqlite_where=sql("deleted_at IS NULL"),
            postgresql_where=sql("deleted_at IS NULL"),
        ),
    )


class ArgumentVersions(Table):
    """The words that an argument had before those it has."""

    __tablename__ = "argument_versions"

    argument: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stance: Mapped[str]
    html: Mapped[str]
    replaced_at: Mapped[datetime]


class Weights(Table):
    """Who finds an argument, or a proposal, strong (1) or weak (-1)."""

    __tablename__ = "weights"

    object: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)
    weight: Mapped[int]


class Shares(Table):
    """Who announced an object of ours to others."""

    __tablename__ = "shares"

    object: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)
