"""What the Group of a consultation says, and what stands in the collections around it."""

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.deliberation.consultations.phases import load_phases_of
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments
from dosfed.deliberation.meetings.tables import Meetings
from dosfed.deliberation.notes.tables import Notes
from dosfed.deliberation.posts.visible import READABLE, listed
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.wire.consultations import Held

AFTER_PROPOSALS = 1_000_000_000


async def load_held(connection: AsyncConnection, consultation: str) -> Held:
    """Return what a consultation of this home says of itself."""
    rows = (
        await connection.execute(
            select(
                Consultations.organiser,
                Consultations.opens,
                Consultations.closes,
                Consultations.eligible,
                Consultations.instances,
                Consultations.language,
                Consultations.summary,
                Consultations.licence,
                Consultations.edition,
                Consultations.withdrawn_reason,
                func.coalesce(Organisers.title, "").label("organiser_title"),
            )
            .outerjoin(Organisers, Organisers.id == Consultations.organiser)
            .where(Consultations.id == consultation)
        )
    ).mappings()
    return Held(
        id=consultation,
        phases=await load_phases_of(connection, consultation),
        **rows.one(),
    )


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
            .join(Proposals, Proposals.id == Arguments.about)
            .where(
                Proposals.consultation == consultation,
                listed(),
            ),
            select(Meetings.id, Meetings.announced_at, literal(AFTER_PROPOSALS)).where(
                Meetings.consultation == consultation
            ),
            select(Notes.id, Notes.published_at, literal(AFTER_PROPOSALS)).where(
                Notes.consultation == consultation, Notes.withdrawn_at.is_(None)
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


async def thread(
    connection: AsyncConnection, proposal: str, *, offset: int, limit: int
) -> tuple[list[str], int]:
    """Return a page of a proposal's thread, the proposal first, and how many posts it has."""
    is_first = offset == 0
    found, total = await replies(
        connection,
        proposal,
        offset=0 if is_first else offset - 1,
        limit=limit - 1 if is_first else limit,
    )
    return [proposal, *found] if is_first else found, total + 1


async def replies(
    connection: AsyncConnection, target: str, *, offset: int, limit: int
) -> tuple[list[str], int]:
    """Return a page of the arguments under a post, and how many there are.

    Under a proposal these are all of its debate, so that somebody who opens the thread elsewhere
    finds the whole of it.
    """
    answered = aliased(ArgumentPosts)
    thread = select(answered.about).where(answered.id == target).scalar_subquery()
    # An answer stands under the same proposal, by which an index finds the few that can be one.
    answers = (Arguments.about == thread) & (Arguments.in_reply_to == target)
    known = ((Arguments.about == target) | answers, READABLE.of(Arguments))
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
