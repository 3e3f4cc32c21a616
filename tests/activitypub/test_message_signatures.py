"""RFC 9421 signatures: what is taken, what is refused."""

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from dosfed.activitypub.keys import PublicKey, Signer, read_public_key
from dosfed.activitypub.message_signatures import read_claim, sign_message
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.signatures import BadSignature, SignedRequest
from tests.activitypub.signed import BODY, KEY_ID, NOW
from tests.simulated.signing import (
    Key,
    Message,
    Request,
    check_signature,
    pool_key,
    public_pem,
    signed_headers,
)

BASE_URL = "https://delib.example"
PUBLIC = read_public_key(public_pem(pool_key(0)))
SECOND = int(NOW.timestamp())
CONTENT_DIGEST = f"sha-256=:{base64.b64encode(hashlib.sha256(BODY).digest()).decode()}:"
COVERED = '("@method" "@target-uri" "content-digest")'


def incoming(
    headers: dict[str, str], *, method: str = "POST", body: bytes = BODY, path: str = "/inbox"
) -> SignedRequest:
    return SignedRequest(method=method, path_qs=path, headers=CIMultiDict(headers), body=body)


def verify(request: SignedRequest, key: PublicKey = PUBLIC) -> Any:
    return read_claim(request, base_url=BASE_URL, now=NOW).verify(key)


def reason_of(request: SignedRequest, key: PublicKey = PUBLIC) -> Reason:
    with pytest.raises(BadSignature) as caught:
        verify(request, key)
    return caught.value.reason


def peers_headers(*, method: str = "POST", body: bytes = BODY, path: str = "/inbox") -> Any:
    message = Message(method=method, url=BASE_URL + path, body=body, at=NOW)
    return signed_headers(message, Key(id=KEY_ID, private=pool_key(0)), "rfc9421")


def by_hand(
    parameters: str, *, values: dict[str, str] | None = None, key: Any = None
) -> SignedRequest:
    """Sign the base that these parameters make (RFC 9421, section 2.5)."""
    values = values or {
        "@method": "POST",
        "@target-uri": f"{BASE_URL}/inbox",
        "content-digest": CONTENT_DIGEST,
    }
    lines = [f'"{name}": {value}' for name, value in values.items()]
    base = "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
    private = key or Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = base64.b64encode(private.sign(base)).decode()
    return incoming(
        {
            "Content-Digest": CONTENT_DIGEST,
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{signature}:",
        }
    )


ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()


@pytest.mark.parametrize("path", ["/inbox", "/inbox?page=1"])
def test_we_accept_what_another_program_signs(path: str) -> None:
    assert verify(incoming(peers_headers(path=path), path=path)) is True


def test_we_accept_a_signed_get() -> None:
    assert verify(incoming(peers_headers(method="GET", body=b""), method="GET", body=b"")) is True


@pytest.mark.parametrize("body", [BODY, None])
def test_another_program_accepts_what_we_sign(body: bytes | None) -> None:
    signer = Signer(key_id=KEY_ID, key=pool_key(0))
    method, url = "POST" if body else "GET", "https://masto.example/inbox?a=1"
    headers = sign_message(signer, method=method, url=url, body=body, now=NOW)
    check_signature(
        Request(
            method=method,
            url=url,
            headers={name.lower(): value for name, value in headers.items()},
            body=body or b"",
        ),
        public_pem(pool_key(0)),
        now=NOW,
    )


def test_another_key_is_refused() -> None:
    stranger = read_public_key(public_pem(pool_key(1)))
    assert reason_of(incoming(peers_headers()), stranger) is Reason.FORGED


def test_another_target_or_method_is_refused() -> None:
    assert reason_of(incoming(peers_headers(), path="/other")) is Reason.FORGED
    assert reason_of(incoming(peers_headers(), method="PUT")) is Reason.FORGED


def test_another_body_is_refused() -> None:
    assert reason_of(incoming(peers_headers(), body=b"{}")) is Reason.WRONG_DIGEST


def test_a_changed_digest_is_refused() -> None:
    other = f"sha-256=:{base64.b64encode(hashlib.sha256(b'{}').digest()).decode()}:"
    headers = {**peers_headers(), "Content-Digest": other}
    assert reason_of(incoming(headers, body=b"{}")) is Reason.FORGED


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_body_needs_a_digest_that_is_covered(method: str) -> None:
    headers = {**peers_headers(method=method, body=b""), "Content-Digest": CONTENT_DIGEST}
    assert reason_of(incoming(headers, method=method)) is Reason.UNCOVERED


