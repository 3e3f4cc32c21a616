"""Who signed a request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from dosfed.activitypub import message_signatures, signatures
from dosfed.activitypub.client import Client
from dosfed.activitypub.instance import Instance, host_of
from dosfed.activitypub.key_owners import NoKey
from dosfed.activitypub.keys import PublicKey
from dosfed.activitypub.message_signatures import MessageClaim
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.remote_keys import RemoteKeyring
from dosfed.activitypub.signatures import BadSignature, Claim, SignedRequest
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

__all__ = ["SignedRequest", "Unverified", "Verified", "Verifier"]

STATUS = {Reason.TOO_MANY_FETCHES: 429, Reason.KEY_UNREACHABLE: 503, Reason.BUSY: 503}
UNAUTHORISED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The actor whose key signed the request; whether it may act for the activity is not asked."""

    actor: str
    key_id: str


class Unverified(Exception):
    """Nobody known signed the request: answer with `status`, count `reason` for `host`."""

    def __init__(self, reason: Reason, *, host: str, retry_after: float | None = None) -> None:
        super().__init__(reason.value)
        self.status = STATUS.get(reason, UNAUTHORISED)
        self.reason: str = reason.value
        self.host = host
        self.retry_after = None if retry_after is None else max(1, ceil(retry_after))


class Verifier:
    """Verifies signed requests in both forms that the fediverse uses."""

    def __init__(
        self,
        database: Database,
        client: Client,
        instance: Instance,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._base_url = instance.base_url
        # Some leave out the port, some write down the default one.
        self._hosts = frozenset(
            {instance.host, instance.handle, f"{instance.handle}:443", f"{instance.handle}:80"}
        )
        self._keys = RemoteKeyring(database, client, settings, clock)

    async def verify(
        self, request: SignedRequest, client_address: str, *, is_farewell: bool = False
    ) -> Verified:
        """Return who signed the request, or raise `Unverified`.

        An actor met for the first time is remembered when this returns, never before. With
        `is_farewell` the request, if it is the actor's, is the last one: it deletes itself.
        """
        claim = None
        try:
            claim = self._claim(request, self._clock.now())
            known = await self._keys.signer(
                claim.key_id, _checker(claim), client_address, is_farewell=is_farewell
            )
        except BadSignature as error:
            raise _unverified(error.reason, claim) from error
        except NoKey as error:
            raise _unverified(error.reason, claim, retry_after=error.retry_after) from error
        return Verified(actor=known.owner, key_id=known.id)

    async def doubt(self, actor: str) -> None:
        """Ask an actor that changes or leaves for its key before it is next believed."""
        await self._keys.doubt(actor)

    def _claim(self, request: SignedRequest, now: datetime) -> Claim | MessageClaim:
        if "Signature-Input" in request.headers:
            return message_signatures.read_claim(request, base_url=self._base_url, now=now)
        if "Signature" in request.headers:
            return signatures.read_claim(request, hosts=self._hosts, now=now)
        raise BadSignature(Reason.UNSIGNED)


def _checker(claim: Claim | MessageClaim) -> Callable[[PublicKey], None]:
    """Return what raises `BadSignature` unless a key made the signature of a claim."""

    def check(key: PublicKey) -> None:
        # Verification has to say, in as many words, that it is True.
        if claim.verify(key) is not True:
            raise BadSignature(Reason.FORGED)

    return check


def _unverified(
    reason: Reason, claim: Claim | MessageClaim | None, *, retry_after: float | None = None
) -> Unverified:
    host = "" if claim is None else host_of(claim.key_id)
    return Unverified(reason, host=host, retry_after=retry_after)
