"""Signing up: an address is confirmed before anything is made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import SignUps
from dosfed.accounts.tokens import digest, new_token

LIFETIME = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A sign-up whose link was opened: the address, and the invitation's digest if it had one."""

    email: str
    language: str
    invitation: bytes | None


async def begin(
    connection: AsyncConnection,
    email: str,
    *,
    language: str,
    invitation: bytes | None,
    at: datetime,
) -> str:
    """Return the token for a link that is mailed (rule 6.2); an earlier one stays good."""
    # Not the earlier ones of this address: anybody may ask for a mail to it, and would make the
    # link stale that its owner is about to open.
    await connection.execute(delete(SignUps).where(SignUps.expires_at <= at))
    token = new_token()
    await connection.execute(
        insert(SignUps).values(
            digest=digest(token),
            email=email,
            language=language,
            invitation=invitation,
            expires_at=at + LIFETIME,
        )
    )
    return token


async def find(connection: AsyncConnection, token: str, *, at: datetime) -> Waiting | None:
    """Return the sign-up that a link belongs to, while it is good."""
    row = (
        await connection.execute(
            select(SignUps.email, SignUps.language, SignUps.invitation).where(
                SignUps.digest == digest(token), SignUps.expires_at > at
            )
        )
    ).first()
    if row is None:
        return None
    return Waiting(email=row.email, language=row.language, invitation=row.invitation)


async def end(connection: AsyncConnection, email: str) -> None:
    """Forget every sign-up of an address: it has an account now."""
    await connection.execute(delete(SignUps).where(SignUps.email == email))
