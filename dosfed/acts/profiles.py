"""What the profiles of organisers list and pin."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.instance import Instance
from dosfed.wire.profiles import write_organiser_summary

# Of those that end last; a profile is read in a small window.
LISTED = 10
# Others fetch each of them.
PINNED = 60


async def of_organiser(
    connection: AsyncConnection, organiser: str, instance: Instance, now: datetime
) -> str:
    """Return what the profile of an organiser says: its consultations that are not over."""
    rows = (
        await connection.execute(
            select(Consultations.id, Consultations.title, Consultations.language)
            .where(
                Consultations.organiser == organiser,
                Consultations.home.is_(None),
                Consultations.closes > now,
            )
            .order_by(Consultations.closes.desc(), Consultations.id)
            .limit(LISTED)
        )
    ).all()
    listed = [(row.id, row.title) for row in rows if instance.is_ours(row.id)]
    return write_organiser_summary(listed, rows[0].language) if rows else ""


async def pinned(connection: AsyncConnection, organiser: str, now: datetime) -> list[str]:
    """Return the open polls that an organiser pins, those that end first at the head.

    By id: Mastodon takes a Question in no other form there.
    """
    rows = await connection.execute(
        select(Proposals.id)
        .join(Polls, Polls.proposal == Proposals.id)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .where(
            Consultations.organiser == organiser,
            Consultations.home.is_(None),
            READABLE.of(Proposals),
            Polls.closed_at.is_(None),
            Polls.opens <= now,
            Polls.closes > now,
        )
        .order_by(Polls.closes, Proposals.position, Proposals.id)
        .limit(PINNED)
    )
    return list(rows.scalars())
