"""HTTP message signatures (RFC 9421) with content digests (RFC 9530)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import http_sf
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ED25519, RSA_V1_5_SHA256
from multidict import CIMultiDict, CIMultiDictProxy

from dosfed.activitypub.keys import PublicKey, Signer
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.signatures import (
    MAX_HEADER,
    MAX_NAMES,
    BadSignature,
    SignedRequest,
    check_expiry,
    check_moment,
    only,
)

# The numbered steps are those of `verification.py`. The library parses and checks the signature
# base of RFC 9421, section 2.5; what it leaves open, which components must be covered and how old
# a signature may be, section 1.4 leaves to each application, and so it is decided here.

ALGORITHMS = frozenset({"rsa-v1_5-sha256", "ed25519"})
LABEL = "sig1"


@dataclass(slots=True, kw_only=True)
class _Message:
    """A request in the shape that the library reads."""

    method: str
    url: str
    headers: CIMultiDict[str] | CIMultiDictProxy[str]


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, without its own look at the machine's clock."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Do nothing: `read_claim` has judged the times by the clock that it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageClaim:
    """What a request says of its signer, right in all but the signature itself."""

    key_id: str
    algorithm: str | None
    message: _Message
    body: bytes | None

    def verify(self, key: PublicKey) -> Literal[True]:
        """Return True if the key made the signature; otherwise raise `BadSignature`."""
        # Step 7. The key says which algorithm it is for; a signature may only agree. If the sender
        # chose, a public key might end as the secret of an HMAC, which everybody knows.
        algorithm = RSA_V1_5_SHA256 if isinstance(key, RSAPublicKey) else ED25519
        if self.algorithm not in {None, algorithm.algorithm_id}:
            raise BadSignature(Reason.WRONG_ALGORITHM)
        verifier = _Verifier(
            signature_algorithm=algorithm,
            key_resolver=MappingKeyResolver(public_keys={self.key_id: key}, private_keys={}),
        )
        try:
            results = verifier.verify(self.message, max_age=None)
        except HTTPMessageSignaturesException as error:
            raise BadSignature(Reason.FORGED) from error
        # The library reads the headers for itself: what it has checked must be what we read.
        if len(results) != 1 or results[0].parameters["keyid"] != self.key_id:
            raise BadSignature(Reason.FORGED)
        # Step 5 comes last in this form: the library compares a body only with a digest whose
        # signature it has seen hold.
        self._check_body(verifier, results)
        return True

    def _check_body(self, verifier: HTTPMessageVerifier, results: list[Any]) -> None:
        if self.body is None:
            return
        try:
            checked = verifier.verify_body(self.message, results, self.body)
        except HTTPMessageSignaturesException as error:
            raise BadSignature(Reason.WRONG_DIGEST) from error
        # It gives back what it compared; nothing, where it found no digest that it knows.
        if checked[0].body is not self.body:
            raise BadSignature(Reason.WRONG_DIGEST)


def sign_message(
    signer: Signer, *, method: str, url: str, body: bytes | None, now: datetime
) -> dict[str, str]:
    """Return the headers that sign a request, the digest of its body among them."""
    message = _Message(method=method, url=url, headers=CIMultiDict())
    HTTPMessageSigner(
        signature_algorithm=RSA_V1_5_SHA256,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={signer.key_id: signer.key}),
    ).sign(
        message,
        key_id=signer.key_id,
        created=now,
        label=LABEL,
        covered_component_ids=("@method", "@target-uri"),
        body=body,  # adds the digest, and covers it
    )
    return dict(message.headers)


def read_claim(request: SignedRequest, *, base_url: str, now: datetime) -> MessageClaim:
    """Check all that needs no key, or raise `BadSignature`.

    The target URI is made from our own origin: a proxy may have changed what the socket shows.
    """
    components, parameters = _read_input(request.headers)  # step 1
    has_body = request.method == "POST" or bool(request.body)
    _check_coverage(components, request, has_body=has_body)  # step 2
    # Step 4. `created` is required, since a signature need not cover a `Date`.
    seconds = now.timestamp()
    check_moment(_time(parameters, "created"), seconds)
    if "expires" in parameters:
        check_expiry(_time(parameters, "expires"), seconds)
    algorithm, key_id = parameters.get("alg"), parameters.get("keyid")
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise BadSignature(Reason.WRONG_ALGORITHM)
    if not isinstance(key_id, str):
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    return MessageClaim(
        key_id=key_id,
        algorithm=algorithm,
        # Step 3: whoever signed another server's URI has signed another message.
        message=_Message(
            method=request.method, url=base_url + request.path_qs, headers=request.headers
        ),
        body=request.body if has_body else None,
    )


def _read_input(
    headers: CIMultiDictProxy[str] | CIMultiDict[str],
) -> tuple[dict[str, Mapping[str, Any]], Mapping[str, Any]]:
    """Return the covered components with their parameters, then those of the signature."""
    value = only(headers, "Signature-Input")
    only(headers, "Signature")
    if len(value) > MAX_HEADER:
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    try:
        fields = cast("dict[str, Any]", http_sf.parse(value.encode(), tltype="dictionary"))
    except (ValueError, UnicodeEncodeError) as error:
        raise BadSignature(Reason.MALFORMED_SIGNATURE) from error
    # RFC 9421 allows several, as proxies add theirs; which of them the sender's is nobody says.
    if len(fields) != 1:
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    members, parameters = next(iter(fields.values()))
    if not isinstance(members, list) or len(members) > MAX_NAMES:
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    components = {name: options for name, options in members if isinstance(name, str)}
    if len(components) != len(members):
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    return components, parameters


def _check_coverage(
    components: dict[str, Mapping[str, Any]], request: SignedRequest, *, has_body: bool
) -> None:
    required = {"@method", "@target-uri"} | ({"content-digest"} if has_body else set())
    # No parameters: `"@method";req`, say, is the method of another message (section 2.4).
    if not required <= components.keys() or any(components[name] for name in required):
        raise BadSignature(Reason.UNCOVERED)
    for name in components:
        if not name.startswith("@"):
            only(request.headers, name)


def _time(parameters: Mapping[str, Any], name: str) -> int:
    value = parameters.get(name)
    if type(value) is not int:  # a Boolean is an int to Python
        raise BadSignature(Reason.MALFORMED_SIGNATURE)
    return value
