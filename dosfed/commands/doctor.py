"""`dosfed doctor`: whether this instance can be found, and keep what it is sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.client import ACCEPT, is_activity_type
from dosfed.activitypub.guard import Policy
from dosfed.activitypub.resolver import Resolver
from dosfed.acts.opening import house_of, kept_base_url
from dosfed.acts.team_watch import load_waiting_in
from dosfed.commands import Lines
from dosfed.deliberation.moderation.reports import count_waiting_reports
from dosfed.settings import Settings
from dosfed.storage.beyond import beyond_reach
from dosfed.storage.clock import Clock
from dosfed.storage.engine import open_database
from dosfed.storage.migrate import HEAD, read_version
from dosfed.storage.used import was_used

SECONDS = 10.0
# Others refuse signatures whose date is further off; this leaves room for the way.
SKEW = timedelta(seconds=30)
JRD_TYPES = {"application/jrd+json", "application/json"}


class Ailing(Exception):
    """A check failed; the message says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Well:
    """A check went well; `warnings` are what the operator should know even so."""

    detail: str
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What our own public URL answered."""

    status: int
    content_type: str
    date: str
    body: bytes


async def examine(settings: Settings, clock: Clock) -> Lines:
    """Return a line for each check; nothing is changed."""
    checks: dict[str, Callable[[Settings, Clock], Awaitable[str | _Well]]] = {
        "settings": _check_settings,
        "database": _check_database,
        "team": _check_team,
        "clock": _check_clock,
        "webfinger": _check_webfinger,
        "actor": _check_actor,
    }
    return [
        {"kind": "check", "name": name, **await _result(check(settings, clock))}
        for name, check in checks.items()
    ]


async def _result(check: Awaitable[str | _Well]) -> Mapping[str, Any]:
    try:
        found = await check
    except (Ailing, SQLAlchemyError, OSError) as error:
        said = str(getattr(error, "orig", None) or error) or type(error).__name__
        return {"ok": False, "detail": " ".join(said.split())}
    if isinstance(found, str):
        return {"ok": True, "detail": found}
    warned = {"warnings": found.warnings} if found.warnings else {}
    return {"ok": True, "detail": found.detail, **warned}


async def _check_settings(settings: Settings, _clock: Clock) -> str:
    data_dir = settings.data_dir
    if data_dir.exists() and not data_dir.is_dir():
        raise Ailing(f"DOSFED_DATA_DIR: {data_dir} is not a folder")
    if not settings.is_https and not settings.allow_private_network:
        raise Ailing(f"{settings.base_url} is not https: no other server will talk to it")
    return f"{settings.base_url}, listening on {settings.listen_host}:{settings.listen_port}"


async def _check_database(settings: Settings, _clock: Clock) -> _Well:
    async with _opened(settings) as connection:
        version = await read_version(connection)
        if version != HEAD:
            raise Ailing(f"its tables are at {version or 'none'}, not {HEAD}: dosfed migrate")
        kept = await kept_base_url(connection)
        warnings = await beyond_reach(connection)
        # A table that lives and dies within this transaction shows that writing works.
        await connection.execute(text("CREATE TABLE doctor (one INTEGER)"))
        await connection.rollback()
    if kept is not None and kept != settings.base_url:
        raise Ailing(f"it was first used at {kept}, not at {settings.base_url}")
    return _Well(
        detail=f"{connection.dialect.name}, tables at {version}, writable", warnings=warnings
    )


async def _check_team(settings: Settings, _clock: Clock) -> str:
    """Say what waits for the team, whom no mail may reach."""
    async with _opened(settings) as connection:
        reports = await count_waiting_reports(connection)
        waiting = sum(one.number for one in await load_waiting_in(connection))
    return f"{reports} reports, {waiting} proposals or new texts wait"


async def _check_clock(settings: Settings, clock: Clock) -> str:
    """Compare our clock with the database's, and with the one that answers at our URL."""
    answer = await _ask(f"{settings.base_url}/", accept="text/html")
    now = clock.now()
    try:
        moments = {"web server": parsedate_to_datetime(answer.date).astimezone(UTC)}
    except ValueError as error:
        raise Ailing(f"{settings.base_url}/ answers without a date") from error
    async with _opened(settings) as connection:
        moments["database"] = await clock.stamp(connection)
    for whose, moment in moments.items():
        if abs(moment - now) > SKEW:
            raise Ailing(f"the clock of the {whose} says {_said(moment)}, ours {_said(now)}")
    return _said(now)


async def _check_webfinger(settings: Settings, _clock: Clock) -> str:
    instance = house_of(settings).instance
    account = f"acct:{instance.handle}@{instance.host}"
    url = f"{settings.base_url}/.well-known/webfinger?resource={quote(account)}"
    answer = await _ask(url, accept="application/jrd+json")
    if answer.status != 200 or answer.content_type.partition(";")[0] not in JRD_TYPES:  # noqa: PLR2004 - HTTP
        raise Ailing(f"{url} answers {answer.status} {answer.content_type}")
    links = _object(answer, url).get("links")
    named = {link.get("href") for link in links if isinstance(link, dict)} if links else set()
    if instance.actor not in named:
        raise Ailing(f"{url} does not name {instance.actor}")
    return account


async def _check_actor(settings: Settings, _clock: Clock) -> str:
    url = house_of(settings).instance.actor
    answer = await _ask(url, accept=ACCEPT)
    if answer.status != 200 or not is_activity_type(answer.content_type):  # noqa: PLR2004 - HTTP
        raise Ailing(f"{url} answers {answer.status} {answer.content_type}")
    found = _object(answer, url).get("id")
    if found != url:
        raise Ailing(f"{url} answers with the id {found!a}")
    return url


def _object(answer: _Answer, url: str) -> Mapping[str, Any]:
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise Ailing(f"{url} answers with something that is not JSON") from error
    if not isinstance(document, dict):
        raise Ailing(f"{url} answers with something that is not a JSON object")
    return document


async def _ask(url: str, *, accept: str) -> _Answer:
    """Ask our own public URL, as others would, wherever its name leads.

    The client that asks others refuses our own host, and private addresses.
    """
    connector = aiohttp.TCPConnector(resolver=Resolver(Policy(own_host="", allow_private=True)))
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.get(url, headers={"Accept": accept}, allow_redirects=False) as response,
        ):
            return _Answer(
                status=response.status,
                content_type=response.headers.get("Content-Type", ""),
                date=response.headers.get("Date", ""),
                body=await response.read(),
            )
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Ailing(f"{url}: {str(error) or 'no answer in time'}") from error


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """Open the database as it is; one that is not there is not made."""
    _check_file(settings)
    database = open_database(settings.database_url)
    try:
        async with asyncio.timeout(SECONDS), database.write() as connection:
            yield connection
    finally:
        await database.dispose()


def _check_file(settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        if was_used(settings.data_dir):
            raise Ailing(f"there is none at {url.database} any more: restore a backup")
        raise Ailing(f"there is none at {url.database} yet: dosfed migrate")


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
