"""Mails on their way: put in the transaction that makes them needed, sent by the worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Mails

MAX_SUBJECT = 200
MAX_ERROR = 300
LEASE = timedelta(minutes=5)  # ten mails of ten seconds each at most, with room (`courier`)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
GIVEN_UP = timedelta(days=3)
KEPT = timedelta(days=7)
COLUMNS = (
    Mails.id,
    Mails.recipient,
    Mails.subject,
    Mails.text,
    Mails.headers,
    Mails.created_at,
    Mails.failures,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What somebody is written: plain text, and headers beside those that every mail has."""

    recipient: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def put_mail(connection: AsyncConnection, mail: Mail, *, at: datetime) -> None:
    """Let the worker send a mail once this transaction has committed.

    Nothing in it can add a header: subject and headers become one line each.
    """
    await connection.execute(
        insert(Mails).values(
            recipient=one_line(mail.recipient),
            subject=one_line(mail.subject)[:MAX_SUBJECT],
            text=mail.text,
            headers={one_line(name): one_line(value) for name, value in mail.headers.items()},
            created_at=at,
            next_at=at,
            failures=0,
            error=None,
            finished_at=None,
        )
    )


def one_line(text: str) -> str:
    """Return a text without line breaks or other characters that end a header (RFC 5322, 2.2)."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A mail that should be sent now."""

    id: int
    mail: Mail
    created_at: datetime
    failures: int


async def claim_due(connection: AsyncConnection, *, at: datetime, most: int) -> list[Due]:
    """Return mails that are due, oldest first; nobody else gets them for some minutes.

    A process that dies while it sends leaves them to be sent again: a mail may come twice,
    under the same Message-ID, but none is lost.
    """
    waiting = (
        select(Mails.id)
        .where(Mails.finished_at.is_(None), Mails.next_at <= at)
        .order_by(Mails.next_at, Mails.id)
        .limit(most)
        .with_for_update(skip_locked=True)  # left out of what SQLite reads
    )
    rows = await connection.execute(
        update(Mails).where(Mails.id.in_(waiting)).values(next_at=at + LEASE).returning(*COLUMNS)
    )
    return sorted((_due(row) for row in rows), key=lambda due: due.id)


def _due(row: Row[*tuple[Any, ...]]) -> Due:
    mail = Mail(recipient=row.recipient, subject=row.subject, text=row.text, headers=row.headers)
    return Due(id=row.id, mail=mail, created_at=row.created_at, failures=row.failures)


async def is_any_due(connection: AsyncConnection, at: datetime) -> bool:
    """Whether a mail should be sent now."""
    due = exists().where(Mails.finished_at.is_(None), Mails.next_at <= at)
    return bool((await connection.execute(select(due))).scalar_one())


async def note_sent(connection: AsyncConnection, mail: int, *, at: datetime) -> None:
    """Note that a mail is on its way; its words and whom it went to are erased."""
    await connection.execute(
        update(Mails)
        .where(Mails.id == mail)
        .values(recipient="", subject="", text="", headers={}, error=None, finished_at=at)
    )


async def note_failed(
    connection: AsyncConnection, due: Due, error: str, *, is_final: bool, at: datetime
) -> None:
    """Note why a mail was not taken; it is tried again, later each time, for three days."""
    # 1, 2, 4 … minutes, then every six hours: greylisting ends within minutes, an outage in days.
    later = at + min(FIRST_PAUSE * 2**due.failures, LONGEST_PAUSE)
    is_over = is_final or later - due.created_at > GIVEN_UP
    values: dict[str, object] = {"failures": due.failures + 1, "error": one_line(error)[:MAX_ERROR]}
    if is_over:
        # The address stays for some days: an operator is asked why a mail never came (`KEPT`).
        values |= {"subject": "", "text": "", "headers": {}, "finished_at": at}
    else:
        values["next_at"] = later
    await connection.execute(update(Mails).where(Mails.id == due.id).values(values))


async def purge_mails(connection: AsyncConnection, now: datetime) -> None:
    """Drop what is left of mails that were sent, or given up, some days ago."""
    await connection.execute(delete(Mails).where(Mails.finished_at < now - KEPT))
