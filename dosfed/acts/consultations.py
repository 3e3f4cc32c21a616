"""Consultations on the wire: a Group that announces, and the collections around it."""

from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.writing import rfc3339
from dosfed.deliberation.consultations.tables import Consultations, Phases
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.meetings.tables import Meetings
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.wire import terms

Document = dict[str, Any]
AFTER_PROPOSALS = 1_000_000_000


async def group_extra(connection: AsyncConnection, consultation: str) -> Document:
    """Return what a consultation's Group says beyond any actor."""
    row = (
        await connection.execute(
            select(
                Consultations.organiser,
                Consultations.opens,
                Consultations.closes,
                Consultations.eligible,
                Consultations.instances,
                Consultations.language,
                Consultations.summary,
            ).where(Consultations.id == consultation)
        )
    ).one()
    phases = await connection.execute(
        select(Phases.kind, Phases.opens, Phases.closes)
        .where(Phases.consultation == consultation)
        .order_by(Phases.position)
    )
    return {
        "context": f"{consultation}/context",
        # Whose Delete counts: readers of FEP-1b12 look for the moderators here.
        "attributedTo": f"{consultation}/moderators",
        "source": {"content": row.summary, "mediaType": "text/markdown"},
        terms.LANGUAGE: row.language,
        terms.KIND: "consultation",
        terms.ORGANISER: row.organiser,
        terms.OPENS: rfc3339(row.opens),
        terms.CLOSES: rfc3339(row.closes),
        terms.ELIGIBLE: row.eligible,
        terms.INSTANCES: row.instances,
        terms.PHASES: [
            {
                terms.KIND: phase.kind,
                terms.OPENS: rfc3339(phase.opens),
                terms.CLOSES: rfc3339(phase.closes),
            }
            for phase in phases
        ],
    }


async def moderators(connection: AsyncConnection, consultation: str) -> list[str]:
    """Return who removes posts in the name of a consultation at home here: its organiser."""
    rows = await connection.execute(
        select(Consultations.organiser).where(
            Consultations.id == consultation, Consultations.home.is_(None)
        )
    )
    return list(rows.scalars())


async def context(
    connection: AsyncConnection, consultation: str, *, offset: int, limit: int
) -> tuple[list[str], int]:
    """Return a page of posts, proposals before arguments, with the number of all posts."""
    posts = (
        select(
            Proposals.id,
            Proposals.published_at.label("at"),
            Proposals.position.label("rank"),
        )
        .where(Proposals.consultation == consultation, READABLE.of(Proposals))
        .union_all(
            select(Arguments.id, Arguments.published_at, literal(AFTER_PROPOSALS))
            .join(Proposals, Proposals.id == Arguments.proposal)
            .where(
                Proposals.consultation == consultation,
                listed(),
            ),
            select(Meetings.id, Meetings.announced_at, literal(AFTER_PROPOSALS)).where(
                Meetings.consultation == consultation
            ),
        )
        .subquery()
    )
    total = (await connection.execute(select(func.count()).select_from(posts))).scalar_one()
    rows = await connection.execute(
        select(posts.c.id)
        .order_by(posts.c.rank, posts.c.at, posts.c.id)
        .offset(offset)
        .limit(limit)
    )
    return list(rows.scalars()), total


async def replies(
    connection: AsyncConnection, target: str, *, offset: int, limit: int
) -> tuple[list[str], int]:
    """Return a page of the arguments under a post, and how many there are.

    Under a proposal these are all of its debate, so that somebody who opens the thread elsewhere
    finds the whole of it.
    """
    below = (Arguments.proposal == target) | (Arguments.in_reply_to == target)
    known = (below, READABLE.of(Arguments))
    total = (
        await connection.execute(select(func.count()).select_from(Arguments).where(*known))
    ).scalar_one()
    rows = await connection.execute(
        select(Arguments.id)
        .where(*known)
        .order_by(Arguments.published_at, Arguments.id)
        .offset(offset)
        .limit(limit)
    )
    return list(rows.scalars()), total
