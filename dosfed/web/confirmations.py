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
    "ballot-back": _("Your ballot is taken back. You can vote again until the vote closes."),
    "ballot-back-sent": _(
        "The home of this consultation was asked to let go of your ballot. You can vote again."
    ),
    "argument": _("Your argument is published."),
    "argument-edited": _("Your argument is changed. What it said before can still be read."),
    "argument-deleted": _("Your argument is deleted, here and on the servers that know it."),
    "reported": _("Thank you. The moderators will look at it."),
    "proposal": _("The proposal is published."),
    "proposal-waits": _("Thank you. A facilitator will read your proposal before it is published."),
    "proposal-sent": _(
        "Your proposal was sent to the home of this consultation, which decides on it."
    ),
    "proposal-deleted": _("Your proposal is taken back."),
    "draft": _("Your draft is kept. Only you can see it."),
    "draft-deleted": _("The draft is deleted."),
    "revised": _("The new text stands. What it was before stays readable."),
    "text-waits": _(
        "Thank you. A facilitator will read your new text. Until then everybody sees the old one."
    ),
    "text-taken": _("The new text is published. What it was before stays readable."),
    "text-refused": _("The new text was turned down, and its author can read why."),
    "text-dropped": _("Your new text is gone. The published one stays as it is."),
    "text-over": _("There is nothing to decide any more: the text stays as it is."),
    "signers-asked": _("The new text stands. Everyone who had co-signed is asked again."),
    "tagged": _("The tags are changed."),
    "signed": _("You stand behind this proposal, by name."),
    "unsigned": _("You no longer stand behind this proposal."),
    "refused": _("The proposal was turned down, and its author can read why."),
    "argument-sent": _("Your server has your argument. It shows here as soon as it is sent."),
    "proposal-posted": _(
        "Your server has your proposal, and sends it here. A facilitator may have to read it first."
    ),
    "signed-in": _("You are signed in."),
    "welcome": _("Your account is made, and you are signed in. Welcome!"),
    "password": _("Your password is changed. Wherever else you were signed in, you are no more."),
    "address-sent": _("Look into your mailbox: a link in the mail confirms your new address."),
    "address": _("Your address is changed."),
    "name": _("Your name is changed."),
    "name-cleared": _("The name is taken away; the user name stays."),
    "preferences": _("Your preferences are kept."),
    "sessions": _("Signed out there."),
    "meeting": _("The meeting is announced."),
    "meeting-cancelled": _("The meeting is cancelled, and says so."),
    "site": _("It is changed. Everybody sees it within seconds."),
    "text": _("The text is published."),
    "text-reset": _("The text that comes with the software is shown again."),
    "role": _("The role is changed. It counts from now on."),
    "suspended": _("The account is suspended, and its sessions have ended."),
    "reinstated": _("The account can be used again."),
    "withdrawn": _("The invitation is worth nothing any more."),
    "blocked": _("Blocked. Nothing of theirs is taken any more, and nothing is sent there."),
    "unblocked": _("The block is lifted."),
    "report-answered": _("The report is answered. Who made it is told, if they have an account."),
    "hidden": _("It is hidden. Your reason stands in its place."),
    "shown": _("It can be read again."),
    "retried": _("The server is tried again at once."),
    "test-mail": _("A mail to you is on its way."),
    "followed": _("You follow this: its news will appear in your notices."),
    "unfollowed": _("You no longer follow this."),
}
