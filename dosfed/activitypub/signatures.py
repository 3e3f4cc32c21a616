"""HTTP signatures as draft-cavage-http-signatures-12 has them, in the form the fediverse speaks."""

import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from multidict import CIMultiDict, CIMultiDictProxy

from dosfed.activitypub.keys import PublicKey, Signer
from dosfed.activitypub.rejections import Reason

# The numbered steps are those of `verification.py`.
#
# The draft is not an RFC, and no two servers speak it alike. So this module reads strictly what
# all of them send, and is lax only where it is known who needs it: times in quotes, `hs2019`,
# targets without their query. Which algorithm is used is never the sender's choice: all keys of
# this form are RSA, checked by PKCS #1 v1.5 with SHA-256, whatever the header says.

# An hour as SWICG's report recommends, with a margin for clocks that are a little wrong.
WINDOW = timedelta(hours=1, minutes=5).total_seconds()
CLOCK_MARGIN = timedelta(minutes=5).total_seconds()

MAX_HEADER = 8_190  # as much as the HTTP parser takes of one field
MAX_NAMES = 32
TARGET, CREATED, EXPIRES = "(request-target)", "(created)", "(expires)"
# hs2019 leaves the algorithm to the key, and all keys of this form are RSA; an absent one likewise.
ALGORITHMS = frozenset({"rsa-sha256", "hs2019"})

