"""Codes of six digits that an app makes (RFC 6238), with those that help when the app is lost."""

import base64
import hashlib
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

# What every app can do, whatever else its own settings offer: SHA-1, six digits, thirty seconds.
# What is known against SHA-1 does not touch HMAC, of which these codes are made.
DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20  # RFC 4226, requirement 6
# The step before and the one after as well: phones' clocks are wrong, and people type slowly.
STEPS = (0, -1, 1)
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits: nobody guesses one, so what is kept of it may be hashed quickly
RECOVERY_LENGTH = 16
MAX_CODE = 40  # with whatever somebody puts between the signs
GROUP = 4
# Signs that no recovery code holds, for those that somebody read as them.
MISREAD = str.maketrans("018", "olb")


def new_secret() -> str:
    """Return what an app makes codes from, as apps read it."""
    return _base32(secrets.token_bytes(SECRET_BYTES))


def in_groups(text: str, between: str = " ") -> str:
    """Return a text in groups of four, as a person copies it."""
    return between.join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def app_link(secret: str, *, site: str, name: str) -> str:
    """Return the link that an app on the same phone opens; it says whose the codes are, where."""
    # A colon parts the two, so neither may hold one.
    issuer, account = site.replace(":", " ").strip(), name.replace(":", " ")
    query = {
        "secret": secret,
        "issuer": issuer,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_SECONDS,
    }
    label = quote(f"{issuer}:{account}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def code_at(secret: str, at: datetime) -> str:
    """Return the code that an app shows at a moment."""
    return _totp(secret).generate(_step(at) * STEP_SECONDS).decode()


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the step whose code this is, if it is one that counts at a moment (rule 6.13)."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    for step in (_step(at) + aside for aside in STEPS):
        try:
            _totp(secret).verify(code.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        return step
    return None


def new_recovery_codes() -> list[str]:
    """Return what opens the account once each, without the app."""
    return [_base32(secrets.token_bytes(RECOVERY_BYTES)).lower() for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> bytes:
    """Return what is kept of a recovery code; anyone who reads the database cannot use it."""
    return hashlib.sha256(code.translate(MISREAD).encode()).digest()


def read_code(typed: str) -> str:
    """Return a code without what people and apps put between its signs."""
    return "".join(sign for sign in typed[:MAX_CODE].lower() if sign.isalnum())


def is_recovery_code(code: str) -> bool:
    """Whether a code has the form of a recovery code."""
    return len(code) == RECOVERY_LENGTH


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - see above


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")
