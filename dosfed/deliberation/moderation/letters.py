"""Letters to authors elsewhere whose answer is read: which post each is about, and for whom it is.

Only who was written to may answer, whatever others know of it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.moderation.tables import TeamLetters


async def remember_letter(
    connection: AsyncConnection, letter: str, *, post: str, reader: str, at: datetime
) -> None:
    """Keep that an answer to a letter is about a post."""
    await connection.execute(insert(TeamLetters).values(id=letter, post=post, reader=reader, at=at))


async def find_letter(
    connection: AsyncConnection, letter: str, *, reader: str
) -> tuple[str, datetime] | None:
    """Return what a letter to somebody was about, and when it was written."""
    rows = await connection.execute(
        select(TeamLetters.post, TeamLetters.at).where(
            TeamLetters.id == letter, TeamLetters.reader == reader
        )
    )
    row = rows.first()
    return None if row is None else (row.post, row.at)


async def forget_letters(connection: AsyncConnection, reader: str) -> None:
    """Let go of the letters to somebody who leaves."""
    await connection.execute(delete(TeamLetters).where(TeamLetters.reader == reader))


async def drop_letters(connection: AsyncConnection, posts: Collection[str]) -> None:
    """Let go of the letters about posts that are gone."""
    await connection.execute(delete(TeamLetters).where(TeamLetters.post.in_(posts)))


async def drop_old_letters(connection: AsyncConnection, *, before: datetime) -> None:
    """Let go of letters that nobody answers any more."""
    await connection.execute(delete(TeamLetters).where(TeamLetters.at < before))
