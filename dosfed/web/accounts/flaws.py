"""What a page says of something about an account that is not taken."""

from collections.abc import Mapping
from dataclasses import replace

from dosfed.accounts import name_rules
from dosfed.accounts.rules import PASSWORD_LENGTHS, Flaw, Unfit
from dosfed.deliberation.model import Length
from dosfed.web.forms import Form
from dosfed.web.refusals import TOO_LONG, too_long


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


FLAWS: Mapping[Flaw, str] = {
    Flaw.CLOSED: _("Nobody can create an account here at the moment."),
    Flaw.NEEDS_INVITATION: _("To create an account here, open an invitation link."),
    Flaw.INVITATION_OVER: _(
        "This invitation has already been used or has expired. Ask for a new one."
    ),
    Flaw.NO_MAIL: _("This site cannot send emails at the moment."),
    Flaw.BAD_ADDRESS: _(
        "This is not an email address. An email address looks like ana@example.org."
    ),
    Flaw.ADDRESS_TAKEN: _("This address already belongs to an account. Sign in instead."),
    Flaw.SAME_ADDRESS: _("This is already your address."),
    Flaw.BAD_NAME: _("Use 2 to 30 characters: letters from a to z without accents, digits and _."),
    Flaw.RESERVED_NAME: _("This user name is reserved. Choose another."),
    Flaw.NAME_TAKEN: _("This user name is taken. Choose another."),
    Flaw.NAME_TOO_LONG: TOO_LONG,
    Flaw.NAME_UNSEEN: _(
        "This name contains an invisible character, or one that changes the direction of "
        "writing. Type it again by hand."
    ),
    Flaw.NAME_SIGNS: _(
        "Use letters. Digits, apostrophes, hyphens and the like are allowed with them, "
        "but no @, emoji or other signs."
    ),
    Flaw.NAME_MARKS: _("There are too many accents on one letter of this name."),
    Flaw.NAME_MIXED: _(
        "A word in this name mixes letters from two alphabets that look alike. Use only "
        "one of them."
    ),
    Flaw.NAME_OF_TEAM: _(
        "This looks like the name of somebody who runs this site. Choose another."
    ),
    Flaw.NAME_LIKE_ANOTHER: _("Somebody here has a name that looks the same. Choose another name."),
    Flaw.TOO_SHORT: _("Use at least 10 characters. Several words work well."),
    Flaw.TOO_LONG: TOO_LONG,
    Flaw.TOO_SIMPLE: _("This password is too easy to guess. Use several words instead."),
    Flaw.SAME_AS_NAME: _("Your password must be different from your user name and your address."),
    Flaw.WRONG_PASSWORD: _("Wrong password."),
    Flaw.UNKNOWN: _("Wrong user name or password."),
    Flaw.SUSPENDED: _("This account is suspended. Contact the people who run this site."),
    Flaw.TOO_OFTEN: _("Too many attempts. Please wait ten minutes and try again."),
    Flaw.BESIEGED: _(
        "Too many passwords have been tried for this user name, so signing in with a password "
        "is suspended for up to an hour."
    ),
    Flaw.WRONG_CODE: _("Wrong code, or one that has been used. Type the one shown now."),
    Flaw.CODES_GUESSED: _(
        "Too many wrong codes. Someone may know your password: choose a new one."
    ),
    Flaw.FACTOR_LOST: _(
        "This site has lost the key to your codes. Use a recovery code, or contact the team."
    ),
    Flaw.STEP_OVER: _("The code came too late, or from another browser. Sign in again."),
    Flaw.NOT_TYPED: _("Type your user name here exactly as shown."),
    Flaw.LAST_OPERATOR: _(
        "You are the last operator. Give that role to somebody else first, so that the "
        "site still has one."
    ),
}

MOST: Mapping[Flaw, int] = {
    Flaw.NAME_TOO_LONG: name_rules.MOST,
    Flaw.TOO_LONG: PASSWORD_LENGTHS.stop - 1,
}


def with_flaw(form: Form, unfit: Unfit) -> Form:
    """Return a form that says beside a field why it was not taken."""
    has, most = len(form.value(unfit.field)), MOST.get(unfit.flaw)
    error = FLAWS[unfit.flaw] if most is None else too_long(Length(has=has, most=most))
    return replace(form, errors={unfit.field: error})
