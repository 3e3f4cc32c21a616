"""The log of moderation, to which every act of it adds a row.

What a thing is now says nothing of how it came to be so: hiding it anew replaces the reason, and
its author may delete it. The public record is therefore counted from this log, where neither
changes what moderators did (docs/rules.md, 5.8).
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.moderation.letters import drop_letters
from dosfed.deliberation.posts.tables import ModerationLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderated:
    """What was done to a post by somebody else than its author."""

    post: str
    consultation: str
    kind: str
    by: str | None
    was: str
    became: str
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """How many posts of a kind were hidden for one reason."""

    kind: str
    code: str | None
    number: int


async def add(connection: AsyncConnection, moderated: Moderated, *, at: datetime) -> None:
    """Add an act to the log."""
    await connection.execute(insert(ModerationLog).values(**asdict(moderated), at=at))


async def count_hidden(connection: AsyncConnection) -> list[Hidden]:
    """Return how much was hidden and not shown again, be it deleted since or not."""
    last = (
        select(func.max(ModerationLog.id))
        .where(ModerationLog.became.in_(("hidden", "published")))
        .group_by(ModerationLog.post)
    )
    rows = await connection.execute(
        select(ModerationLog.kind, ModerationLog.code, func.count().label("number"))
        .where(ModerationLog.id.in_(last), ModerationLog.became == "hidden")
        .group_by(ModerationLog.kind, ModerationLog.code)
    )
    return [Hidden(**row) for row in rows.mappings()]


async def count_refused(connection: AsyncConnection) -> int:
    """Return how many proposals were refused, be they deleted since or not."""
    rows = await connection.execute(
        select(func.count(ModerationLog.post.distinct())).where(ModerationLog.became == "refused")
    )
    return rows.scalar_one()


async def forget_moderator(connection: AsyncConnection, person: str) -> None:
    """Name somebody who leaves no more; what they did stays (rule 5.9)."""
    await connection.execute(
        update(ModerationLog).where(ModerationLog.by == person).values(by=None)
    )


async def forget_reasons(connection: AsyncConnection, posts: Collection[str]) -> None:
    """Drop the reasons that were given for deleted posts, which may repeat their words."""
    await connection.execute(
        update(ModerationLog).where(ModerationLog.post.in_(posts)).values(reason=None)
    )
    await drop_letters(connection, posts)
