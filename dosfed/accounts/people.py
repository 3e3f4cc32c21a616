"""Accounts of people here: how they are reached, and how they sign in."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Accounts, MailTokens, SignInLinks
from dosfed.accounts.tokens import new_token
from dosfed.storage.statements import insertion


class Digest(enum.StrEnum):
    """How often somebody is written what is new."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How somebody is reached and signs in; `user` is their actor's id."""

    user: str
    email: str | None
    password: str | None = field(repr=False)  # hashed
    language: str
    digest: Digest
    suspended_at: datetime | None
    team_mails: bool
    named_in_data: bool


COLUMNS = tuple(getattr(Accounts, name) for name in Account.__slots__)


class AddressTaken(ValueError):
    """The address belongs to another account."""


async def make_account(
    connection: AsyncConnection,
    user: str,
    *,
    language: str,
    email: str | None = None,
    password: str | None = None,
) -> None:
    """Give an actor of ours an account; `password` is a hash. Raises `AddressTaken`."""
    statement = insertion(connection, Accounts).values(
        user=user,
        email=email,
        password=password,
        language=language,
        digest=Digest.NEVER.value,
        digested_at=None,
        unsubscribe=new_token(),
        suspended_at=None,
    )
    # Only the index knows for sure: a look before would leave a moment in between.
    made = await connection.execute(statement.on_conflict_do_nothing().returning(Accounts.user))
    if made.first() is None:
        raise AddressTaken(f"{email} belongs to another account")


async def ensure_account(connection: AsyncConnection, user: str, *, language: str) -> None:
    """Give an actor of ours an account unless it has one, as those of earlier versions have not."""
    if await load_account(connection, user) is None:
        await make_account(connection, user, language=language)


async def load_account(connection: AsyncConnection, user: str) -> Account | None:
    """Return the account of an actor of ours."""
    return await _one(connection, Accounts.user == user)


async def account_at(connection: AsyncConnection, email: str) -> Account | None:
    """Return the account that an address belongs to, given in the form that is kept."""
    return await _one(connection, Accounts.email == email)


async def _one(connection: AsyncConnection, condition: ColumnElement[bool]) -> Account | None:
    row = (await connection.execute(select(*COLUMNS).where(condition))).mappings().first()
    if row is None:
        return None
    return Account(**{**row, "digest": Digest(row["digest"])})


async def set_password(connection: AsyncConnection, user: str, password: str) -> None:
    """Keep another password, hashed; what else could open the account ends.

    Those are links to sign in and links in mails; sessions are the caller's to end.
    """
    await connection.execute(
        update(Accounts).where(Accounts.user == user).values(password=password)
    )
    await connection.execute(delete(SignInLinks).where(SignInLinks.user == user))
    await connection.execute(delete(MailTokens).where(MailTokens.user == user))


async def renew_password(connection: AsyncConnection, user: str, *, old: str, new: str) -> None:
    """Keep the same password at another cost, unless it was changed meanwhile."""
    # `old` in the condition: hashing took a while, and must not undo a change made in it.
    await connection.execute(
        update(Accounts).where(Accounts.user == user, Accounts.password == old).values(password=new)
    )


async def set_address(connection: AsyncConnection, user: str, email: str) -> None:
    """Keep another address, or raise `AddressTaken`; links that went to the former one end."""
    try:
        # A savepoint: on PostgreSQL a statement that fails ends the whole transaction else.
        async with connection.begin_nested():
            await connection.execute(
                update(Accounts).where(Accounts.user == user).values(email=email)
            )
    except IntegrityError as error:
        raise AddressTaken(f"{email} belongs to another account") from error
    await connection.execute(delete(MailTokens).where(MailTokens.user == user))


async def set_preferences(
    connection: AsyncConnection, user: str, *, language: str, digest: Digest, at: datetime
) -> None:
    """Keep what somebody wants to be written; the first digest tells what is new from now on."""
    await connection.execute(
        update(Accounts)
        .where(Accounts.user == user, Accounts.digest != digest.value)
        .values(digest=digest.value, digested_at=at)
    )
    await connection.execute(
        update(Accounts).where(Accounts.user == user).values(language=language)
    )


async def want_name_in_data(connection: AsyncConnection, user: str, *, wanted: bool) -> None:
    """Keep whether files of open data name somebody (rule 4.7)."""
    await connection.execute(
        update(Accounts).where(Accounts.user == user).values(named_in_data=wanted)
    )
