"""How mails fare: what waits, and what the mail server said of what failed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Mails

LAST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedMail:
    """A mail that the mail server did not take; `finished_at` once it was given up."""

    recipient: str
    created_at: datetime
    failures: int
    error: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHealth:
    """How many mails wait, and the last that failed."""

    waiting: int
    failing: int
    failed: tuple[FailedMail, ...]


async def load_mail_health(connection: AsyncConnection) -> MailHealth:
    """Return how mails fare."""
    waits = Mails.finished_at.is_(None)
    counts = await connection.execute(
        select(
            func.count().filter(waits), func.count().filter(waits, Mails.failures > 0)
        ).select_from(Mails)
    )
    waiting, failing = counts.one()
    rows = await connection.execute(
        select(Mails.recipient, Mails.created_at, Mails.failures, Mails.error, Mails.finished_at)
        .where(Mails.error.is_not(None))
        .order_by(Mails.id.desc())
        .limit(LAST)
    )
    failed = tuple(
        FailedMail(
            recipient=row.recipient,
            created_at=row.created_at,
            failures=row.failures,
            error=row.error or "",
            finished_at=row.finished_at,
        )
        for row in rows
    )
    return MailHealth(waiting=waiting, failing=failing, failed=failed)
