"""Who is signed in: links that open a session once, cookies, and the tokens of forms."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from aiohttp import web
from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.factors import Proof
from dosfed.accounts.tables import Accounts, FediverseAccounts, Notices, Sessions, SignInLinks
from dosfed.accounts.tokens import MAX_TOKEN, digest, new_token
from dosfed.activitypub.blocks import BLOCKLIST
from dosfed.acts.team_watch import reported_to, work_of
from dosfed.context import DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.model import Role
from dosfed.deliberation.team.kept import read_roles, roles_of
from dosfed.deliberation.team.rules import higher, needs_factor
from dosfed.deliberation.team.tables import Users
from dosfed.settings import Settings
from dosfed.shown.viewers import Viewer
from dosfed.web.site import SITE

LINK_LIFETIME = timedelta(hours=24)
SESSION_LIFETIME = timedelta(days=30)
SESSION_COOKIE = "dosfed"
# Of visitors without an account; it says nothing of them, and ends with the browser.
FORM_COOKIE = "dosfed-form"
# What is written down of when a session was used; more would be a diary.
SEEN_EVERY = timedelta(hours=1)
# When sessions were used last, until it is written down.
SEEN: web.AppKey[dict[bytes, datetime]] = web.AppKey("seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open session: who it is, and the secret that its forms prove to come from it.

    `notices` is how many there are that they have not seen; `work`, how much waits for the team
    that they are on, `reported` of it by reports; `may_post`: what they write can go
    out in their name, which somebody of another server must have granted there. `proof` is how
    they showed who they are, beside a password. `owes`: their role needs a second factor, which
    was not given here; until then they are a citizen (rule 5.10).
    """

    viewer: Viewer
    token: str
    notices: int = 0
    work: int = 0
    reported: int = 0
    may_post: bool = True
    proof: Proof | None = None
    owes: bool = False


async def issue_link(connection: AsyncConnection, user: str, *, at: datetime, base_url: str) -> str:
    """Return a link that opens a session for a user once, within a day."""
    token = new_token()
    await connection.execute(
        insert(SignInLinks).values(
            digest=digest(token), user=user, expires_at=at + LINK_LIFETIME, used_at=None
        )
    )
    return f"{base_url}/sign-in/{token}"


async def use_link(connection: AsyncConnection, token: str, *, at: datetime) -> str | None:
    """Use a link up; return its user, or None if it is unknown, used or too old."""
    rows = await connection.execute(
        update(SignInLinks)
        .where(
            SignInLinks.digest == digest(token),
            SignInLinks.used_at.is_(None),
            SignInLinks.expires_at > at,
        )
        .values(used_at=at)
        .returning(SignInLinks.user)
    )
    user: str | None = rows.scalar_one_or_none()
    return user


async def open_session(
    connection: AsyncConnection,
    user: str,
    *,
    at: datetime,
    proof: Proof | None,
    browser: str | None = None,
) -> str:
    """Open a session and return its token, which only the browser keeps.

    `proof` is what was shown beside a password: whoever has a second factor was asked for it
    before, or came by an operator's link.
    """
    token = new_token()
    await connection.execute(delete(Sessions).where(Sessions.expires_at <= at))
    await connection.execute(
        insert(Sessions).values(
            digest=digest(token),
            user=user,
            created_at=at,
            expires_at=at + SESSION_LIFETIME,
            seen_at=at,
            browser=browser,
            proof=proof,
        )
    )
    return token


async def close_session(connection: AsyncConnection, token: str) -> None:
    """End a session."""
    await connection.execute(delete(Sessions).where(Sessions.digest == digest(token)))


# One question for all that a page needs to know of its reader, and it is asked each time: whoever
# is suspended, or has another role, is so with the next page. Built once: every page of somebody
# who is signed in asks it.
_FIND_SESSION = (
    select(
        Sessions.user,
        Sessions.seen_at,
        Sessions.proof,
        Users.name,
        Users.role,
        FediverseAccounts.handle,
        FediverseAccounts.token.is_not(None).label("has_token"),
        select(func.count())
        .where(Notices.user == Sessions.user, Notices.seen_at.is_(None))
        .scalar_subquery()
        .label("notices"),
        work_of(Users.role, Users.id).label("work"),
        reported_to(Users.role).label("reported"),
        roles_of(Users.id).label("roles"),
    )
    .outerjoin(Users, Users.id == Sessions.user)
    .outerjoin(Accounts, Accounts.user == Sessions.user)
    .outerjoin(FediverseAccounts, FediverseAccounts.actor == Sessions.user)
    .where(
        Sessions.digest == bindparam("digest"),
        Sessions.expires_at > bindparam("now"),
        Accounts.suspended_at.is_(None),
        FediverseAccounts.suspended_at.is_(None),
    )
)


