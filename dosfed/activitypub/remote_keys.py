"""The public keys of others: what is kept of them, and for how long each is believed.

The database alone says which key is believed. It is asked for each request, many at a time,
so that a key which one process drops is dropped in all of them with that transaction. Memory
holds what costs CPU, never what decides.

A key is learnt from its owner's own document, with the first signature that fits. For a day it
is believed without asking. After that the owner is asked again when the key next decides
something; if no answer can be had it counts for seven more days, since an outage must lose no
ballot. An owner that lists another key, or that is gone, has said that this one is over.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain

from sqlalchemy import bindparam, select, update

from dosfed.activitypub.client import Client
from dosfed.activitypub.key_owners import Asked, KeyOwners, NoKey, address_of
from dosfed.activitypub.keys import BadKey, PublicKey, read_public_key
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.remote import Register, RemoteActor, forget_key
from dosfed.activitypub.signatures import BadSignature
from dosfed.activitypub.tables import RemoteActors, RemoteKeys
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

# Steps 6 to 8 of a verification, as `verification.py` lists them, are taken in `signer`. How a key
# comes and goes, as acts (across) on what is kept (down):
#
#                     a request it fits    a request it does    `Update` or      owner says: another
#                                          not fit              `Delete` of it   key, or gone
#   nothing kept      owner asked: kept    -                    -                -
#   under a day old   believed             owner asked          made a day old   dropped, or over
#   older             owner asked          owner asked          as it is         dropped, or over
#
# "Owner asked" ends in one of three ways. The owner lists a key that fits: that is the key, new or
# confirmed. It lists another, or is gone: 401. No document can be had: what was never believed is
# not believed now, what was counts for seven more days. A key that a request itself brings along,
# in an `Update` say, is never taken (docs/decisions/0012).

MAX_PARSED = 20_000
# One question for all that arrive meanwhile; storing them gathers for longer.
GATHER_SECONDS = 0.002
MAX_KEY_ID = 2_048
# One document per actor and day. So long may a key last that was replaced in silence.
BELIEVED_FOR = timedelta(days=1)
BELIEVED_IN_SILENCE = timedelta(days=7)
# What an owner said by these is final; anything else is no word of the owner's.
OVER = frozenset({Reason.KEY_GONE, Reason.KEY_REPLACED})

_KEPT = select(RemoteKeys.id, RemoteKeys.owner, RemoteKeys.pem, RemoteKeys.fetched_at).where(
    RemoteKeys.id.in_(bindparam("ids", expanding=True))
)
# Raises `BadSignature` unless a key made the signature.
Check = Callable[[PublicKey], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteKey:
    """A key that its owner's own document lists, or listed when it was last asked for."""

    id: str
    owner: str
    pem: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is kept under a key id: maybe a key, and whether its actor was seen before."""

    key: RemoteKey | None
    is_known: bool


class StoredKeys:
    """Reads keys from the database, for all requests that arrive together at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted: dict[str, list[asyncio.Future[Found]]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> Found:
        """Return what is kept when this is called, or later; never what was kept before."""
        found: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        # The batch being read was taken out of `_wanted` before its question was asked, so
        # whoever joins now is answered by the next one: never by a state from before the call.
        self._wanted.setdefault(key_id, []).append(found)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        return await found

    async def _read(self) -> None:
        while self._wanted:
            await asyncio.sleep(GATHER_SECONDS)
            wanted, self._wanted = self._wanted, {}
            try:
                found = await self._load(list(wanted))
            except Exception as error:  # noqa: BLE001 - each request meets it in its own place
                for waiting in chain.from_iterable(wanted.values()):
                    if not waiting.done():  # the sender may have gone away meanwhile
                        waiting.set_exception(error)
                continue
            for key_id, several in wanted.items():
                for waiting in several:
                    if not waiting.done():
                        waiting.set_result(found[key_id])

    async def _load(self, key_ids: list[str]) -> dict[str, Found]:
        async with self._database.read() as connection:
            rows = await connection.execute(_KEPT, {"ids": key_ids})
            kept = {
                row.id: RemoteKey(
                    id=row.id, owner=row.owner, pem=row.pem, confirmed_at=row.fetched_at
                )
                for row in rows
            }
            addresses = {address_of(key_id) for key_id in key_ids if key_id not in kept}
            actors: set[str] = set()
            if addresses:
                seen = await connection.execute(
                    select(RemoteActors.id).where(
                        RemoteActors.id.in_(addresses), RemoteActors.gone_at.is_(None)
                    )
                )
                actors = set(seen.scalars())
        return {
            key_id: Found(
                key=kept.get(key_id), is_known=key_id in kept or address_of(key_id) in actors
            )
            for key_id in key_ids
        }


class RemoteKeyring:
    """Says whose key made a signature, asking other servers no more than needed."""

    def __init__(
        self, database: Database, client: Client, settings: Settings, clock: Clock
    ) -> None:
        self._database = database
        self._clock = clock
        self._stored = StoredKeys(database)
        self._owners = KeyOwners(client, settings, clock)
        self._register = Register(database, clock)

    async def signer(
        self, key_id: str, check: Check, client_address: str, *, is_farewell: bool
    ) -> RemoteKey:
        """Return the key of this id, which made the signature; raise `NoKey` or `BadSignature`.

        An actor met for the first time is remembered when this returns, never before. For one
        that deletes itself the key that is known will do: at its server there may be nobody
        left to confirm it.
        """
        if len(key_id) > MAX_KEY_ID or not key_id.startswith(("https://", "http://")):
            raise NoKey(Reason.BAD_KEY_ID)  # `acct:` among others: nothing binds it to a key
        found = await self._stored.find(key_id)  # step 6
        # Step 7. One that does not fit is as good as none: the owner may have a new key by now.
        known = found.key if found.key is not None and _fits(check, found.key.pem) else None
        if known is not None and self._age(known) < BELIEVED_FOR:  # step 8
            return known
        asked = self._owners.asked(key_id, client_address, is_known=found.is_known)
        if known is not None:
            return await self._confirmed(known, asked, is_farewell=is_farewell)
        return await self._learnt(key_id, check, asked, found)

    def _age(self, key: RemoteKey) -> timedelta:
        return self._clock.now() - key.confirmed_at

    async def doubt(self, owner: str) -> None:
        """Have the keys of an actor confirmed before they next decide anything."""
        # Not dropped: it counts for seven days more if the owner's server should be away just now.
        earlier = self._clock.now() - BELIEVED_FOR
        async with self._database.write() as connection:
            await connection.execute(
                update(RemoteKeys)
                .where(RemoteKeys.owner == owner, RemoteKeys.fetched_at > earlier)
                .values(fetched_at=earlier)
            )

    async def _confirmed(self, known: RemoteKey, asked: Asked, *, is_farewell: bool) -> RemoteKey:
        """Return a key that is still believed, or raise `NoKey`; its owner is asked."""
        age = self._age(known)
        try:
            actor = await self._owners.ask(asked)
            _check_lists(actor, known)
        except NoKey as error:
            # An actor that is gone keeps its key until its `Delete`, signed with it, is judged.
            if error.reason is Reason.KEY_REPLACED:
                await self._drop(known.id)
            is_over = error.reason in OVER
            if is_farewell and error.reason is Reason.KEY_GONE:
                return known
            if is_over or age >= BELIEVED_FOR + BELIEVED_IN_SILENCE:
                raise
            return known
        await self._register.add(actor)
        return known

    async def _learnt(self, key_id: str, check: Check, asked: Asked, found: Found) -> RemoteKey:
        """Ask the owner for a key that is unknown, or that does not fit, and keep it if it fits.

        An owner that was asked for a signature that did not fit is not asked again within a
        minute for another one that does not fit what it said, or a forger could make us ask
        again and again.
        """
        said = self._owners.said_lately(asked)
        if said is not None:
            # Raises unless it fits. If it does, the owner is asked even so: what was said a
            # minute ago may turn a request away, but no key is kept by it.
            check(_listed(said, key_id))
        actor = await self._owners.ask(asked)
        try:
            check(_listed(actor, key_id))
        except (NoKey, BadSignature) as error:
            self._owners.note_said(asked, actor, in_vain=True)
            if found.key is not None and str(error) == Reason.KEY_UNCONFIRMED:
                await self._drop(key_id)
            raise
        if found.key is not None:
            self._owners.note_said(asked, actor, in_vain=False)
        # Kept only now that a signature fits: nobody fills the table by naming key ids.
        await self._register.add(actor)
        return RemoteKey(
            id=key_id,
            owner=actor.id,
            pem=dict(actor.keys)[key_id],
            confirmed_at=self._clock.now(),
        )

    async def _drop(self, key_id: str) -> None:
        async with self._database.write() as connection:
            await forget_key(connection, key_id)


def _check_lists(actor: RemoteActor, known: RemoteKey) -> None:
    """Raise `NoKey` unless an actor still lists a key as it is known."""
    if actor.id != known.owner or dict(actor.keys).get(known.id) != known.pem:
        raise NoKey(Reason.KEY_REPLACED)


def _listed(actor: RemoteActor, key_id: str) -> PublicKey:
    """Return a key that an actor lists, or raise `NoKey`."""
    pem = dict(actor.keys).get(key_id)
    if pem is None:
        raise NoKey(Reason.KEY_UNCONFIRMED)
    return _strong(pem)


def _fits(check: Check, pem: str) -> bool:
    try:
        check(_strong(pem))
    except (NoKey, BadSignature):
        return False
    return True


def _strong(pem: str) -> PublicKey:
    """Return a key that is strong enough to be believed, or raise `NoKey`."""
    try:
        return _parsed(pem)
    except BadKey as error:
        raise NoKey(Reason.WEAK_KEY) from error


# Reading a key costs more than checking a signature with it.
_parsed = lru_cache(maxsize=MAX_PARSED)(read_public_key)