# What a quoted value may hold is narrower than in RFC 9110: no escapes, since some programs undo
# them and some do not, and two readers of one header must not read two different key ids.
_PARAMETER = re.compile(
    r'[ \t]*([A-Za-z]+)=(?:"([ !#-\[\]-~]*)"|([0-9]{1,15}))[ \t]*(,|\Z)', re.ASCII
)
_NAME = re.compile(r"\((?:request-target|created|expires)\)|[a-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
# Only the one form of date that RFC 9110, section 5.6.7, has a sender write. `strptime` would
# take several more, and ask the locale for the names of the months.
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT",
    re.ASCII,
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PADDING = PKCS1v15()
_HASH = SHA256()


class BadSignature(Exception):
    """The request is not what a known key signed; `reason` says in which respect."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as it came in; `path_qs` is the target as the request line has it."""

    method: str
    path_qs: str
    headers: CIMultiDictProxy[str] | CIMultiDict[str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The `Signature` header, taken apart."""

    key_id: str
    names: tuple[str, ...]
    signature: bytes
    created: int | None
    expires: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says of its signer, right in all but the signature itself."""

    key_id: str
    signature: bytes
    messages: tuple[bytes, ...]  # what may have been signed: one, or two if there is a query

    def verify(self, key: PublicKey) -> Literal[True]:
        """Return True if the key made the signature; otherwise raise `BadSignature`."""
        # Step 7, for this form.
        if not isinstance(key, RSAPublicKey):
            raise BadSignature(Reason.WRONG_ALGORITHM)
        for message in self.messages:
            try:
                key.verify(self.signature, message, _PADDING, _HASH)
            except InvalidSignature:
                continue
            return True
        raise BadSignature(Reason.FORGED)


def sign(signer: Signer, *, method: str, target: str, headers: Mapping[str, str]) -> str:
    """Return the `Signature` header over the target with these headers (lower case), in order.

    No space after a comma, and the algorithm always named: some servers split no better.
    """
    names = (TARGET, *headers)
    message = _message(names, {TARGET: f"{method.lower()} {target}", **headers})
    signature = b64encode(signer.key.sign(message, _PADDING, _HASH)).decode()
    return (
        f'keyId="{signer.key_id}",algorithm="rsa-sha256",'
        f'headers="{" ".join(names)}",signature="{signature}"'
    )


def read_claim(request: SignedRequest, *, hosts: Iterable[str], now: datetime) -> Claim:
    """Check all that needs no key, or raise `BadSignature`.

    `hosts` are the names under which we are addressed.
    """
    headers = request.headers
    # Step 1. The values are taken from what is signed and from nowhere else: all that follows
    # asks `values`, so that no check can look at a header that the signature does not cover.
    signature = read_signature(only(headers, "signature"))
    values = _values(signature, headers)
    _check_coverage(signature.names, request)  # step 2
    if values["host"].lower() not in hosts:  # step 3
        raise BadSignature(Reason.WRONG_HOST)
    _check_time(signature, values, now.timestamp())  # step 4
    if "digest" in values:  # step 5; where there is a body, step 2 has asked for one
        _check_digest(values["digest"], request.body)
    return Claim(
        key_id=signature.key_id,
        signature=signature.signature,
        messages=_messages(signature.names, values, request),
    )


def read_signature(value: str) -> Signature:
    """Parse the value of a `Signature` header strictly, or raise `BadSignature`."""
    parameters = _parameters(value)
    algorithm = parameters.get("algorithm")
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise BadSignature(Reason.WRONG_ALGORITHM)
    # Without a list `(created)` alone is signed (section 2.1.6), which step 2 then refuses.
    names = _read_names(parameters.get("headers", CREATED))
    # Section 2.3: beside rsa-sha256 the two times must not be signed.
    if algorithm == "rsa-sha256" and (CREATED in names or EXPIRES in names):
        raise BadSignature(Reason.WRONG_ALGORITHM)
    try:
        return Signature(
            key_id=parameters["keyId"],
            names=names,
            signature=a2b_base64(parameters["signature"], strict_mode=True),
            created=_seconds(parameters.get("created")),
            expires=_seconds(parameters.get("expires")),
        )
    except (KeyError, ValueError) as error:
        raise BadSignature(Reason.MALFORMED_SIGNATURE) from error


def _parameters(value: str) -> dict[str, str]:
    if len(value) > MAX_HEADER:
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    parameters: dict[str, str] = {}
    position, is_more = 0, True
    while is_more:
        match = _PARAMETER.match(value, position)
        if match is None:
            raise BadSignature(Reason.MALFORMED_SIGNATURE)
        name, quoted, number, comma = match.groups()
        if name in parameters:
            raise BadSignature(Reason.MALFORMED_SIGNATURE)
        parameters[name] = number if quoted is None else quoted
        position, is_more = match.end(), comma == ","
    return parameters


@lru_cache(maxsize=256)
def _read_names(value: str) -> tuple[str, ...]:
    """Return the names of what is signed; every server sends the same list over and over."""
    names = tuple(value.lower().split(" "))
    is_plain = all(_NAME.fullmatch(name) for name in names)
    if not is_plain or len(names) > MAX_NAMES or len(set(names)) != len(names):
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    return names


def _seconds(value: str | None) -> int | None:
    """Read a time; some write it in quotes, which the parser has taken off."""
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise ValueError(value)
    return int(value)


def only(headers: CIMultiDictProxy[str] | CIMultiDict[str], name: str) -> str:
    """Return the value of a header that is there exactly once, or raise `BadSignature`.

    A second one might be what others read.
    """
    values = headers.getall(name, ())
    # The draft (section 2.3) would join them with commas; nobody who means well sends two.
    if len(values) != 1:
        raise BadSignature(Reason.DUPLICATE_HEADER if values else Reason.MISSING_HEADER)
    return values[0]


def _values(
    signature: Signature, headers: CIMultiDictProxy[str] | CIMultiDict[str]
) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in signature.names:
        if name == CREATED:
            values[name] = _required(signature.created)
        elif name == EXPIRES:
            values[name] = _required(signature.expires)
        elif name != TARGET:
            values[name] = only(headers, name)
    return values


def _required(time: int | None) -> str:
    if time is None:
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    return str(time)


def _check_coverage(names: tuple[str, ...], request: SignedRequest) -> None:
    # A GET that carries a body has to prove it as well.
    has_body = request.method == "POST" or bool(request.body)
    if (
        TARGET not in names
        or "host" not in names
        or ("date" not in names and CREATED not in names)
        or (has_body and "digest" not in names)
    ):
        raise BadSignature(Reason.UNCOVERED)


def _check_time(signature: Signature, values: Mapping[str, str], now: float) -> None:
    """Judge by what is signed alone: an unsigned time says nothing."""
    if "date" in values:
        check_moment(read_date(values["date"]), now)
    if CREATED in values and signature.created is not None:
        check_moment(signature.created, now)
    if EXPIRES in values and signature.expires is not None:
        check_expiry(signature.expires, now)


def check_moment(moment: float, now: float) -> None:
    """Raise `BadSignature` unless a signature was made about now."""
    if abs(moment - now) > WINDOW:
        raise BadSignature(Reason.STALE)


def check_expiry(expires: float, now: float) -> None:
    """Raise `BadSignature` if a signature has run out."""
    if expires + CLOCK_MARGIN < now:
        raise BadSignature(Reason.STALE)


@lru_cache(maxsize=1024)
def read_date(value: str) -> float:
    """Return the seconds since 1970 of an IMF-fixdate (RFC 9110), or raise `BadSignature`."""
    match = _DATE.fullmatch(value)
    if match is None:
        raise BadSignature(Reason.STALE)
    day, month, *rest = match.groups()
    year, hour, minute, second = map(int, rest)
    try:
        moment = datetime(
            year, _MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC
        )
    except ValueError as error:
        raise BadSignature(Reason.STALE) from error
    return moment.timestamp()


@lru_cache(maxsize=8)
def write_date(seconds: int) -> str:
    """Return the IMF-fixdate of a second since 1970, in English whatever the locale."""
    moment = datetime.fromtimestamp(seconds, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment:%H:%M:%S} GMT"


def _check_digest(value: str, body: bytes) -> None:
    """Compare the one SHA-256 among the digests of RFC 3230; other algorithms prove nothing."""
    digests = [
        part.strip().partition("=")[2]
        for part in value.split(",")
        if part.strip()[:8].lower() == "sha-256="
    ]
    if len(digests) != 1:
        raise BadSignature(Reason.WRONG_DIGEST)
    # Compared as text: decoded first, one digest would have many spellings.
    if not compare_digest(digests[0].encode(), b64encode(sha256(body).digest())):
        raise BadSignature(Reason.WRONG_DIGEST)


def _messages(
    names: tuple[str, ...], values: dict[str, str], request: SignedRequest
) -> tuple[bytes, ...]:
    """Return what may have been signed: Misskey and PieFed leave the query out."""
    # No inbox of ours reads its query, so a query that nobody signed changes nothing here.
    method, target = request.method.lower(), request.path_qs
    path, mark, _ = target.partition("?")
    targets = (target, path) if mark else (target,)
    return tuple(_message(names, {**values, TARGET: f"{method} {one}"}) for one in targets)


def _message(names: tuple[str, ...], values: Mapping[str, str]) -> bytes:
    # The server reads bytes beyond ASCII as surrogates; what was signed are the bytes.
    text = "\n".join([f"{name}: {values[name]}" for name in names])
    return text.encode("utf-8", "surrogateescape")
