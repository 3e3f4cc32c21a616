"""Every yes and no about accounts, as pure functions (docs/rules.md, section 6)."""

import enum
from collections.abc import Collection

from dosfed.accounts.site import SignUp

NAME_LENGTHS = range(2, 31)
PASSWORD_LENGTHS = range(10, 201)
MIN_DISTINCT = 5  # characters: aaaaaaaaaa and 1212121212 are guessed first


class Flaw(enum.StrEnum):
    """Why something about an account is not taken; each has a sentence in web/flaws.py."""

    CLOSED = "closed"
    NEEDS_INVITATION = "needs-invitation"
    INVITATION_OVER = "invitation-over"
    BAD_ADDRESS = "bad-address"
    ADDRESS_TAKEN = "address-taken"
    SAME_ADDRESS = "same-address"
    BAD_NAME = "bad-name"
    RESERVED_NAME = "reserved-name"
    NAME_TAKEN = "name-taken"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_SIMPLE = "too-simple"
    SAME_AS_NAME = "same-as-name"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - the name of a flaw
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    TOO_OFTEN = "too-often"
    NOT_TYPED = "not-typed"
    LAST_OPERATOR = "last-operator"


class Unfit(Exception):
    """Something about an account is not taken; nothing of it was written."""

    def __init__(self, field: str, flaw: Flaw) -> None:
        super().__init__(f"{field}: {flaw}")
        self.field = field
        self.flaw = flaw


def check_sign_up(mode: SignUp, *, is_invited: bool) -> None:
    """Raise `Unfit` unless somebody may make an account on the pages (6.1)."""
    if is_invited and mode is not SignUp.CLOSED:
        return
    match mode:
        case SignUp.OPEN:
            pass
        case SignUp.INVITATION:
            raise Unfit("form", Flaw.NEEDS_INVITATION)
        case SignUp.CLOSED:
            raise Unfit("form", Flaw.CLOSED)


def check_password(password: str, *, names: Collection[str]) -> None:
    """Raise `Unfit` for a password that somebody with these names should not have (6.4)."""
    if len(password) < PASSWORD_LENGTHS.start:
        raise Unfit("password", Flaw.TOO_SHORT)
    if len(password) >= PASSWORD_LENGTHS.stop:
        raise Unfit("password", Flaw.TOO_LONG)
    if len(set(password)) < MIN_DISTINCT:
        raise Unfit("password", Flaw.TOO_SIMPLE)
    if password.casefold() in {name.casefold() for name in names}:
        raise Unfit("password", Flaw.SAME_AS_NAME)
