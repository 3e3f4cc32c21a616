"""What feeds are made of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.queries import View, load_head
from dosfed.deliberation.shown_consultations import ConsultationHead
from dosfed.deliberation.tables import Proposals

FEED_LENGTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """A proposal in a feed."""

    id: str
    title: str
    html: str  # to be sanitised when shown
    language: str
    author_name: str | None
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Everything templates/consultations/feed.atom may use."""

    head: ConsultationHead
    updated_at: datetime
    entries: tuple[FeedEntry, ...]


async def load_feed(connection: AsyncConnection, address: str, view: View) -> Feed | None:
    """Return the proposals of a consultation that were published last, newest first."""
    head = await load_head(connection, address, now=view.now)
    if head is None:
        return None
    rows = await connection.execute(
        select(
            Proposals.id,
            Proposals.title,
            Proposals.html,
            Proposals.language,
            Proposals.author_name,
            Proposals.submitted_at,
            Proposals.published_at,
            Proposals.edited_at,
        )
        .where(Proposals.consultation == head.id, Proposals.state == "published")
        .order_by(Proposals.published_at.desc(), Proposals.position.desc())
        .limit(FEED_LENGTH)
    )
    entries = tuple(
        FeedEntry(
            id=row.id,
            title=row.title,
            html=row.html,
            language=row.language,
            author_name=row.author_name,
            published_at=row.published_at or row.submitted_at,
            updated_at=row.edited_at or row.published_at or row.submitted_at,
        )
        for row in rows
    )
    # An empty feed was last changed when its consultation opened: it must not move by itself.
    updated = max((entry.updated_at for entry in entries), default=head.consultation.opens)
    return Feed(head=head, updated_at=updated, entries=entries)
