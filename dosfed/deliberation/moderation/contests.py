"""Contests of what a team decided, as they are kept: one of each decision.

A decision is a row of the log of moderation: that something was hidden, or refused. Hidden anew for
another reason while it is hidden, it is the same decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.moderation.tables import Contests
from dosfed.deliberation.posts.tables import ModerationLog

UPHELD = "upheld"
LIFTED = "lifted"
WITHDRAWN = "withdrawn"
DECISIONS = ("hidden", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What stands of a post: since when, in which word, and who said so last."""

    id: int
    post: str
    kind: str
    consultation: str
    became: str
    code: str | None
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptContest:
    """What an author says against a decision, and what came of it."""

    decision: int
    post: str
    consultation: str
    by: str | None
    text: str
    at: datetime
    decided_at: datetime | None
    outcome: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a contest, by whom."""

    by: str
    is_lifted: bool
    reason: str
    at: datetime


async def load_decision(connection: AsyncConnection, post: str) -> Decision | None:
    """Return the decision that stands of a post, or None where none does."""
    rows = await connection.execute(
        select(ModerationLog)
        .where(ModerationLog.post == post)
        .order_by(ModerationLog.id)
        .with_only_columns(*ModerationLog.__table__.c)
    )
    first = last = None
    for row in rows:
        if row.became not in DECISIONS:
            first = None
        elif first is None or row.was != row.became:
            first = row
        last = row
    if first is None or last is None or first.consultation is None:
        return None
    return Decision(
        id=first.id,
        post=post,
        kind=first.kind,
        consultation=first.consultation,
        became=first.became,
        code=last.code,
        at=first.at,
        by=last.by,
    )


async def load_contest(connection: AsyncConnection, decision: int) -> KeptContest | None:
    """Return the contest of a decision."""
    rows = await connection.execute(select(*_COLUMNS).where(Contests.decision == decision))
    row = rows.mappings().one_or_none()
    return None if row is None else KeptContest(**row)


_COLUMNS = (
    Contests.decision,
    Contests.post,
    Contests.consultation,
    Contests.by,
    Contests.text,
    Contests.at,
    Contests.decided_at,
    Contests.outcome,
    Contests.reason,
)


async def open_contest(
    connection: AsyncConnection, decision: Decision, *, by: str, text: str, at: datetime
) -> None:
    """Keep what an author says against a decision."""
    await connection.execute(
        insert(Contests).values(
            decision=decision.id,
            post=decision.post,
            consultation=decision.consultation,
            by=by,
            text=text,
            at=at,
        )
    )


async def close_contest(connection: AsyncConnection, decision: int, verdict: Verdict) -> None:
    """Keep what came of a contest that is open."""
    await connection.execute(
        update(Contests)
        .where(Contests.decision == decision, Contests.outcome.is_(None))
        .values(
            decided_at=verdict.at,
            decided_by=verdict.by,
            outcome=LIFTED if verdict.is_lifted else UPHELD,
            reason=verdict.reason,
        )
    )


async def load_open(connection: AsyncConnection) -> Sequence[KeptContest]:
    """Return the contests that nobody has answered, the oldest first."""
    rows = await connection.execute(
        select(*_COLUMNS).where(Contests.outcome.is_(None)).order_by(Contests.at, Contests.decision)
    )
    return [KeptContest(**row) for row in rows.mappings()]


async def forget_contests(connection: AsyncConnection, posts: Collection[str]) -> None:
    """Drop the words about posts that are gone; that somebody contested stays in the record."""
    await connection.execute(
        update(Contests)
        .where(Contests.post.in_(posts))
        .values(text="", by=None, reason=None, outcome=func.coalesce(Contests.outcome, WITHDRAWN))
    )


async def forget_contester(connection: AsyncConnection, person: str) -> None:
    """Drop what somebody who leaves said, and that they decided on what others did."""
    mine = Contests.by == person
    outcome = case((Contests.outcome.is_(None), WITHDRAWN), else_=Contests.outcome)
    await connection.execute(
        update(Contests).where(mine).values(text="", by=None, reason=None, outcome=outcome)
    )
    await connection.execute(
        update(Contests).where(Contests.decided_by == person).values(decided_by=None)
    )
