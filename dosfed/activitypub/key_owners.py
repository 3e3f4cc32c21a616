"""Asking the owners of keys, no more than needed, whoever makes us ask.

A key id is an address that any stranger can write down, so what it costs is bounded on every
side. What is missing, or keeps us waiting, is remembered by its address for a minute: other
addresses of the same server are not its fault. Whose requests lead to nothing is counted per
client and server, so that a third party uses up its own patience and nobody else's. And a
request never waits for longer than three seconds.
"""

import asyncio
import time
from dataclasses import dataclass, replace

from dosfed.activitypub.client import Client, FetchFailed, Gone
from dosfed.activitypub.networks import is_loopback, network_of
from dosfed.activitypub.places import Busy, Errand, Places
from dosfed.activitypub.reading import Document, Malformed, one, optional_id
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.remembered import Remembered
from dosfed.activitypub.remote import RemoteActor, actor_type, fetch_actor, read_actor
from dosfed.activitypub.throttle import Throttle
from dosfed.instance import host_of
from dosfed.settings import Settings
from dosfed.storage.clock import Clock

FETCH_SECONDS = 3.0  # others wait ten seconds for our answer, and a ballot is to be stored in them
# Somebody who was asked for less than this, since the rest was spent in line, is not called silent.
ASKED_SECONDS = 1.5
# Of one client at one server (docs/federation.md): nobody who delivers in earnest has so many.
FAILURES_A_MINUTE = 20
MINUTE = 60.0
BUSY_SECONDS = 3.0  # by then whoever holds a place has answered, or has lost it
MAX_FAILED, MAX_SAID = 20_000, 2_000
# At three seconds each, 256 places serve 85 servers a second that hang, more that answer. An eighth
# for those known to be slow, half for those never heard from, a quarter kept for known actors.
PLACES, SLOW_PLACES, UNPROVEN_PLACES, KEPT_PLACES = 256, 32, 128, 64


