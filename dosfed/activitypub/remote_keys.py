"""The public keys of others: in memory, else in the database, else asked of their owners."""

import asyncio
from collections import Counter, OrderedDict
from dataclasses import dataclass

from sqlalchemy import select

from dosfed.activitypub.client import Client, FetchFailed, Gone
from dosfed.activitypub.instance import host_of
from dosfed.activitypub.keys import BadKey, PublicKey, read_public_key
from dosfed.activitypub.networks import is_loopback, network_of
from dosfed.activitypub.reading import Document, Malformed, one, optional_id
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.remote import (
    Register,
    RemoteActor,
    actor_type,
    fetch_actor,
    forget_key,
    read_actor,
)
from dosfed.activitypub.tables import RemoteKeys
from dosfed.activitypub.throttle import Throttle
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

MAX_KEYS = 20_000
MAX_KEY_ID = 2_048
FETCH_SECONDS = 3.0
FAILURES_A_MINUTE = 20
MINUTE = 60.0
MAX_AT_ONCE = 64  # fetches that requests from one address may have under way


class NoKey(Exception):
    """There is no key to check with: `reason` says why, `retry_after` when to try again."""

    def __init__(self, reason: Reason, *, retry_after: float | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.retry_after = retry_after


class Disowned(NoKey):
    """The owner's own document was read, and does not list the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteKey:
    """A key that its owner's own document lists.

    `actor` is that document while it is not remembered: nothing is before a signature fits.
    """

    id: str
    owner: str
    pem: str
    key: PublicKey
    actor: RemoteActor | None


class RemoteKeyring:
    """Finds the key of a key id, asking other servers no more than needed."""

    def __init__(
        self, database: Database, client: Client, settings: Settings, clock: Clock
    ) -> None:
        self._database = database
        self._client = client
        self._clock = clock
        self._is_development = settings.allow_private_network
        self._register = Register(database, clock)
        self._keys: OrderedDict[str, RemoteKey] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[RemoteKey]] = {}
        self._asking: Counter[str] = Counter()
        self._failures = Throttle(limit=FAILURES_A_MINUTE, seconds=MINUTE)
        self._unreachable = Throttle(limit=1, seconds=MINUTE)
        self._refreshed = Throttle(limit=1, seconds=MINUTE)

    def cached(self, key_id: str) -> RemoteKey | None:
        """Return a key that is in memory."""
        known = self._keys.get(key_id)
        if known is not None:
            self._keys.move_to_end(key_id)
        return known

    async def find(self, key_id: str, client_address: str) -> RemoteKey:
        """Return the key of a key id, or raise `NoKey`."""
        if len(key_id) > MAX_KEY_ID or not key_id.startswith(("https://", "http://")):
            raise NoKey(Reason.BAD_KEY_ID)  # `acct:` among others: nothing binds it to a key
        known = self.cached(key_id) or await self._stored(key_id)
        # Another request may have learnt it while this one asked the database.
        return known or self.cached(key_id) or await self._fetch(key_id, client_address)

    async def refresh(self, known: RemoteKey, client_address: str) -> RemoteKey | None:
        """Ask a key's owner anew; None if that was done a minute ago, or nothing has changed.

        So a changed key is learnt with its first use, while a forger makes us ask once a minute.
        """
        newer = self._keys.get(known.id)
        if newer is not None and newer.pem != known.pem:
            return newer  # another request has learnt it in the meantime
        now = self._now()
        if known.id not in self._fetching:
            if self._refreshed.seconds_left(known.id, now):
                return None
            self._refreshed.add(known.id, now)
        try:
            fresh = await self._fetch(known.id, client_address)
        except Disowned:
            await self._drop(known.id)
            raise
        return fresh if fresh.pem != known.pem else None

    async def keep(self, known: RemoteKey) -> None:
        """Remember the owner of a key that has proved itself."""
        if known.actor is not None:
            await self._register.add(known.actor)
            self._cache(
                RemoteKey(id=known.id, owner=known.owner, pem=known.pem, key=known.key, actor=None)
            )

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _cache(self, known: RemoteKey) -> None:
        self._keys[known.id] = known
        self._keys.move_to_end(known.id)
        if len(self._keys) > MAX_KEYS:
            self._keys.popitem(last=False)

    async def _drop(self, key_id: str) -> None:
        self._keys.pop(key_id, None)
        async with self._database.write() as connection:
            await forget_key(connection, key_id)

    async def _stored(self, key_id: str) -> RemoteKey | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    select(RemoteKeys.owner, RemoteKeys.pem).where(RemoteKeys.id == key_id)
                )
            ).one_or_none()
        if row is None:
            return None
        known = RemoteKey(id=key_id, owner=row.owner, pem=row.pem, key=_strong(row.pem), actor=None)
        self._cache(known)
        return known

    async def _fetch(self, key_id: str, client_address: str) -> RemoteKey:
        """Ask for a key, once for all requests that wait for it."""
        task = self._fetching.get(key_id)
        if task is not None:
            return await asyncio.shield(task)
        host, asker = host_of(key_id), self._asker(client_address)
        self._check_may_ask(key_id, host, asker)
        task = asyncio.create_task(self._ask(key_id, host, asker))
        self._fetching[key_id] = task
        task.add_done_callback(lambda done: self._fetched(key_id, done))
        return await asyncio.shield(task)

    def _fetched(self, key_id: str, task: asyncio.Task[RemoteKey]) -> None:
        del self._fetching[key_id]
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more

    def _asker(self, client_address: str) -> str | None:
        """Return under which name a client is counted; loopback is not, in development."""
        if self._is_development and is_loopback(client_address):
            return None
        return network_of(client_address)

    def _check_may_ask(self, key_id: str, host: str, asker: str | None) -> None:
        now = self._now()
        wait = max(
            self._unreachable.seconds_left(host, now), self._unreachable.seconds_left(key_id, now)
        )
        if wait:
            raise NoKey(Reason.KEY_UNREACHABLE, retry_after=wait)
        if asker is None:
            return
        wait = max(self._failures.seconds_left(name, now) for name in (asker, "host " + host))
        if wait:
            raise NoKey(Reason.TOO_MANY_FETCHES, retry_after=wait)
        if self._asking[asker] >= MAX_AT_ONCE:
            raise NoKey(Reason.TOO_MANY_FETCHES, retry_after=FETCH_SECONDS)

    async def _ask(self, key_id: str, host: str, asker: str | None) -> RemoteKey:
        if asker is not None:
            self._asking[asker] += 1
        try:
            known = await self._confirmed(key_id)
        except NoKey:
            if asker is not None:
                self._failures.add(asker, self._now())
                self._failures.add("host " + host, self._now())
            raise
        finally:
            if asker is not None:
                self._asking[asker] -= 1
                if not self._asking[asker]:
                    del self._asking[asker]
        self._cache(known)
        return known

    async def _confirmed(self, key_id: str) -> RemoteKey:
        """Return a key that its owner's document lists under this id, or raise `NoKey`."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                actor = await self._owner(key_id)
        except Gone as error:
            raise NoKey(Reason.KEY_GONE) from error
        except FetchFailed as error:
            if error.is_final:
                raise NoKey(Reason.KEY_UNCONFIRMED) from error
            # A server that answers is not down: only this key of it has to wait.
            self._unreachable.add(key_id if error.status else host_of(key_id), self._now())
            raise NoKey(Reason.KEY_UNREACHABLE, retry_after=MINUTE) from error
        except TimeoutError as error:
            self._unreachable.add(host_of(key_id), self._now())
            raise NoKey(Reason.KEY_UNREACHABLE, retry_after=MINUTE) from error
        except Malformed as error:
            raise NoKey(Reason.KEY_UNCONFIRMED) from error
        pem = dict(actor.keys).get(key_id)
        if pem is None:
            raise Disowned(Reason.KEY_UNCONFIRMED)
        return RemoteKey(id=key_id, owner=actor.id, pem=pem, key=_strong(pem), actor=actor)

    async def _owner(self, key_id: str) -> RemoteActor:
        """Fetch the actor that a key id leads to.

        Mostly the id is the actor's with a fragment; a document for the key alone names its
        owner, whose own document then decides.
        """
        document = await self._client.get_document(key_id, total_seconds=FETCH_SECONDS)
        if actor_type(document) is not None:
            return read_actor(document, key_id)
        owner = _named_owner(document)
        if owner is None or host_of(owner) != host_of(key_id):
            raise Malformed("owner: not on the key's host")
        return await fetch_actor(self._client, owner, total_seconds=FETCH_SECONDS)


def _named_owner(document: Document) -> str | None:
    key = one(document, "publicKey")
    inner = key if isinstance(key, dict) else document
    return optional_id(inner, "owner") or optional_id(inner, "controller")


def _strong(pem: str) -> PublicKey:
    try:
        return read_public_key(pem)
    except BadKey as error:
        raise NoKey(Reason.WEAK_KEY) from error
