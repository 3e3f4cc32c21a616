"""Second factors as they are kept: sealed secrets, digests of recovery codes, what was used.

A password can be guessed, read along, or given away on a page that looks like ours. Anyone may ask
for a code besides, which an app on their phone makes anew every thirty seconds (`codes`); an
operator can ask it of roles. Three things hold it together:

- A code counts once, and never one that is older than the last: of two who send the same code at
  once, one comes too late (`use_step`). The secret stands in the condition: a code of an app that
  was replaced meanwhile counts no more.
- What is kept opens nothing by itself. The secret is sealed with a key outside the database;
  of recovery codes there are digests, which need no key: they still work where that key is lost.
- A session says how it was opened (`Proof`). Only one in which a code was given may act for a role
  that needs it; with the factor, that goes as well.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.codes import is_recovery_code, recovery_digest, step_of
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.accounts.secrets import Unreadable, Vault
from dosfed.accounts.tables import RecoveryCodes, SecondFactors, Sessions, SignInLinks
from dosfed.storage.statements import take_turns


class Proof(enum.StrEnum):
    """How somebody showed in a session who they are, beside what opens any."""

    CODE = "code"  # of their second factor
    LINK = "link"  # which an operator gave them: the way back in, and to another second factor


class Used(enum.StrEnum):
    """What kind of code was given."""

    APP = "app"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Somebody's second factor: the sealed secret, since when, how many recovery codes are left."""

    secret: bytes = field(repr=False)
    since: datetime
    recovery_codes: int


async def find_factor(connection: AsyncConnection, user: str) -> Factor | None:
    """Return somebody's second factor, if they have one."""
    left = (
        select(func.count())
        .where(RecoveryCodes.user == user, RecoveryCodes.used_at.is_(None))
        .scalar_subquery()
    )
    row = (
        await connection.execute(
            select(SecondFactors.secret, SecondFactors.since, left.label("left")).where(
                SecondFactors.user == user
            )
        )
    ).first()
    if row is None:
        return None
    return Factor(secret=row.secret, since=row.since, recovery_codes=row.left)


async def hold(connection: AsyncConnection, user: str) -> None:
    """Let nobody sign in as somebody before this transaction has set up, or taken, the factor.

    Otherwise a session that is opened just then, without a code, would outlive the others.
    """
    await take_turns(connection, f"sign-in {user}")


async def keep_factor(
    connection: AsyncConnection, user: str, secret: bytes, *, step: int, at: datetime
) -> None:
    """Keep a second factor in the place of any other; `step` is that of the code that proved it.

    Links that are out would open the account without it: they end. Sessions are the caller's to
    end.
    """
    await drop_factor(connection, user)
    await connection.execute(
        insert(SecondFactors).values(user=user, secret=secret, last_step=step, since=at)
    )
    await connection.execute(delete(SignInLinks).where(SignInLinks.user == user))


async def keep_recovery_codes(connection: AsyncConnection, user: str, codes: Iterable[str]) -> None:
    """Keep these recovery codes in the place of those before."""
    await connection.execute(delete(RecoveryCodes).where(RecoveryCodes.user == user))
    await connection.execute(
        insert(RecoveryCodes),
        [{"user": user, "digest": recovery_digest(code), "used_at": None} for code in codes],
    )


async def drop_factor(connection: AsyncConnection, user: str) -> bool:
    """Forget a second factor; say whether there was one. No session proves it any more."""
    await connection.execute(delete(RecoveryCodes).where(RecoveryCodes.user == user))
    dropped = await connection.execute(delete(SecondFactors).where(SecondFactors.user == user))
    await connection.execute(
        update(Sessions)
        .where(Sessions.user == user, Sessions.proof == Proof.CODE.value)
        .values(proof=None)
    )
    return dropped.rowcount > 0


async def use_code(
    connection: AsyncConnection, vault: Vault, user: str, code: str, *, at: datetime
) -> Used:
    """Use a code up, or raise `Unfit`: it is none of theirs, too old, or was used (rule 6.13)."""
    if is_recovery_code(code):
        if await _use_recovery_code(connection, user, code, at=at):
            return Used.RECOVERY
        raise Unfit("recovery", Flaw.WRONG_CODE)
    factor = await find_factor(connection, user)
    if factor is None:
        raise Unfit("otp", Flaw.WRONG_CODE)
    try:
        step = step_of(vault.open(factor.secret), code, at)
    except Unreadable as error:
        raise Unfit("otp", Flaw.FACTOR_LOST) from error
    if step is None or not await _use_step(connection, user, factor.secret, step):
        raise Unfit("otp", Flaw.WRONG_CODE)
    return Used.APP


async def _use_step(connection: AsyncConnection, user: str, secret: bytes, step: int) -> bool:
    # One statement looks and takes: of two who send one code at once, one comes too late.
    row = await connection.execute(
        update(SecondFactors)
        .where(
            SecondFactors.user == user,
            SecondFactors.secret == secret,
            or_(SecondFactors.last_step.is_(None), SecondFactors.last_step < step),
        )
        .values(last_step=step)
        .returning(SecondFactors.user)
    )
    return row.first() is not None


async def _use_recovery_code(
    connection: AsyncConnection, user: str, code: str, *, at: datetime
) -> bool:
    row = await connection.execute(
        update(RecoveryCodes)
        .where(
            RecoveryCodes.user == user,
            RecoveryCodes.digest == recovery_digest(code),
            RecoveryCodes.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCodes.user)
    )
    return row.first() is not None
