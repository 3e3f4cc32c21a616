"""The sessions of one person, for that person to look through and to end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.factors import Proof
from dosfed.accounts.tables import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A browser that is signed in."""

    digest: bytes
    created_at: datetime
    seen_at: datetime | None
    browser: str | None


async def list_sessions(
    connection: AsyncConnection, user: str, *, now: datetime
) -> list[OpenSession]:
    """Return somebody's open sessions, the one used last first."""
    rows = await connection.execute(
        select(Sessions.digest, Sessions.created_at, Sessions.seen_at, Sessions.browser)
        .where(Sessions.user == user, Sessions.expires_at > now)
        .order_by(Sessions.seen_at.desc(), Sessions.created_at.desc())
    )
    return [
        OpenSession(
            digest=row.digest,
            created_at=row.created_at,
            seen_at=row.seen_at,
            browser=row.browser,
        )
        for row in rows
    ]


async def end_session(connection: AsyncConnection, user: str, kept: bytes) -> None:
    """End one session of somebody; one that is over, or somebody else's, is let be."""
    await connection.execute(delete(Sessions).where(Sessions.user == user, Sessions.digest == kept))


async def end_sessions(connection: AsyncConnection, user: str, *, but: bytes | None = None) -> None:
    """End the sessions of somebody, except the one with this digest."""
    condition = [Sessions.user == user]
    if but is not None:
        condition.append(Sessions.digest != but)
    await connection.execute(delete(Sessions).where(*condition))


async def prove_session(connection: AsyncConnection, kept: bytes, proof: Proof) -> None:
    """Note in a session how it was shown who somebody is."""
    await connection.execute(
        update(Sessions).where(Sessions.digest == kept).values(proof=proof.value)
    )
