"""Draft-cavage signatures: what is taken, what is refused, and what another program says."""

import base64
from typing import Any

import pytest
from httpsig.sign import HeaderSigner
from httpsig.verify import HeaderVerifier
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict

from dosfed.activitypub.keys import Signer, make_rsa_key, read_private_key, read_public_key
from dosfed.activitypub.rejections import Reason
from dosfed.activitypub.signatures import (
    BadSignature,
    SignedRequest,
    read_claim,
    read_date,
    read_signature,
    sign,
    write_date,
)
from tests.activitypub.signed import BODY, DATE, DIGEST, HOST, KEY_ID, NOW, Draft
from tests.simulated.signing import pool_key, public_pem

PUBLIC = read_public_key(public_pem(pool_key(0)))
STRANGER = read_public_key(public_pem(pool_key(1)))
SECOND = int(NOW.timestamp())
REQUIRED = ["(request-target)", "host", "date", "digest"]


def verify(request: SignedRequest) -> Any:
    return read_claim(request, hosts={HOST}, now=NOW).verify(PUBLIC)


def reason_of(request: SignedRequest) -> Reason:
    with pytest.raises(BadSignature) as caught:
        verify(request)
    return caught.value.reason


def test_httpsig_accepts_what_we_sign() -> None:
    private, public = make_rsa_key()
    signer = Signer(key_id=KEY_ID, key=read_private_key(private))
    headers = {"host": HOST, "date": DATE, "digest": DIGEST}

    signature = sign(signer, method="POST", target="/users/ana/inbox?x=1", headers=headers)

    oracle = HeaderVerifier(
        {**headers, "signature": signature},
        public,
        required_headers=REQUIRED,
        method="POST",
        path="/users/ana/inbox?x=1",
        sign_header="signature",
    )
    assert oracle.verify() is True


def test_we_accept_what_httpsig_signs() -> None:
    private, public = make_rsa_key()
    oracle = HeaderSigner(
        KEY_ID, private, algorithm="rsa-sha256", headers=REQUIRED, sign_header="signature"
    )
    headers = oracle.sign(
        {"Host": HOST, "Date": DATE, "Digest": DIGEST}, method="POST", path="/inbox"
    )
    request = SignedRequest(
        method="POST", path_qs="/inbox", headers=CIMultiDict(headers.items()), body=BODY
    )

    claim = read_claim(request, hosts={HOST}, now=NOW)

    assert claim.key_id == KEY_ID
    assert claim.verify(read_public_key(public)) is True


def test_our_header_has_no_space_after_a_comma_and_names_the_algorithm() -> None:
    signer = Signer(key_id=KEY_ID, key=pool_key(0))
    signature = sign(signer, method="GET", target="/", headers={"host": HOST, "date": DATE})
    assert signature.startswith(
        f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date",signature="'
    )


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "hs2019", None])
def test_the_algorithm_may_be_named_in_either_way_or_not_at_all(algorithm: str | None) -> None:
    assert verify(Draft(algorithm=algorithm).request()) is True


@pytest.mark.parametrize(
    "algorithm", ["hmac-sha256", "rsa-sha1", "rsa-sha512", "RSA-SHA256", "none", "", "ed25519"]
)
def test_other_algorithms_are_refused(algorithm: str) -> None:
    assert reason_of(Draft(algorithm=algorithm).request()) is Reason.WRONG_ALGORITHM


def test_another_key_is_refused() -> None:
    claim = read_claim(Draft().request(), hosts={HOST}, now=NOW)
    with pytest.raises(BadSignature, match="forged"):
        claim.verify(STRANGER)


@pytest.mark.parametrize("missing", ["(request-target)", "host", "date", "digest"])
def test_what_the_signature_has_to_cover_must_be_covered(missing: str) -> None:
    names = " ".join(name for name in REQUIRED if name != missing)
    assert reason_of(Draft(names=names).request()) is Reason.UNCOVERED


def test_a_get_needs_no_digest() -> None:
    draft = Draft(method="GET", body=b"").without("digest")
    assert verify(draft.request()) is True


def test_a_get_with_a_body_needs_its_digest() -> None:
    assert reason_of(Draft(method="GET").without("digest").request()) is Reason.UNCOVERED


