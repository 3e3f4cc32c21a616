"""Addresses for mail, as they are compared and written to."""

import re

from dosfed.texts import normalise

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
MAX_LOCAL = 64
MAX_TYPED = 1_000  # of more, the encoding of a domain would take seconds
# The dot-atom of RFC 5322, 3.4.1, with letters of all scripts (RFC 6532).
ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*")
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})+")


class BadAddress(ValueError):
    """Nothing can be sent to this."""


def read_address(text: str) -> str:
    """Return an address in the one form that is kept, compared and written to.

    The part before the @ is in NFC and lower case; the domain is in ASCII (RFC 5890).
    Mail goes to this form alone, never to what was typed: two spellings that compare the
    same must not be two mailboxes.
    """
    if len(text) > MAX_TYPED:
        raise BadAddress("too long")
    local, _, domain = normalise(text.strip()).rpartition("@")
    local = normalise(local.lower())
    domain = _ascii(domain)
    if len(local.encode()) > MAX_LOCAL or LOCAL.fullmatch(local) is None:
        raise BadAddress("the part before the @")
    if DOMAIN.fullmatch(domain) is None or len(f"{local}@{domain}") > MAX_ADDRESS:
        raise BadAddress("the part after the @")
    return f"{local}@{domain}"


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
