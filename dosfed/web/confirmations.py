"""What a page says of what its visitor has just done; anything else in `?notice=` is ignored."""

from collections.abc import Mapping


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


CONFIRMATIONS: Mapping[str, str] = {
    "ballot": _("Your ballot is cast. You can change it until the vote closes."),
    "ballot-sent": _(
        "Your ballot was sent to the home of this consultation, which judges and counts it."
    ),
    "argument": _("Your argument is published."),
    "proposal": _("The proposal is published."),
    "proposal-waits": _("Thank you. A facilitator will read your proposal before it is published."),
    "refused": _("The proposal was turned down, and its author can read why."),
    "signed-in": _("You are signed in."),
    "followed": _("You follow this: its news comes to your notices, and by mail if you like."),
    "unfollowed": _("You no longer follow this."),
}