@pytest.mark.parametrize("name", ["Host", "Date", "Digest"])
def test_a_signed_header_that_stands_twice_is_refused(name: str) -> None:
    draft = Draft()
    value = dict(draft.headers)[name]
    request = draft.request()
    assert isinstance(request.headers, CIMultiDict)
    request.headers.add(name, value)
    assert reason_of(request) is Reason.DUPLICATE_HEADER


def test_two_signature_headers_are_refused() -> None:
    request = Draft().request()
    assert isinstance(request.headers, CIMultiDict)
    request.headers.add("Signature", request.headers["Signature"])
    assert reason_of(request) is Reason.DUPLICATE_HEADER


def test_a_signed_header_that_is_not_there_is_refused() -> None:
    request = Draft().request()
    assert isinstance(request.headers, CIMultiDict)
    del request.headers["Digest"]
    assert reason_of(request) is Reason.MISSING_HEADER


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("Date", "Tue, 01 Sep 2026 08:00:01 GMT"),
        ("Host", "DELIB.example"),
        ("Content-Type", "text/plain"),
    ],
)
def test_a_signed_header_that_was_changed_is_refused(change: str, value: str) -> None:
    draft = Draft(names="(request-target) host date digest content-type")
    draft.set("Content-Type", "application/activity+json")
    signed = draft.request().headers["Signature"]
    assert reason_of(draft.set(change, value).request_with(signed)) is Reason.FORGED


def test_a_signature_for_another_method_or_path_is_refused() -> None:
    assert reason_of(Draft(signed_target="/other").request()) is Reason.FORGED
    draft = Draft(method="PUT")
    signature = draft.request().headers["Signature"]
    draft.method = "POST"
    assert reason_of(draft.request_with(signature)) is Reason.FORGED


@pytest.mark.parametrize("signed_target", ["/inbox?page=1", "/inbox"])
def test_the_target_may_be_signed_with_its_query_or_without(signed_target: str) -> None:
    assert verify(Draft(target="/inbox?page=1", signed_target=signed_target).request()) is True


def test_a_query_that_was_not_sent_is_refused() -> None:
    assert reason_of(Draft(target="/inbox", signed_target="/inbox?a").request()) is Reason.FORGED


def test_a_request_for_another_host_is_refused() -> None:
    assert reason_of(Draft().set("Host", "other.example").request()) is Reason.WRONG_HOST


@pytest.mark.parametrize(
    "digest",
    [
        "SHA-256=" + base64.b64encode(bytes(32)).decode(),
        "SHA-512=" + base64.b64encode(bytes(64)).decode(),
        "SHA-256=",
        "",
        DIGEST.removesuffix("="),
        f"{DIGEST},{DIGEST}",
    ],
)
def test_a_digest_that_is_not_the_bodys_is_refused(digest: str) -> None:
    assert reason_of(Draft().set("Digest", digest).request()) is Reason.WRONG_DIGEST


@pytest.mark.parametrize(
    "digest", [DIGEST.replace("SHA", "sha"), f"SHA-512=AAAA,{DIGEST}", f"{DIGEST}, unixsum=1"]
)
def test_the_digests_name_may_be_in_lower_case_and_stand_among_others(digest: str) -> None:
    assert verify(Draft().set("Digest", digest).request()) is True


@pytest.mark.parametrize(
    "date", ["Tue, 01 Sep 2026 06:56:00 GMT", "Tue, 01 Sep 2026 09:04:00 GMT", DATE]
)
def test_a_date_within_the_window_is_accepted(date: str) -> None:
    assert verify(Draft().set("Date", date).request()) is True


@pytest.mark.parametrize(
    "date",
    [
        "Tue, 01 Sep 2026 06:54:00 GMT",
        "Tue, 01 Sep 2026 09:06:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Tue, 31 Feb 2026 08:00:00 GMT",
        "Tue, 01 Sep 2026 08:00:00 +0000",
        "Tuesday, 01-Sep-26 08:00:00 GMT",
        "2026-09-01T08:00:00Z",
        "",
    ],
)
def test_a_date_beyond_the_window_or_in_another_format_is_refused(date: str) -> None:
    assert reason_of(Draft().set("Date", date).request()) is Reason.STALE


def test_a_moment_of_creation_may_stand_for_the_date() -> None:
    names = "(request-target) (created) host digest"
    for algorithm in ("hs2019", None):
        draft = Draft(algorithm=algorithm, names=names, created=str(SECOND))
        assert verify(draft.request()) is True


