"""What a page says of something about an account that is not taken."""

from collections.abc import Mapping
from dataclasses import replace

from dosfed.accounts.rules import Flaw, Unfit
from dosfed.web.forms import Form


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


FLAWS: Mapping[Flaw, str] = {
    Flaw.CLOSED: _("Nobody can make an account here at present."),
    Flaw.NEEDS_INVITATION: _("To make an account here, open the link of an invitation."),
    Flaw.INVITATION_OVER: _("This invitation was used already, or is too old. Ask for another."),
    Flaw.NO_MAIL: _("This site cannot send emails at present."),
    Flaw.BAD_ADDRESS: _("This is not a mail address. One looks like ana@example.org."),
    Flaw.ADDRESS_TAKEN: _("This address belongs to an account already. Sign in instead."),
    Flaw.SAME_ADDRESS: _("This is your address already."),
    Flaw.BAD_NAME: _("A name has 2 to 30 characters: a to z without accents, 0 to 9 and _."),
    Flaw.RESERVED_NAME: _("This name means something else here. Choose another."),
    Flaw.NAME_TAKEN: _("This name is taken. Choose another."),
    Flaw.NAME_TOO_LONG: _("A name has 50 characters at most."),
    Flaw.NAME_UNSEEN: _(
        "Something in this name cannot be seen, or turns the direction of writing. Type it again"
        " by hand."
    ),
    Flaw.NAME_SIGNS: _(
        "Write a name with letters. Digits, apostrophes, hyphens and the like may stand beside"
        " them, but no @, no emoji and no other signs."
    ),
    Flaw.NAME_MARKS: _("There are too many accents on one letter of this name."),
    Flaw.NAME_MIXED: _(
        "A word of this name mixes letters of two alphabets that look alike. Use one of them."
    ),
    Flaw.NAME_OF_TEAM: _(
        "This reads like the name of somebody who looks after this site. Choose another."
    ),
    Flaw.NAME_LIKE_ANOTHER: _(
        "Somebody here is called something that looks the same. Choose another name."
    ),
    Flaw.TOO_SHORT: _("Use at least 10 characters. Several words are good."),
    Flaw.TOO_LONG: _("Use at most 200 characters."),
    Flaw.TOO_SIMPLE: _("This would be guessed at once. Take several words instead."),
    Flaw.SAME_AS_NAME: _("Your password must not be your name or your address."),
    Flaw.WRONG_PASSWORD: _("This is not your password."),
    Flaw.UNKNOWN: _("Name and password do not belong together. Check both."),
    Flaw.SUSPENDED: _("This account is suspended. Ask those who look after this instance."),
    Flaw.TOO_OFTEN: _("There were too many attempts. Please wait ten minutes, and try again."),
    Flaw.BESIEGED: _(
        "Many passwords were tried with this name, so that none is taken for up to an hour."
    ),
    Flaw.NOT_TYPED: _("Write your name here, exactly as it is shown."),
    Flaw.LAST_OPERATOR: _(
        "You are the last operator. Give somebody else that role first, so that this instance is"
        " looked after."
    ),
}


def with_flaw(form: Form, unfit: Unfit) -> Form:
    """Return a form that says beside a field why it was not taken."""
    return replace(form, errors={unfit.field: FLAWS[unfit.flaw]})
