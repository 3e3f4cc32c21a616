"""Digests: to whom what is new is to be written, and how that is ended."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.people import Digest
from dosfed.accounts.site import load_zone
from dosfed.accounts.tables import Accounts

HOUR = time(7)  # in the zone of the instance
DAY = timedelta(days=1)
PERIODS = {Digest.DAILY: DAY, Digest.WEEKLY: timedelta(days=7)}
# Anyone who comes back to digests after a year does not get the whole year.
LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who is due to be written what is new `since`."""

    user: str
    email: str
    language: str
    digest: Digest
    digested_at: datetime | None
    unsubscribe: str
    since: datetime


def last_hour(digest: Digest, now: datetime, zone: tzinfo | None) -> datetime:
    """Return when digests of a kind last went out, at seven in the morning (rule 8.6).

    Weekly ones go on Mondays. The morning is that of a zone; without one, of the server's own.
    """
    local = now.astimezone(zone)
    days = local.weekday() if digest is Digest.WEEKLY else 0
    day = local.date() - timedelta(days=days)
    due = datetime.combine(day, HOUR, tzinfo=zone).astimezone(UTC)
    # By the calendar, a day or a week earlier, not by so many hours: where the clocks were changed
    # in between it is still seven in the morning.
    if due > now:
        due = datetime.combine(day - PERIODS[digest], HOUR, tzinfo=zone).astimezone(UTC)
    return due


async def is_any_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Whether anybody's digest is due."""
    zone = await load_zone(connection)
    rows = await connection.execute(select(Accounts.user).where(_is_due(now, zone)).limit(1))
    return rows.first() is not None


def _is_due(now: datetime, zone: tzinfo | None) -> ColumnElement[bool]:
    due = [
        (Accounts.digest == digest.value)
        & or_(Accounts.digested_at.is_(None), Accounts.digested_at < last_hour(digest, now, zone))
        for digest in PERIODS
    ]
    return and_(or_(*due), Accounts.email.is_not(None), Accounts.suspended_at.is_(None))


async def load_readers(connection: AsyncConnection, *, now: datetime, most: int) -> list[Reader]:
    """Return people whose digest is due."""
    rows = await connection.execute(
        select(
            Accounts.user,
            Accounts.email,
            Accounts.language,
            Accounts.digest,
            Accounts.digested_at,
            Accounts.unsubscribe,
        )
        .where(_is_due(now, await load_zone(connection)))
        .order_by(Accounts.user)
        .limit(most)
    )
    return [
        Reader(
            user=row.user,
            email=row.email,
            language=row.language,
            digest=Digest(row.digest),
            digested_at=row.digested_at,
            unsubscribe=row.unsubscribe,
            since=_since(Digest(row.digest), row.digested_at, now),
        )
        for row in rows
    ]


def _since(digest: Digest, digested_at: datetime | None, now: datetime) -> datetime:
    return max(digested_at or now - PERIODS[digest], now - LONGEST)


async def mark_digested(connection: AsyncConnection, reader: Reader, *, at: datetime) -> bool:
    """Note that somebody has been written to; false where another worker, or they, were quicker."""
    # As it was when the reader was found: whoever finds it changed has been written already.
    before = Accounts.digested_at.is_not_distinct_from(reader.digested_at)
    marked = await connection.execute(
        update(Accounts)
        .where(Accounts.user == reader.user, Accounts.digest == reader.digest.value, before)
        .values(digested_at=at)
    )
    return marked.rowcount > 0


async def is_reader(connection: AsyncConnection, token: str) -> bool:
    """Whether a link to end digests belongs to anybody."""
    rows = await connection.execute(select(Accounts.user).where(Accounts.unsubscribe == token))
    return rows.first() is not None


async def stop_digests(connection: AsyncConnection, token: str) -> bool:
    """End the digests that a link belongs to; false where it belongs to none."""
    stopped = await connection.execute(
        update(Accounts).where(Accounts.unsubscribe == token).values(digest=Digest.NEVER.value)
    )
    return stopped.rowcount > 0