def test_a_moment_of_creation_may_be_in_quotes() -> None:
    names = "(request-target) (created) host digest"
    draft = Draft(algorithm="hs2019", names=names, created=str(SECOND))
    header = draft.request().headers["Signature"]
    quoted = header.replace(f"created={SECOND}", f'created="{SECOND}"')
    assert verify(draft.request_with(quoted)) is True


@pytest.mark.parametrize("name", ["(created)", "(expires)"])
def test_beside_rsa_sha256_the_times_must_not_be_signed(name: str) -> None:
    names = f"(request-target) host date digest {name}"
    draft = Draft(names=names, created=str(SECOND), expires=str(SECOND + 60))
    assert reason_of(draft.request()) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("offset", [-4000, 4000])
def test_a_moment_of_creation_beyond_the_window_is_refused(offset: int) -> None:
    names = "(request-target) (created) host digest"
    draft = Draft(algorithm="hs2019", names=names, created=str(SECOND + offset))
    assert reason_of(draft.request()) is Reason.STALE


@pytest.mark.parametrize(("offset", "is_stale"), [(60, False), (-60, False), (-360, True)])
def test_an_expiry_is_respected_with_a_margin_for_clocks(offset: int, is_stale: bool) -> None:  # noqa: FBT001
    names = "(request-target) (created) (expires) host digest"
    draft = Draft(
        algorithm="hs2019", names=names, created=str(SECOND), expires=str(SECOND + offset)
    )
    if is_stale:
        assert reason_of(draft.request()) is Reason.STALE
    else:
        assert verify(draft.request()) is True


def test_a_signed_time_must_be_given() -> None:
    draft = Draft(algorithm="hs2019", names="(request-target) (created) host date digest")
    assert reason_of(draft.request()) is Reason.MALFORMED_SIGNATURE


def test_a_header_called_created_is_not_taken_for_the_parameter() -> None:
    names = "(request-target) (created) host digest"
    draft = Draft(algorithm="hs2019", names=names).set("(created)", str(SECOND))
    assert reason_of(draft.request()) is Reason.MALFORMED_SIGNATURE


SIGNATURE = base64.b64encode(bytes(256)).decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f'keyId="{KEY_ID}"',
        f'headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",keyId="{KEY_ID}",headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="host",signature="{SIGNATURE}",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="host host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="host Host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="host  date",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="(status)",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="host",signature="not base64!"',
        f'keyId="{KEY_ID}",headers="host",signature="{SIGNATURE}",',
        f',keyId="{KEY_ID}",headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}"headers="host",signature="{SIGNATURE}"',
        f'keyId={KEY_ID},headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID},headers="host",signature="{SIGNATURE}"',
        f'keyId="é",headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",created=1.5,headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",created="soon",headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",created=-1,headers="host",signature="{SIGNATURE}"',
        f'keyId="{KEY_ID}",headers="{" ".join(f"x{n}" for n in range(33))}",signature="AAAA"',
        f'keyId="{"x" * 9000}",headers="host",signature="{SIGNATURE}"',
    ],
)
def test_a_header_that_is_not_well_formed_is_refused(header: str) -> None:
    with pytest.raises(BadSignature, match="malformed_signature"):
        read_signature(header)


def test_unknown_parameters_are_passed_over() -> None:
    request = Draft().request()
    header = 'version="2",' + request.headers["Signature"]
    assert verify(Draft().request_with(header)) is True


def test_spaces_after_commas_are_taken() -> None:
    header = Draft().request().headers["Signature"].replace(",", ", ")
    assert verify(Draft().request_with(header)) is True


@given(st.text())
@example('keyId="a",headers="(created)",signature="AAAA",created=' + "9" * 16)
def test_no_header_whatsoever_leads_to_anything_but_a_clean_refusal(header: str) -> None:
    try:
        signature = read_signature(header)
    except BadSignature:
        return
    assert signature.names
    assert signature.key_id.isascii()


PIECES = st.sampled_from(
    [
        "keyId",
        "headers",
        "signature",
        "algorithm",
        "created",
        "=",
        '"',
        ",",
        " ",
        "\\",
        "host",
        "(request-target)",
        "AAAA",
        "hs2019",
        KEY_ID,
        "1",
        "é",
        "\x00",
        "\t",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_mixture_of_the_right_words_does_either(header: str) -> None:
    request = Draft().request_with(header)
    with pytest.raises(BadSignature):
        verify(request)


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_a_date_is_read_as_it_was_written(second: int) -> None:
    assert read_date(write_date(second)) == second
