"""What is kept of proposals."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, Table


class Proposals(Table):
    """What is put to a consultation; waiting ones have an id but are not public yet."""

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(primary_key=True)
    consultation: Mapped[str]
    position: Mapped[int]
    ref: Mapped[str | None]
    title: Mapped[str]
    text: Mapped[str]  # Markdown
    html: Mapped[str]  # rendered and sanitised
    language: Mapped[str]
    author: Mapped[str | None]  # the credited citizen
    author_name: Mapped[str | None]  # @ana@masto.example
    source: Mapped[str | None] = mapped_column(index=True)  # the Note that it came from
    state: Mapped[str]  # a `PostState`
    reason: Mapped[str | None]
    submitted_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]  # of the text; every later Update repeats it
    version: Mapped[int] = mapped_column(server_default="1")
    clauses: Mapped[Any] = mapped_column(Json, nullable=True)  # anchors of the text's blocks
    group_name: Mapped[str | None]  # the workshop for which it was entered
    group_size: Mapped[int | None]
    hidden_at: Mapped[datetime | None]  # by a moderator
    hidden_reason: Mapped[str | None]
    hidden_code: Mapped[str | None]  # what the public record counts
    moderated_at: Mapped[datetime | None]  # when it was last hidden or shown again
    hidings: Mapped[Any] = mapped_column(Json, nullable=True)  # since and until, of each time

    __table_args__ = (Index("ix_proposals_listed", "consultation", "state", "position"),)


class ProposalVersions(Table):
    """The texts that a proposal had before the one it has."""

    __tablename__ = "proposal_versions"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    clauses: Mapped[Any] = mapped_column(Json, nullable=True)
    note: Mapped[str]  # why the version after it was made
    replaced_by: Mapped[str]  # author, facilitator
    replaced_at: Mapped[datetime]


class ProposalTags(Table):
    """Words under which proposals are found."""

    __tablename__ = "proposal_tags"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)  # as it is shown


class CoSigners(Table):
    """Who stands behind a proposal beside its author, by name."""

    __tablename__ = "co_signers"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)
    name: Mapped[str]
    signed_at: Mapped[datetime]


class Drafts(Table):
    """Proposals that their authors have not submitted; nobody else sees them."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(index=True)
    consultation: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    tags: Mapped[str]  # as they were typed
    group_name: Mapped[str]
    group_size: Mapped[str]
    saved_at: Mapped[datetime]
