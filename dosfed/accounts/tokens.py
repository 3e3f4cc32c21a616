"""Tokens that people carry in links; what is kept of them opens nothing."""

import enum
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import MailTokens

# Longer ones are not ours: they are not even hashed.
MAX_TOKEN = 64


class Purpose(enum.StrEnum):
    """What a link in a mail changes."""

    RESET = "reset"
    ADDRESS = "address"


LIFETIMES = {Purpose.RESET: timedelta(hours=2), Purpose.ADDRESS: timedelta(days=2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a good link says: whose it is, and the address that it is about."""

    user: str
    email: str | None


def new_token() -> str:
    """Return what nobody guesses, fit for a path."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return what is kept of a token; anyone who reads the database cannot use it."""
    # Quick is good enough: of 256 random bits nobody tries all, as they would of passwords.
    return hashlib.sha256(token.encode()).digest()


async def issue(
    connection: AsyncConnection,
    purpose: Purpose,
    *,
    user: str,
    email: str | None,
    at: datetime,
) -> str:
    """Return the token of a new link; an earlier one for the same purpose ends."""
    # Of two mails to change one password only the later one's link is good: a mailbox keeps both.
    await connection.execute(
        delete(MailTokens).where(
            or_(
                MailTokens.expires_at <= at,
                (MailTokens.user == user) & (MailTokens.kind == purpose.value),
            )
        )
    )
    token = new_token()
    await connection.execute(
        insert(MailTokens).values(
            digest=digest(token),
            kind=purpose.value,
            user=user,
            email=email,
            expires_at=at + LIFETIMES[purpose],
            used_at=None,
        )
    )
    return token


async def find(
    connection: AsyncConnection, purpose: Purpose, token: str, *, at: datetime
) -> Carried | None:
    """Return what a link says while it is good, without using it."""
    row = (
        await connection.execute(
            select(MailTokens.user, MailTokens.email).where(*_good(purpose, token, at))
        )
    ).first()
    return None if row is None else Carried(user=row.user, email=row.email)


async def use(
    connection: AsyncConnection, purpose: Purpose, token: str, *, at: datetime
) -> Carried | None:
    """Use a link up; none if it is unknown, used or too old."""
    # One statement looks and takes: of two clicks at once one comes too late.
    row = (
        await connection.execute(
            update(MailTokens)
            .where(*_good(purpose, token, at))
            .values(used_at=at)
            .returning(MailTokens.user, MailTokens.email)
        )
    ).first()
    return None if row is None else Carried(user=row.user, email=row.email)


def _good(purpose: Purpose, token: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        MailTokens.digest == digest(token),
        MailTokens.kind == purpose.value,
        MailTokens.used_at.is_(None),
        MailTokens.expires_at > at,
    )
