"""What is kept of debates."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, aliased, mapped_column

from dosfed.deliberation.posts.tables import Posts
from dosfed.storage.schema import Json, Table


class ArgumentPosts(Posts):
    """Contributions to the debate on a proposal, with a stance, in threads."""

    about: Mapped[str | None]  # the proposal
    in_reply_to: Mapped[str | None]  # the proposal, or another argument
    stance: Mapped[str | None]  # for, against, neutral
    url: Mapped[str | None] = mapped_column(index=True)  # the page for people
    clause: Mapped[str | None]  # the anchor of the clause it is about
    sources: Mapped[Any] = mapped_column(Json, nullable=True)  # addresses that it rests on

    __mapper_args__ = {"polymorphic_identity": "argument"}  # noqa: RUF012 - SQLAlchemy reads it


Index("ix_posts_about", ArgumentPosts.about, Posts.published_at)
# With the kind, so that counting needs the index alone.
Index("ix_posts_counted", ArgumentPosts.about, Posts.state, Posts.kind)
Arguments = aliased(ArgumentPosts, name="arguments")


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