class NoKey(Exception):
    """There is no key to check with: `reason` says why, `retry_after` when to try again."""

    def __init__(self, reason: Reason, *, retry_after: float | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose document is asked for, by its address, and who made us ask."""

    address: str
    errand: Errand

    @property
    def pair(self) -> str:
        """Client and server, under which failures are counted."""
        return f"{self.errand.asker} {self.errand.host}"


class KeyOwners:
    """Finds the actors whose keys are named, at their own servers."""

    def __init__(self, client: Client, settings: Settings, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._is_development = settings.allow_private_network
        self._places = Places(
            total=PLACES, slow=SLOW_PLACES, unproven=UNPROVEN_PLACES, kept=KEPT_PLACES
        )
        self._asking: dict[Asked, asyncio.Task[RemoteActor]] = {}
        self._failures = Throttle(limit=FAILURES_A_MINUTE, seconds=MINUTE)
        self._first_failures = Throttle(limit=1, seconds=MINUTE)
        self._failed = Remembered[Reason](seconds=MINUTE, max_names=MAX_FAILED)
        self._said = Remembered[RemoteActor](seconds=MINUTE, max_names=MAX_SAID)

    def asked(self, key_id: str, client_address: str, *, is_known: bool) -> Asked:
        """Return what is asked when a request of this client names this key."""
        asker = None if self._is_exempt(client_address) else network_of(client_address)
        errand = Errand(host=host_of(key_id), asker=asker, is_known=is_known)
        asked = Asked(address=address_of(key_id), errand=errand)
        has_failed = self._first_failures.seconds_left(asked.pair, self._now()) > 0
        return replace(asked, errand=replace(errand, has_failed=has_failed))

    def said_lately(self, asked: Asked) -> RemoteActor | None:
        """Return what an owner said within the last minute when a signature did not fit."""
        return self._said.get(asked.address, self._now())

    def note_said(self, asked: Asked, actor: RemoteActor, *, in_vain: bool) -> None:
        """Remember what an owner said; asking in vain counts against who made us ask."""
        self._said.put(asked.address, actor, self._now())
        if in_vain:
            self._note_failure(asked)

    def _note_failure(self, asked: Asked) -> None:
        if asked.errand.asker is not None:
            self._failures.add(asked.pair, self._now())
            self._first_failures.add(asked.pair, self._now())

    async def ask(self, asked: Asked) -> RemoteActor:
        """Return the owner as its document now is, or raise `NoKey`.

        Requests of one client that wait for the same owner wait for one answer.
        """
        # `Asked` says who made us ask: two clients share no answer, or the one that has run out
        # of patience would ride along with the other.
        task = self._asking.get(asked)
        if task is None:
            self._check_may_ask(asked)
            task = asyncio.create_task(self._ask(asked))
            self._asking[asked] = task
            task.add_done_callback(lambda done: self._end(asked, done))
        # A sender that hangs up must not cut off the answer that others wait for as well.
        return await asyncio.shield(task)

    def _end(self, asked: Asked, task: asyncio.Task[RemoteActor]) -> None:
        del self._asking[asked]
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _is_exempt(self, client_address: str) -> bool:
        return self._is_development and is_loopback(client_address)

    def _check_may_ask(self, asked: Asked) -> None:
        now = self._now()
        reason = self._failed.get(asked.address, now)
        if reason is not None:
            raise _failure(reason, self._failed.seconds_left(asked.address, now))
        self._check_patience(asked)

    def _check_patience(self, asked: Asked) -> None:
        wait = 0.0
        if asked.errand.asker is not None:
            wait = self._failures.seconds_left(asked.pair, self._now())
        if wait:
            raise NoKey(Reason.TOO_MANY_FETCHES, retry_after=wait)

    async def _ask(self, asked: Asked) -> RemoteActor:
        began = None
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._places.place(asked.errand):
                # While this one stood in line, others of the same client may have failed.
                self._check_patience(asked)
                began = time.monotonic()
                return await self._fetch(asked.address)
        except Busy as error:
            raise NoKey(Reason.BUSY, retry_after=BUSY_SECONDS) from error
        except TimeoutError as error:
            # Three seconds are for the line and the answer together. Where the line took most of
            # them the server has not failed, and is not remembered as if it had.
            if began is None or time.monotonic() - began < ASKED_SECONDS:
                raise NoKey(Reason.BUSY, retry_after=BUSY_SECONDS) from error
            raise self._failure(asked, Reason.KEY_UNREACHABLE) from error
        except Gone as error:
            raise self._failure(asked, Reason.KEY_GONE) from error  # the owner's own word
        except FetchFailed as error:
            reason = Reason.KEY_UNCONFIRMED if error.is_final else Reason.KEY_UNREACHABLE
            raise self._failure(asked, reason) from error
        except Malformed as error:
            raise self._failure(asked, Reason.KEY_UNCONFIRMED) from error

    def _failure(self, asked: Asked, reason: Reason) -> NoKey:
        self._failed.put(asked.address, reason, self._now())
        self._note_failure(asked)
        return _failure(reason, MINUTE)

    async def _fetch(self, address: str) -> RemoteActor:
        """Fetch the actor that a key's address leads to.

        Mostly the address is the actor's; a document for the key alone names its owner, whose
        own document then decides.
        """
        document = await self._client.get_document(address, total_seconds=FETCH_SECONDS)
        if actor_type(document) is not None:
            return read_actor(document, address)
        owner = _named_owner(document)
        if owner is None or host_of(owner) != host_of(address):
            raise Malformed("owner: not on the key's host")
        return await fetch_actor(self._client, owner, total_seconds=FETCH_SECONDS)


def address_of(key_id: str) -> str:
    """Return what is fetched for a key: a fragment is never sent (RFC 3986, 3.5)."""
    return key_id.partition("#")[0]


def _failure(reason: Reason, seconds: float) -> NoKey:
    is_passing = reason is Reason.KEY_UNREACHABLE
    return NoKey(reason, retry_after=seconds if is_passing else None)


def _named_owner(document: Document) -> str | None:
    key = one(document, "publicKey")
    inner = key if isinstance(key, dict) else document
    return optional_id(inner, "owner") or optional_id(inner, "controller")
