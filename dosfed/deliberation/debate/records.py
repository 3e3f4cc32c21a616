"""Arguments with what their documents say of their surroundings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.instance import host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentRecord:
    """An argument with what its document says of its surroundings."""

    id: str
    proposal: str
    in_reply_to: str
    author: str
    author_name: str
    stance: str
    text: str | None
    html: str
    language: str | None
    url: str
    state: PostState
    published_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    clause: str | None
    sources: Sequence[str] | None
    group_name: str | None
    group_size: int | None
    hidden_at: datetime | None
    hidden_reason: str | None
    hidden_code: str | None
    moderated_at: datetime | None
    consultation: str
    home: str | None
    organiser: str
    organiser_host: str
    parent_author: str | None
    parent_name: str | None
    is_parent_readable: bool  # or there is none

    @property
    def group(self) -> Group | None:
        """The group for which it was entered."""
        if not self.group_name:
            return None
        return Group(name=self.group_name, size=self.group_size or 1)


async def load_argument(connection: AsyncConnection, argument: str) -> ArgumentRecord | None:
    """Return an argument, deleted or not."""
    return next(iter(await load_arguments(connection, [argument])), None)


async def load_arguments(
    connection: AsyncConnection, arguments: Collection[str]
) -> list[ArgumentRecord]:
    """Return those of the arguments that are known, deleted or not; no more than a part."""
    parent = aliased(ArgumentPosts)
    rows = await connection.execute(
        select(
            Arguments.id,
            Arguments.about.label("proposal"),
            Arguments.in_reply_to,
            Arguments.author,
            Arguments.author_name,
            Arguments.stance,
            Arguments.text,
            Arguments.html,
            Arguments.language,
            Arguments.url,
            Arguments.state,
            Arguments.published_at,
            Arguments.edited_at,
            Arguments.deleted_at,
            Arguments.clause,
            Arguments.sources,
            Arguments.group_name,
            Arguments.group_size,
            Arguments.hidden_at,
            Arguments.hidden_reason,
            Arguments.hidden_code,
            Arguments.moderated_at,
            Proposals.consultation,
            Consultations.home,
            Consultations.organiser,
            parent.author.label("parent_author"),
            parent.author_name.label("parent_name"),
            (parent.id.is_(None) | READABLE.of(parent)).label("is_parent_readable"),
        )
        .join(Proposals, Proposals.id == Arguments.about)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(parent, parent.id == Arguments.in_reply_to)
        .where(Arguments.id.in_(arguments))
        .order_by(Arguments.published_at, Arguments.id)
    )
    return [_record(row) for row in rows.mappings()]


def _record(row: RowMapping) -> ArgumentRecord:
    said = {**row, "state": PostState(row["state"]), "organiser_host": host_of(row["organiser"])}
    return ArgumentRecord(**said)
