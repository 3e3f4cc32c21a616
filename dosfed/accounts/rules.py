"""Every yes and no about accounts, as pure functions (docs/rules.md, section 6)."""

import enum
from collections.abc import Collection

from dosfed.accounts.site import SignUp

NAME_LENGTHS = range(2, 31)
PASSWORD_LENGTHS = range(10, 201)
MIN_DISTINCT = 5  # characters: aaaaaaaaaa and 1212121212 are guessed first

# Long enough, and still what everybody tries first (NIST SP 800-63B, section 3.1.1.2): runs of
# keys, also backwards, and the words for the thing itself with whatever follows them.
RUNS = (
    "1234567890" * 2,
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
    "a1z2e3r4t5y6u7i8o9p",
)
GUESSED_WORDS = (
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "contraseña",
    "passw0rd",
    "p@ssw0rd",
)


class Flaw(enum.StrEnum):
    """Why something about an account is not taken; each has a sentence in web/accounts/flaws.py."""

    CLOSED = "closed"
    NEEDS_INVITATION = "needs-invitation"
    INVITATION_OVER = "invitation-over"
    NO_MAIL = "no-mail"
    BAD_ADDRESS = "bad-address"
    ADDRESS_TAKEN = "address-taken"
    SAME_ADDRESS = "same-address"
    BAD_NAME = "bad-name"
    RESERVED_NAME = "reserved-name"
    NAME_TAKEN = "name-taken"
    NAME_TOO_LONG = "name-too-long"
    NAME_UNSEEN = "name-unseen"
    NAME_SIGNS = "name-signs"
    NAME_MARKS = "name-marks"
    NAME_MIXED = "name-mixed"
    NAME_OF_TEAM = "name-of-team"
    NAME_LIKE_ANOTHER = "name-like-another"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_SIMPLE = "too-simple"
    SAME_AS_NAME = "same-as-name"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - the name of a flaw
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    TOO_OFTEN = "too-often"
    BESIEGED = "besieged"
    NOT_TYPED = "not-typed"
    LAST_OPERATOR = "last-operator"
    WRONG_CODE = "wrong-code"
    CODES_GUESSED = "codes-guessed"
    FACTOR_LOST = "factor-lost"
    STEP_OVER = "step-over"


class Unfit(Exception):
    """Something about an account is not taken; nothing of it was written."""

    def __init__(self, field: str, flaw: Flaw) -> None:
        super().__init__(f"{field}: {flaw}")
        self.field = field
        self.flaw = flaw


def sign_up_now(mode: SignUp, *, sends_mail: bool) -> SignUp:
    """Return who may make an account as things are: without mail, who was invited (rule 6.1).

    A stranger's address cannot be confirmed then, and nobody is promised a mail that never comes.
    """
    return SignUp.INVITATION if mode is SignUp.OPEN and not sends_mail else mode


def check_sign_up(mode: SignUp, *, is_invited: bool) -> None:
    """Raise `Unfit` unless somebody may make an account on the pages (rule 6.1)."""
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
    """Raise `Unfit` for a password that somebody with these names should not have (rule 6.4)."""
    if len(password) < PASSWORD_LENGTHS.start:
        raise Unfit("password", Flaw.TOO_SHORT)
    if len(password) >= PASSWORD_LENGTHS.stop:
        raise Unfit("password", Flaw.TOO_LONG)
    if len(set(password)) < MIN_DISTINCT or _is_guessed(password.casefold()):
        raise Unfit("password", Flaw.TOO_SIMPLE)
    if password.casefold() in {name.casefold() for name in names}:
        raise Unfit("password", Flaw.SAME_AS_NAME)


def _is_guessed(password: str) -> bool:
    """Whether a password is a run of keys, or the word for it with digits and marks."""
    if any(password in run or password[::-1] in run for run in RUNS):
        return True
    word = password.rstrip("0123456789!?.*#$@_-+ ")
    return word in GUESSED_WORDS
