"""Actors of other servers, as their own documents describe them."""

import asyncio
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, false, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub.client import TOTAL_SECONDS, Client
from dosfed.activitypub.handles import holds_address
from dosfed.activitypub.keys import MAX_PEM, BadKey, multibase_to_pem
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    id_of,
    many,
    one_id,
    optional_id,
    optional_text,
)
from dosfed.activitypub.tables import RemoteActors, RemoteKeys
from dosfed.activitypub.vocabulary import ACTOR_TYPES
from dosfed.instance import host_of
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database
from dosfed.storage.statements import upsert

MAX_KEYS = 10
MAX_URI = 2_048
MAX_NAME = 100
MAX_HANDLE = 128
HANDLE = re.compile(r"[^@\uff20\ufe6b/?#:<>\"'\\\s]+")
NAMELESS = "?"  # no address contains it
ROWS_PER_STATEMENT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActor:
    """An actor of another server; its URIs are on `host`, except perhaps the inbox.

    `keys` are pairs of key id and PEM; they are empty where `known` made the value.
    """

    id: str
    host: str
    type: str
    handle: str
    name: str
    url: str | None
    inbox: str
    shared_inbox: str | None
    keys: tuple[tuple[str, str], ...] = ()


async def fetch_actor(
    client: Client, uri: str, *, total_seconds: float = TOTAL_SECONDS
) -> RemoteActor:
    """Ask an actor's own server for it; raise `FetchFailed` or `Malformed`."""
    document = await client.get_document(uri, total_seconds=total_seconds)
    return read_actor(document, uri)


def read_actor(document: Document, url: str) -> RemoteActor:
    """Read an actor from the document found at a URL, or raise `Malformed`.

    Whatever is on another host than the id is left out, except the inbox, which may be anywhere:
    it is then tried first (`foreign`), and no shared inbox takes its place.
    """
    actor_id = _uri(one_id(document, "id"), "id")
    host = host_of(actor_id)
    if not host or host != host_of(url):
        raise Malformed("id: not on the host it came from")
    kind = actor_type(document)
    if kind is None:
        raise Malformed("type: not an actor's")
    inbox = _uri(one_id(document, "inbox"), "inbox")
    if not inbox.startswith(("https://", "http://")) or not host_of(inbox):
        raise Malformed("inbox: no address")
    handle = _handle(document, actor_id)
    return RemoteActor(
        id=actor_id,
        host=host,
        type=kind,
        handle=handle,
        name=_name(document) or handle,
        url=_on(host, _page(document)),
        inbox=inbox,
        shared_inbox=_on(host, _shared_inbox(document)) if host_of(inbox) == host else None,
        keys=tuple(_keys(document, actor_id, host)),
    )


def _handle(document: Document, actor_id: str) -> str:
    """Return the name before the host in an actor's address, which must not look like another.

    Somebody of evil.example who says to be `maire@town.example` would be shown as
    `@maire@town.example@evil.example`; they are called by the end of their id.
    """
    for name in (optional_text(document, "preferredUsername") or "", actor_id.rpartition("/")[2]):
        if HANDLE.fullmatch(name) and len(name) <= MAX_HANDLE and texts.one_line(name, 999) == name:
            return name
    return NAMELESS


def _name(document: Document) -> str:
    """Return what an actor is called beside the address; nothing where it reads like one."""
    name = texts.one_line(optional_text(document, "name") or "", MAX_NAME)
    return "" if holds_address(name) else name


def actor_type(document: Document) -> str | None:
    """Return the first of a document's types that makes it an actor."""
    kinds = (kind for kind in many(document, "type") if isinstance(kind, str))
    return next((kind for kind in kinds if kind in ACTOR_TYPES), None)


def _uri(uri: str, name: str) -> str:
    if len(uri) > MAX_URI or not uri.isascii() or not uri.isprintable():
        raise Malformed(f"{name}: not a plain URI")
    return uri


def _on(host: str, uri: str | None) -> str | None:
    is_ours = uri is not None and host_of(uri) == host and len(uri) <= MAX_URI
    return uri if is_ours and uri is not None and uri.isascii() else None


def _page(document: Document) -> str | None:
    """Return the first web page of an actor: `url` may be a string, a Link, or many of them."""
    for value in many(document, "url"):
        uri = id_of(value.get("href") if isinstance(value, dict) else value)
        if uri is not None:
            return uri
    return None


def _shared_inbox(document: Document) -> str | None:
    endpoints = document.get("endpoints")
    return optional_id(endpoints, "sharedInbox") if isinstance(endpoints, dict) else None


def _keys(document: Document, actor_id: str, host: str) -> Iterable[tuple[str, str]]:
    """Yield the keys that an actor lists as its own: RSA in `publicKey`, Ed25519 as Multikey."""
    for value in _embedded(document, "publicKey"):
        key_id, pem = _on(host, id_of(value)), value.get("publicKeyPem")
        is_own = value.get("owner") == actor_id
        if key_id and is_own and isinstance(pem, str) and len(pem) <= MAX_PEM:
            yield key_id, pem
    for value in _embedded(document, "assertionMethod"):
        key_id, raw = _on(host, id_of(value)), value.get("publicKeyMultibase")
        if key_id and value.get("controller") == actor_id and isinstance(raw, str):
            with suppress(BadKey):
                yield key_id, multibase_to_pem(raw)


