"""What is kept of proposals."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, aliased, mapped_column

from dosfed.deliberation.posts.tables import Posts
from dosfed.storage.schema import Json, RowId, Table


class ProposalPosts(Posts):
    """What is put to a consultation; waiting ones have an id but are not public yet."""

    title: Mapped[str | None]
    position: Mapped[int | None]  # in its consultation
    ref: Mapped[str | None]
    source: Mapped[str | None]  # the Note that it came from
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    clauses: Mapped[Any] = mapped_column(Json, nullable=True)  # anchors of the text's blocks
    hidings: Mapped[Any] = mapped_column(Json, nullable=True)  # since and until, of each time
    # Of one that waits: its team asked its author for another text, and has none yet.
    correction_asked_at: Mapped[datetime | None]

    __mapper_args__ = {"polymorphic_identity": "proposal"}  # noqa: RUF012 - SQLAlchemy reads it


Index(
    "ix_posts_listed",
    Posts.consultation,
    Posts.state,
    ProposalPosts.position,
    Posts.kind,  # so that counting needs the index alone
    sqlite_where=Posts.kind.in_(["proposal"]),
    postgresql_where=Posts.kind.in_(["proposal"]),
)
Index(
    "ix_posts_source",
    ProposalPosts.source,
    sqlite_where=ProposalPosts.source.is_not(None),
    postgresql_where=ProposalPosts.source.is_not(None),
)
Proposals = aliased(ProposalPosts, name="proposals")


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


class NewTexts(Table):
    """What the author of a published proposal would have it say, until somebody has read it."""

    __tablename__ = "new_texts"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]  # counts the author's attempts, so that what was read is what is decided
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    note: Mapped[str]  # why, in the author's words; none where it came as an edit of a Note
    state: Mapped[str]  # waiting, refused, lapsed
    reason: Mapped[str | None]  # of a refusal
    at: Mapped[datetime]


class Corrections(Table):
    """What a team and an author said to one another of a proposal that waits: nobody else reads it.

    The lines go with the proposal, and some time after it was decided on.
    """

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    proposal: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(index=True)  # none: one of the team, who left
    is_team: Mapped[bool]
    text: Mapped[str]  # plain
    source: Mapped[str | None]  # the Note by which an author elsewhere answered


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
