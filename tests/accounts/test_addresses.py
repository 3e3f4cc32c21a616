"""Addresses for mail: one form for all spellings, and nothing that is none."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.accounts.addresses import BadAddress, read_address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ana@example.org", "ana@example.org"),
        (" ANA.Lopez+x@Example.ORG\n", "ana.lopez+x@example.org"),
        ("o'neil@example.co.uk", "o'neil@example.co.uk"),
        ("ana@exämple.org", "ana@xn--exmple-cua.org"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("\u212aim@example.org", "kim@example.org"),  # the sign for Kelvin
        ("gro\u00df@example.org", "gro\u00df@example.org"),  # not the mailbox `gross`
    ],
)
def test_spellings_of_one_address_are_one(typed: str, kept: str) -> None:
    assert read_address(typed) == kept
    assert read_address(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "ana",
        "ana@localhost",
        "ana@example..org",
        "ana@-example.org",
        "ana@[127.0.0.1]",
        "a@b@example.org",
        ".ana@example.org",
        "an..a@example.org",
        "ana@" + "\u00e9" * 200_000 + ".org",
        "ana lopez@example.org",
        '"ana"@example.org',
        "ana@example.org, luc@example.org",
        "Ana <ana@example.org>",
        "ana@example.org\r\nBcc: luc@example.org",
        "ana\x00@example.org",
        "\u202eana@example.org",
        "a" * 65 + "@example.org",
        "\u00e9" * 40 + "@example.org",
        "ana@" + ".".join(["a" * 60] * 5),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        read_address(typed)


@given(st.text(max_size=80) | st.emails())
def test_what_is_read_can_be_written_into_one_header(typed: str) -> None:
    try:
        kept = read_address(typed)
    except BadAddress:
        return
    local, _, domain = kept.rpartition("@")
    message = EmailMessage(policy=policy.SMTPUTF8)
    message["To"] = Address(username=local, domain=domain)
    assert message["To"].addresses[0].addr_spec == kept
    assert message_from_bytes(bytes(message)).keys() == ["To"]
    assert read_address(kept) == kept