def test_an_ed25519_key_verifies() -> None:
    for algorithm in (';alg="ed25519"', ""):
        parameters = f'{COVERED};created={SECOND};keyid="{KEY_ID}"{algorithm}'
        assert verify(by_hand(parameters), ED25519) is True


def test_an_algorithm_that_is_not_the_keys_is_refused() -> None:
    parameters = f'{COVERED};created={SECOND};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    assert reason_of(by_hand(parameters), ED25519) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-pss-sha512", "none"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    parameters = f'{COVERED};created={SECOND};keyid="{KEY_ID}";alg="{algorithm}"'
    assert reason_of(by_hand(parameters), ED25519) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (f'{COVERED};keyid="{KEY_ID}"', Reason.MALFORMED_SIGNATURE),
        (f'{COVERED};created="now";keyid="{KEY_ID}"', Reason.MALFORMED_SIGNATURE),
        (f'{COVERED};created;keyid="{KEY_ID}"', Reason.MALFORMED_SIGNATURE),
        (f"{COVERED};created={SECOND}", Reason.MALFORMED_SIGNATURE),
        (f"{COVERED};created={SECOND};keyid=7", Reason.MALFORMED_SIGNATURE),
        (f'"@method";created={SECOND};keyid="{KEY_ID}"', Reason.MALFORMED_SIGNATURE),
        (f'{COVERED};created={SECOND};keyid="{KEY_ID}', Reason.MALFORMED_SIGNATURE),
        (
            f'("@method" "@method");created={SECOND};keyid="{KEY_ID}"',
            Reason.MALFORMED_SIGNATURE,
        ),
        (f'("@method" 1);created={SECOND};keyid="{KEY_ID}"', Reason.MALFORMED_SIGNATURE),
        (f'{COVERED};created={SECOND - 4000};keyid="{KEY_ID}"', Reason.STALE),
        (f'{COVERED};created={SECOND + 4000};keyid="{KEY_ID}"', Reason.STALE),
        (
            f'{COVERED};created={SECOND};expires={SECOND - 400};keyid="{KEY_ID}"',
            Reason.STALE,
        ),
        (f'("@method" "content-digest");created={SECOND};keyid="{KEY_ID}"', Reason.UNCOVERED),
        (
            f'("@method";req "@target-uri" "content-digest");created={SECOND};keyid="{KEY_ID}"',
            Reason.UNCOVERED,
        ),
        (
            f'("@method" "@target-uri" "content-digest" "date");created={SECOND};keyid="{KEY_ID}"',
            Reason.MISSING_HEADER,
        ),
        (f'{COVERED};created={SECOND};keyid="{KEY_ID}";new=1', Reason.FORGED),
    ],
)
def test_an_input_that_breaks_a_rule_is_refused(parameters: str, reason: Reason) -> None:
    assert reason_of(by_hand(parameters), ED25519) is reason


def test_more_than_one_signature_is_refused() -> None:
    headers = peers_headers()
    twice = headers["Signature-Input"] + ", " + headers["Signature-Input"].replace("sig1", "sig2")
    assert reason_of(incoming({**headers, "Signature-Input": twice})) is Reason.MALFORMED_SIGNATURE


@pytest.mark.parametrize("name", ["Signature-Input", "Signature", "Content-Digest"])
def test_a_header_that_stands_twice_is_refused(name: str) -> None:
    request = incoming(peers_headers())
    assert isinstance(request.headers, CIMultiDict)
    request.headers.add(name, request.headers[name])
    assert reason_of(request) is Reason.DUPLICATE_HEADER


def test_a_signature_without_its_other_header_is_refused() -> None:
    headers = peers_headers()
    del headers["Signature"]
    assert reason_of(incoming(headers)) is Reason.MISSING_HEADER


@given(st.text(), st.text())
def test_no_headers_whatsoever_lead_to_anything_but_a_clean_refusal(
    given_input: str, signature: str
) -> None:
    headers = {**peers_headers(), "Signature-Input": given_input, "Signature": signature}
    with pytest.raises(BadSignature):
        verify(incoming(headers))
