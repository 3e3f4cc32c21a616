"""What the profiles of organisers and consultations show, list and pin."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import load_site
from dosfed.activitypub.actors import LocalActor
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls
from dosfed.instance import Instance
from dosfed.wire.consultations import Held
from dosfed.wire.faces import (
    Look,
    write_consultation_table,
    write_organiser_table,
    write_pictures,
)
from dosfed.wire.profiles import write_organiser_summary

# Of those that end last; a profile is read in a small window.
LISTED = 10
# Others fetch each of them.
PINNED = 60


async def of_organiser(
    connection: AsyncConnection, organiser: LocalActor, instance: Instance, now: datetime
) -> str:
    """Return what the profile of an organiser says: its consultations that are not over."""
    rows = (
        await connection.execute(
            select(Consultations.id, Consultations.title, Consultations.language)
            .where(
                Consultations.organiser == organiser.id,
                Consultations.home.is_(None),
                Consultations.closes > now,
            )
            .order_by(Consultations.closes.desc(), Consultations.id)
            .limit(LISTED)
        )
    ).all()
    listed = [(row.id, row.title) for row in rows if instance.is_ours(row.id)]
    language = rows[0].language if rows else await _language(connection, organiser.id)
    return write_organiser_summary(listed, language or "en")


async def _language(connection: AsyncConnection, organiser: str) -> str | None:
    """Return the language of an organiser's latest consultation, over or not."""
    latest = (
        select(Consultations.language)
        .where(Consultations.organiser == organiser, Consultations.home.is_(None))
        .order_by(Consultations.closes.desc(), Consultations.id)
        .limit(1)
    )
    return (await connection.execute(latest)).scalar_one_or_none()


async def face_of_organiser(
    connection: AsyncConnection, organiser: LocalActor, instance: Instance
) -> dict[str, Any]:
    """Return the pictures of an organiser's profile, and its table."""
    site = await load_site(connection, instance.host)
    look = Look(name=organiser.name, site=site.name, logo=site.logo, accent=site.accent)
    language = await _language(connection, organiser.id) or site.language
    return {
        **write_pictures(organiser.id, look, banner=f"{instance.base_url}/card.png"),
        **write_organiser_table(organiser.id, instance.base_url, language),
    }


async def face_of_consultation(
    connection: AsyncConnection, group: LocalActor, held: Held, instance: Instance
) -> dict[str, Any]:
    """Return the pictures of a consultation's profile, and its table."""
    site = await load_site(connection, instance.host)
    look = Look(name=group.name, site=site.name, logo=site.logo, accent=site.accent)
    return {
        **write_pictures(group.id, look, banner=f"{group.id}/card.png"),
        **write_consultation_table(held, instance.base_url),
    }


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