async def find_session(request: web.Request, *, now: datetime) -> Session | None:
    """Return the session that a request belongs to."""
    token = _cookie(request, SESSION_COOKIE)
    return await session_of(request, token, now=now) if token else None


async def session_of(request: web.Request, token: str, *, now: datetime) -> Session | None:
    """Return the session that a token opens."""
    async with request.app[DATABASE].read() as connection:
        row = (
            await connection.execute(_FIND_SESSION, {"digest": digest(token), "now": now})
        ).first()
    viewer = None if row is None else _viewer(row, here=request.app[INSTANCE].host)
    if row is None or viewer is None or request.app[BLOCKLIST].is_blocked(viewer.id):
        return None
    if row.seen_at is None or now - row.seen_at >= SEEN_EVERY:
        request.app[SEEN][digest(token)] = now
    may_post = row.name is not None or bool(row.has_token)
    proof = Proof(row.proof) if row.proof else None
    least = request.app[SITE].site.second_factor
    most = reduce(higher, (role for _, role in viewer.roles), viewer.role)
    owes = proof is not Proof.CODE and needs_factor(most, least)
    return Session(
        viewer=replace(viewer, role=Role.CITIZEN, roles=()) if owes else viewer,
        token=token,
        notices=row.notices,
        work=0 if owes else row.work,
        reported=0 if owes else row.reported,
        may_post=may_post,
        proof=proof,
        owes=owes,
    )


async def note_seen(connection: AsyncConnection, seen: dict[bytes, datetime]) -> None:
    """Write down when sessions were used last."""
    for kept, moment in seen.items():
        await connection.execute(
            update(Sessions).where(Sessions.digest == kept).values(seen_at=moment)
        )


def _viewer(row: Row[*tuple[Any, ...]], *, here: str) -> Viewer | None:
    """Return who has a session: somebody of this instance, or of another server."""
    if row.name is not None:
        roles = tuple(read_roles(row.roles))
        return Viewer(id=row.user, name=row.name, host=here, role=Role(row.role), roles=roles)
    if row.handle is not None:
        name, _, host = row.handle.removeprefix("@").partition("@")
        return Viewer(id=row.user, name=name, host=host, role=Role.CITIZEN)
    return None


def form_token(secret: str) -> str:
    """Return what a form must carry to prove that it comes from a page with this secret."""
    # Made from the secret, which is the session's own token: a page that somebody saves or sends on
    # must not hold what opens the session.
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def is_form_token(given: str, secret: str) -> bool:
    """Whether a form carries the token of this secret."""
    return bool(secret) and hmac.compare_digest(given.encode(), form_token(secret).encode())


def form_secret(request: web.Request) -> str:
    """Return the secret of a visitor without a session, or nothing before their first page."""
    return _cookie(request, FORM_COOKIE)


def _cookie(request: web.Request, name: str) -> str:
    """Return a cookie of ours, or nothing for what cannot be one."""
    value = request.cookies.get(cookie_name(request.app[SETTINGS], name), "")
    return value if value.isascii() and len(value) <= MAX_TOKEN else ""


def set_cookie(response: web.StreamResponse, settings: Settings, name: str, value: str) -> None:
    """Give a browser a cookie that only this origin sees, and no script."""
    max_age = int(SESSION_LIFETIME.total_seconds()) if name == SESSION_COOKIE else None
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=max_age,
        path="/",
        secure=settings.is_https,
        httponly=True,
        # Not `Strict`: with a link in a mail, or on the way back from their own server, people
        # would arrive as strangers. What changes anything proves by its token where it comes from.
        samesite="Lax",
    )


def drop_cookie(response: web.StreamResponse, settings: Settings, name: str) -> None:
    """Take a cookie back."""
    response.del_cookie(
        cookie_name(settings, name), path="/", secure=settings.is_https, httponly=True
    )


def cookie_name(settings: Settings, name: str) -> str:
    """Return a cookie's name; the prefix binds it to one https host (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if settings.is_https else name
