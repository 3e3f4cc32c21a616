"""Arguments with what their documents say of their surroundings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.posts.kept import PostRecord, read_shared, shared_columns
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.instance import host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentRecord(PostRecord):
    """An argument with what its document says of its surroundings."""

    author: str
    author_name: str
    published_at: datetime
    proposal: str
    in_reply_to: str
    stance: str
    url: str
    clause: str | None
    sources: Sequence[str] | None
    home: str | None
    organiser: str
    organiser_host: str
    parent_author: str | None
    parent_name: str | None
    is_parent_readable: bool  # or there is none
    licence: str | None = None  # its consultation's


async def load_argument(connection: AsyncConnection, argument: str) -> ArgumentRecord | None:
    """Return an argument, deleted or not."""
    return next(iter(await load_arguments(connection, [argument])), None)


async def need_argument(connection: AsyncConnection, argument: str) -> ArgumentRecord:
    """Return an argument that an act has just found or written."""
    record = await load_argument(connection, argument)
    if record is None:
        raise LookupError(argument)
    return record


async def load_arguments(
    connection: AsyncConnection, arguments: Collection[str]
) -> list[ArgumentRecord]:
    """Return those of the arguments that are known, deleted or not; no more than a part."""
    parent = aliased(ArgumentPosts)
    rows = await connection.execute(
        select(
            *shared_columns(Arguments),
            Arguments.about.label("proposal"),
            Arguments.in_reply_to,
            Arguments.stance,
            Arguments.url,
            Arguments.clause,
            Arguments.sources,
            Consultations.home,
            Consultations.organiser,
            Consultations.licence,
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
    return [_record(row) for row in rows]


def _record(row: Row[*tuple[Any, ...]]) -> ArgumentRecord:
    return ArgumentRecord(
        **read_shared(row),
        proposal=row.proposal,
        in_reply_to=row.in_reply_to,
        stance=row.stance,
        url=row.url,
        clause=row.clause,
        sources=row.sources,
        home=row.home,
        organiser=row.organiser,
        organiser_host=host_of(row.organiser),
        parent_author=row.parent_author,
        parent_name=row.parent_name,
        is_parent_readable=bool(row.is_parent_readable),
        licence=row.licence,
    )
