"""Who signed a request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from dosfed.activitypub import message_signatures, signatures
from dosfed.activitypub.client import Client
from dosfed.activitypub.key_owners import NoKey
from dosfed.activitypub.keys import PublicKey
from dosfed.activitypub.message_signatures import MessageClaim
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.remote_keys import RemoteKeyring
from dosfed.activitypub.signatures import BadSignature, Claim, SignedRequest
from dosfed.instance import Instance, host_of
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

__all__ = ["SignedRequest", "Unverified", "Verified", "Verifier"]

# The steps of a verification, in the order in which they are taken. Each is found again, under its
# number, where it is done. The two forms of signature differ in how 1 to 5 and 7 are written down,
# not in what must be shown.
#
#   1. There is one signature, and each header that it covers is there exactly once. Of two that
#      bear the same name we might check one while another program obeys the other.
#   2. It covers the method, the target, the host, a time and, if there is a body, its digest.
#      What a signature leaves out anybody on the way may have changed.
#   3. It was made for this server. Else whatever somebody sends to any other server could be
#      carried here by that one.
#   4. It was made about now.
#   5. The digest is that of the body which we have read.
#   6. A key is found under the id that the signature names: in the database, or at the address
#      that the id is (`remote_keys`, `key_owners`).
#   7. The key is strong enough to be believed, is of the kind that the signature says, and made
#      the signature.
#   8. The key's owner still stands by it: it said so within a day, or is asked now.
#
# What comes before step 6 costs microseconds: a stranger's nonsense is turned away before we ask
# the database, let alone another server.
#
# Left to the caller, who knows what the request says:
#
#   9. The owner of the key is the actor of the activity (`receiving`). A valid signature says who
#      sent the bytes, never that they may say what the bytes say; what may be believed of the
#      things inside is told in `federation/incoming.py`.
#
# Whether a request was sent before is not asked here. Within their hour, signatures hold for
# anybody who sends the same bytes again; repeats are known by these bytes (`inbox`).

# What may be over in a moment must not read like a refusal: many servers drop a delivery that is
# answered with 401, and with it a ballot.
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
        # Step 3: some leave out the port, some write down the default one.
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
            claim = self._claim(request, self._clock.now())  # steps 1 to 5
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
        # RFC 9421 has a header `Signature` too; the other one tells which form it is.
        if "Signature-Input" in request.headers:
            return message_signatures.read_claim(request, base_url=self._base_url, now=now)
        if "Signature" in request.headers:
            return signatures.read_claim(request, hosts=self._hosts, now=now)
        raise BadSignature(Reason.UNSIGNED)


def _checker(claim: Claim | MessageClaim) -> Callable[[PublicKey], None]:
    """Return what raises `BadSignature` unless a key made the signature of a claim."""

    def check(key: PublicKey) -> None:
        # Step 7. Verification has to say, in as many words, that it is True: a function that
        # forgets to return must not let anybody in.
        if claim.verify(key) is not True:
            raise BadSignature(Reason.FORGED)

    return check


def _unverified(
    reason: Reason, claim: Claim | MessageClaim | None, *, retry_after: float | None = None
) -> Unverified:
    host = "" if claim is None else host_of(claim.key_id)
    return Unverified(reason, host=host, retry_after=retry_after)
