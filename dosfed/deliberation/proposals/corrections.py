"""Corrections: what a team asks the author of a proposal that waits, and what they answer.

The conversation is between the two, and nobody else reads it. It goes with the proposal, and half
a year after its last word once the proposal was decided on (rule 3.34).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.deliberation.proposals.tables import Corrections, ProposalPosts, Proposals

KEPT = timedelta(days=183)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that one of both said."""

    is_team: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How far a conversation has come."""

    lines: int
    since_asked: int  # by the author, since the team last spoke
    sources: frozenset[str]


async def load_lines(connection: AsyncConnection, proposal: str) -> tuple[Line, ...]:
    """Return what was said of a proposal, the first first."""
    rows = await connection.execute(
        select(Corrections.is_team, Corrections.text, Corrections.at)
        .where(Corrections.proposal == proposal)
        .order_by(Corrections.id)
    )
    return tuple(Line(**row) for row in rows.mappings())


async def load_talk(connection: AsyncConnection, proposal: str) -> Talk:
    """Return how far the conversation about a proposal has come."""
    rows = await connection.execute(
        select(Corrections.is_team, Corrections.source)
        .where(Corrections.proposal == proposal)
        .order_by(Corrections.id)
    )
    lines = rows.all()
    teams = [place for place, line in enumerate(lines, start=1) if line.is_team]
    return Talk(
        lines=len(lines),
        since_asked=len(lines) - max(teams, default=0),
        sources=frozenset(line.source for line in lines if line.source),
    )


async def say(
    connection: AsyncConnection,
    proposal: str,
    line: Line,
    *,
    by: str | None,
    source: str | None = None,
) -> None:
    """Add a line; it is the author's turn after one of the team, and the team's after theirs."""
    await connection.execute(
        insert(Corrections).values(
            proposal=proposal,
            at=line.at,
            by=by,
            is_team=line.is_team,
            text=line.text,
            source=source,
        )
    )
    await connection.execute(
        update(ProposalPosts)
        .where(ProposalPosts.id == proposal)
        .values(correction_asked_at=line.at if line.is_team else None)
    )


async def drop_lines(connection: AsyncConnection, proposal: str) -> None:
    """Let go of what was said of a proposal that is gone, or is nobody's any more."""
    await connection.execute(delete(Corrections).where(Corrections.proposal == proposal))


async def forget_lines(connection: AsyncConnection, person: str) -> None:
    """Drop what somebody who leaves said as an author, and that they spoke for a team."""
    mine = Corrections.by == person
    await connection.execute(delete(Corrections).where(mine, ~Corrections.is_team))
    await connection.execute(update(Corrections).where(mine).values(by=None))


async def drop_old_lines(connection: AsyncConnection, *, now: datetime) -> bool:
    """Drop what was said of proposals that were decided on long ago; return whether any was."""
    other = aliased(Corrections)
    last = select(func.max(other.at)).where(other.proposal == Corrections.proposal)
    decided = select(Proposals.id).where(
        Proposals.id == Corrections.proposal, ~in_state(Proposals, PostState.WAITING)
    )
    old = (
        select(Corrections.id)
        .where(Corrections.at <= now - KEPT, decided.exists())
        .where(last.scalar_subquery() <= now - KEPT)
    )
    ids: Sequence[int] = (await connection.execute(old)).scalars().all()
    if ids:
        await connection.execute(delete(Corrections).where(Corrections.id.in_(ids)))
    return bool(ids)
