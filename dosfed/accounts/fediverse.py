"""People of other servers who sign in here: on their way, at home, and gone again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import (
    FediverseAccounts,
    FediverseApps,
    FediverseSignIns,
    Notices,
    Sessions,
    Subscriptions,
)
from dosfed.accounts.tokens import digest
from dosfed.storage.statements import insert_ignore, upsert

# Signing in with an account elsewhere is a journey (RFC 6749, RFC 7636), and each leg has a secret
# that somebody who watches another leg has not seen. `state` goes by the address, to the other
# server and back. `browser` is a cookie, so that nobody can send others back with an answer of
# their own and have them signed in to a stranger's account. `verifier` does not leave this server
# before the answer is there, so that a code which was taken on the way is of no use. Of the first
# two only digests are kept. Who it is that came back is asked of the other server (rule 7.1);
# nothing that came by the browser says it.

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApp:
    """What this instance is called as an application of another server; the secret is sealed."""

    client_id: str
    client_secret: bytes = field(repr=False)
    scope: str
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Somebody who went to their own server's door, and should come back as `actor`."""

    host: str
    handle: str
    actor: str
    verifier: str = field(repr=False)  # RFC 7636
    scope: str
    return_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAccount:
    """Somebody of another server; the token, sealed, is kept only to post for them."""

    actor: str
    host: str
    handle: str
    language: str
    token: bytes | None = field(repr=False)
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptToken:
    """A sealed token of somebody, with the host that gave it."""

    actor: str
    host: str
    token: bytes = field(repr=False)
    scope: str


