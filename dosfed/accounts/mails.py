"""Mails on their way: put in the transaction that makes them needed, sent by the worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Mails

MAX_SUBJECT = 200


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