def _embedded(document: Document, name: str) -> list[Document]:
    return [value for value in many(document, name)[:MAX_KEYS] if isinstance(value, dict)]


async def remember(connection: AsyncConnection, actor: RemoteActor, at: datetime) -> None:
    """Keep an actor as its document now describes it, keys included; older keys go."""
    await remember_all(connection, [actor], at)


async def remember_all(
    connection: AsyncConnection, actors: Collection[RemoteActor], at: datetime
) -> None:
    """Keep several actors, in the same few statements as one."""
    if not actors:
        return
    await _describe(connection, actors, at)
    keys = [
        {"id": key_id, "owner": actor.id, "pem": pem, "fetched_at": at}
        for actor in actors
        for key_id, pem in dict(actor.keys).items()
    ]
    await connection.execute(
        delete(RemoteKeys).where(
            RemoteKeys.owner.in_([actor.id for actor in actors]),
            RemoteKeys.id.not_in([key["id"] for key in keys]),
        )
    )
    await upsert(connection, RemoteKeys, keys, key=("id",), update=("owner", "pem", "fetched_at"))


async def _describe(
    connection: AsyncConnection, actors: Iterable[RemoteActor], at: datetime
) -> None:
    rows = [_row(actor, at) for actor in actors]
    changing = [name for name in rows[0] if name != "id"]
    await upsert(connection, RemoteActors, rows, key=("id",), update=changing)


def _row(actor: RemoteActor, at: datetime) -> dict[str, Any]:
    inbox_host = host_of(actor.inbox)
    return {
        "id": actor.id,
        "host": actor.host,
        "type": actor.type,
        "handle": actor.handle,
        "name": actor.name,
        "url": actor.url,
        "inbox": actor.inbox,
        "inbox_host": None if inbox_host == actor.host else inbox_host,
        "shared_inbox": actor.shared_inbox,
        "fetched_at": at,
        "gone_at": None,
    }


async def renew(connection: AsyncConnection, actor: RemoteActor, at: datetime) -> None:
    """Keep what an actor says of itself; of its keys, those that it still lists stay.

    A key that is new is not taken from here. Whoever holds an old key could say by it that a
    key of theirs is the actor's, and go on for good: it is learnt from the actor's own server.
    """
    await _describe(connection, [actor], at)
    still = [and_(RemoteKeys.id == key_id, RemoteKeys.pem == pem) for key_id, pem in actor.keys]
    await connection.execute(
        delete(RemoteKeys).where(RemoteKeys.owner == actor.id, not_(or_(false(), *still)))
    )


async def known(connection: AsyncConnection, ids: Collection[str]) -> dict[str, RemoteActor]:
    """Return those of the actors that are remembered, and not gone, by id."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, RemoteActor] = {}
    for start in range(0, len(wanted), ROWS_PER_STATEMENT):
        rows = await connection.execute(
            select(
                RemoteActors.id,
                RemoteActors.host,
                RemoteActors.type,
                RemoteActors.handle,
                RemoteActors.name,
                RemoteActors.url,
                RemoteActors.inbox,
                RemoteActors.shared_inbox,
            ).where(
                RemoteActors.id.in_(wanted[start : start + ROWS_PER_STATEMENT]),
                RemoteActors.gone_at.is_(None),
            )
        )
        found.update((row["id"], RemoteActor(**row)) for row in rows.mappings())
    return found


async def forget(connection: AsyncConnection, actor_id: str, at: datetime) -> None:
    """Mark an actor as gone, and drop its keys: nobody can sign for it any more."""
    await connection.execute(
        update(RemoteActors)
        .where(RemoteActors.id == actor_id)
        .values(gone_at=at, name="", handle="", url=None)
    )
    await connection.execute(delete(RemoteKeys).where(RemoteKeys.owner == actor_id))


async def forget_key(connection: AsyncConnection, key_id: str) -> None:
    """Drop a key that its owner no longer lists."""
    await connection.execute(delete(RemoteKeys).where(RemoteKeys.id == key_id))


class Register:
    """Remembers actors for requests that arrive together, in one transaction for all of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: dict[str, RemoteActor] = {}
        self._writing: asyncio.Task[None] | None = None

    async def add(self, actor: RemoteActor) -> None:
        """Keep an actor; it is in the database when this returns."""
        self._waiting[actor.id] = actor
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        try:
            async with self._database.write() as connection:
                # Taken only now: anyone who came while we waited in the queue goes along.
                actors, self._waiting, self._writing = self._waiting, {}, None
                await remember_all(connection, actors.values(), self._clock.now())
        finally:
            if self._writing is asyncio.current_task():
                self._writing = None