async def find_app(connection: AsyncConnection, host: str) -> KeptApp | None:
    """Return what this instance is called on a server, if it ever asked."""
    rows = await connection.execute(
        select(
            FediverseApps.client_id,
            FediverseApps.client_secret,
            FediverseApps.scope,
            FediverseApps.registered_at,
        ).where(FediverseApps.host == host)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else KeptApp(**row)


async def keep_app(connection: AsyncConnection, host: str, app: KeptApp) -> KeptApp:
    """Keep what this instance is called on a server; return what is kept.

    If two people were the first from there at once, both go on under the name kept first.
    """
    row = {
        "host": host,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "scope": app.scope,
        "registered_at": app.registered_at,
    }
    await insert_ignore(connection, FediverseApps, [row])
    return await find_app(connection, host) or app


async def forget_app(connection: AsyncConnection, host: str, client_id: str) -> None:
    """Drop a name that the server itself has forgotten, unless it was replaced meanwhile."""
    await connection.execute(
        delete(FediverseApps).where(
            FediverseApps.host == host, FediverseApps.client_id == client_id
        )
    )


async def send_off(
    connection: AsyncConnection, journey: Journey, *, state: str, browser: str, at: datetime
) -> None:
    """Let somebody go to their server's door; `browser` is the secret of the browser they use."""
    await connection.execute(
        insert(FediverseSignIns).values(
            digest=digest(state),
            browser=digest(browser),
            host=journey.host,
            handle=journey.handle,
            actor=journey.actor,
            verifier=journey.verifier,
            scope=journey.scope,
            return_to=journey.return_to,
            expires_at=at + LIFETIME,
            used_at=None,
        )
    )


async def welcome_back(
    connection: AsyncConnection, *, state: str, browser: str, at: datetime
) -> Journey | None:
    """Return who comes back, once, in time, in the browser in which they left (rule 7.2)."""
    # Used up by the statement that finds it: an answer that is sent twice opens one session.
    rows = await connection.execute(
        update(FediverseSignIns)
        .where(
            FediverseSignIns.digest == digest(state),
            FediverseSignIns.browser == digest(browser),
            FediverseSignIns.used_at.is_(None),
            FediverseSignIns.expires_at > at,
        )
        .values(used_at=at)
        .returning(
            FediverseSignIns.host,
            FediverseSignIns.handle,
            FediverseSignIns.actor,
            FediverseSignIns.verifier,
            FediverseSignIns.scope,
            FediverseSignIns.return_to,
        )
    )
    row = rows.mappings().one_or_none()
    return None if row is None else Journey(**row)


async def forget_journeys(connection: AsyncConnection, *, at: datetime) -> None:
    """Drop what is kept of people who did not come back in time, or did."""
    await connection.execute(delete(FediverseSignIns).where(FediverseSignIns.expires_at <= at))


async def is_suspended(connection: AsyncConnection, actor: str) -> bool:
    """Whether somebody of another server may not sign in here any more."""
    suspended = exists().where(
        FediverseAccounts.actor == actor, FediverseAccounts.suspended_at.is_not(None)
    )
    return bool((await connection.execute(select(suspended))).scalar_one())


async def keep_account(connection: AsyncConnection, account: KeptAccount, *, at: datetime) -> None:
    """Remember who signed in, with what they grant from now on."""
    row = {
        "actor": account.actor,
        "host": account.host,
        "handle": account.handle,
        "language": account.language,
        "token": account.token,
        "scope": account.scope,
        "signed_in_at": at,
        "suspended_at": None,
    }
    await upsert(
        connection,
        FediverseAccounts,
        [row],
        key=("actor",),
        update=("host", "handle", "language", "token", "scope", "signed_in_at"),
    )


async def set_language(connection: AsyncConnection, actor: str, language: str) -> None:
    """Keep the language in which somebody of another server reads these pages."""
    await connection.execute(
        update(FediverseAccounts).where(FediverseAccounts.actor == actor).values(language=language)
    )


async def find_token(connection: AsyncConnection, actor: str) -> KeptToken | None:
    """Return what lets us post for somebody, if they granted it."""
    rows = await connection.execute(_tokens().where(FediverseAccounts.actor == actor))
    row = rows.one_or_none()
    return None if row is None else _token(row)


async def take_token(connection: AsyncConnection, actor: str) -> KeptToken | None:
    """Drop somebody's token; return it, so that it can be given back to its server."""
    found = await find_token(connection, actor)
    if found is not None:
        await _drop_tokens(connection, [actor])
    return found


async def take_idle_tokens(connection: AsyncConnection, *, at: datetime) -> list[KeptToken]:
    """Drop the tokens of all who are not signed in anywhere any more, and return them."""
    is_signed_in = exists().where(
        Sessions.user == FediverseAccounts.actor, Sessions.expires_at > at
    )
    # Dropped here first, given back afterwards by whoever called: if that fails, nothing here can
    # use the token any more all the same.
    found = [_token(row) for row in await connection.execute(_tokens().where(~is_signed_in))]
    if found:
        await _drop_tokens(connection, [one.actor for one in found])
    return found


async def forget(connection: AsyncConnection, actor: str) -> None:
    """Drop all that is kept of somebody of another server."""
    for statement in (
        delete(FediverseAccounts).where(FediverseAccounts.actor == actor),
        delete(FediverseSignIns).where(FediverseSignIns.actor == actor),
        delete(Sessions).where(Sessions.user == actor),
        delete(Notices).where(Notices.user == actor),
        delete(Subscriptions).where(Subscriptions.user == actor),
    ):
        await connection.execute(statement)


def _tokens() -> Select[*tuple[Any, ...]]:
    return select(
        FediverseAccounts.actor,
        FediverseAccounts.host,
        FediverseAccounts.token,
        FediverseAccounts.scope,
    ).where(FediverseAccounts.token.is_not(None))


def _token(row: Row[*tuple[Any, ...]]) -> KeptToken:
    return KeptToken(actor=row.actor, host=row.host, token=row.token, scope=row.scope)


async def _drop_tokens(connection: AsyncConnection, actors: Sequence[str]) -> None:
    await connection.execute(
        update(FediverseAccounts).where(FediverseAccounts.actor.in_(actors)).values(token=None)
    )
