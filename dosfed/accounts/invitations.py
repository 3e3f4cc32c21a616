"""Invitations: links that let one person sign up, where not everybody may, or as more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Invitations
from dosfed.accounts.tokens import digest, new_token

LIFETIME = timedelta(days=14)
KEPT = timedelta(days=90)  # after its end, so that the team sees what became of it
MAX_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation as the team sees it; its token is not known any more."""

    digest: bytes
    note: str
    role: str
    consultation: str | None  # for which alone the role counts; none: everywhere
    invited_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


COLUMNS = tuple(getattr(Invitations, name) for name in Invitation.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What an invitation gives: a role, everywhere or in one consultation."""

    role: str
    consultation: str | None


async def invite(
    connection: AsyncConnection, granted: Granted, *, note: str, invited_by: str, at: datetime
) -> str:
    """Return the token of a new invitation, good once; its page is /invitation/<token>.

    Whether `invited_by` may give that role is the caller's to check. Empty: the command line.
    """
    await connection.execute(delete(Invitations).where(Invitations.expires_at < at - KEPT))
    token = new_token()
    await connection.execute(
        insert(Invitations).values(
            digest=digest(token),
            note=note[:MAX_NOTE],
            role=granted.role,
            consultation=granted.consultation,
            invited_by=invited_by,
            created_at=at,
            expires_at=at + LIFETIME,
            used_at=None,
        )
    )
    return token


async def find_invitation(
    connection: AsyncConnection, kept: bytes, *, at: datetime
) -> Invitation | None:
    """Return the invitation with this digest, while it is good (rule 6.3)."""
    row = (
        (
            await connection.execute(
                select(*COLUMNS).where(
                    Invitations.digest == kept,
                    Invitations.used_at.is_(None),
                    Invitations.expires_at > at,
                )
            )
        )
        .mappings()
        .first()
    )
    return None if row is None else Invitation(**row)


async def use_invitation(
    connection: AsyncConnection, kept: bytes, *, at: datetime
) -> Granted | None:
    """Use an invitation up; return what it gives, or none if it is not good any more."""
    # Looked for and used up at once: two who open one link at the same time are not both let in.
    rows = await connection.execute(
        update(Invitations)
        .where(
            Invitations.digest == kept,
            Invitations.used_at.is_(None),
            Invitations.expires_at > at,
        )
        .values(used_at=at)
        .returning(Invitations.role, Invitations.consultation)
    )
    row = rows.first()
    return None if row is None else Granted(role=row.role, consultation=row.consultation)


async def list_invitations(
    connection: AsyncConnection, consultation: str | None = None
) -> list[Invitation]:
    """Return the invitations to the whole instance, or to one consultation, the newest first."""
    rows = await connection.execute(
        select(*COLUMNS)
        .where(Invitations.consultation.is_not_distinct_from(consultation))
        .order_by(Invitations.created_at.desc())
    )
    return [Invitation(**row) for row in rows.mappings()]


async def withdraw_invitation(
    connection: AsyncConnection, kept: bytes, consultation: str | None = None
) -> None:
    """Take an invitation to the whole instance, or to one consultation, back."""
    await connection.execute(
        delete(Invitations).where(
            Invitations.digest == kept, Invitations.consultation.is_not_distinct_from(consultation)
        )
    )
