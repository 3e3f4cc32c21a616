"""What a page says of what its visitor has just done; anything else in `?notice=` is ignored."""

from collections.abc import Mapping


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


CONFIRMATIONS: Mapping[str, str] = {
    "ballot": _("Your vote has been recorded. You can change it until voting closes."),
    "ballot-sent": _(
        "Your vote has been sent to the site that hosts this consultation, which checks "
        "and counts it."
    ),
    "ballot-back": _("Your vote has been withdrawn. You can vote again until voting closes."),
    "ballot-back-sent": _(
        "The site that hosts this consultation has been asked to withdraw your vote. You "
        "can vote again."
    ),
    "argument": _("Your argument has been published."),
    "argument-edited": _("Your argument has been updated. Earlier versions can still be read."),
    "argument-deleted": _(
        "Your argument has been deleted, here and on the servers that received it."
    ),
    "reported": _("Thank you. The moderators will review it."),
    "proposal": _("The proposal has been published."),
    "proposal-waits": _("Thank you. A facilitator will read your proposal before it is published."),
    "proposal-sent": _(
        "Your proposal has been sent to the site that hosts this consultation, which "
        "decides whether to publish it."
    ),
    "proposal-deleted": _("Your proposal has been withdrawn."),
    "draft-saved": _("Saved."),
    "draft-outdated": _(
        "Somebody else saved this draft meanwhile: nothing was changed. Try again."
    ),
    "consultation-published": _("The consultation has been published."),
    "consultation-draft-deleted": _("The draft has been deleted."),
    "preview-revoked": _("The preview link no longer works."),
    "team-joined": _("You are now on the team of this consultation."),
    "team-left": _("That person no longer has a role in this consultation."),
    "draft": _("Draft saved. Only you can see it."),
    "draft-deleted": _("Draft deleted."),
    "revised": _("The new text has been published. The earlier one can still be read."),
    "text-waits": _(
        "Thank you. A facilitator will read your new text. Until then everyone sees the "
        "earlier one."
    ),
    "text-sent": _(
        "Your new text has been sent to the site that hosts this consultation, which decides on it."
    ),
    "text-taken": _("The new text has been published. The earlier one can still be read."),
    "text-refused": _("The new text has been refused; its author can read why."),
    "text-dropped": _("Your new text has been deleted. The published one stays as it is."),
    "text-over": _("There is nothing left to decide: the text stays as it is."),
    "signers-asked": _(
        "The new text has been published. Everyone who had co-signed it will be asked again."
    ),
    "tagged": _("Tags updated."),
    "signed": _("You have co-signed this proposal with your name."),
    "unsigned": _("You have withdrawn your signature."),
    "refused": _("The proposal has been refused; its author can read why."),
    "decision-accepted": _("It has been published. Here is the next one."),
    "decision-refused": _("It has been refused; its author can read why. Here is the next one."),
    "correction-asked": _("Its author has been asked to change it. Here is the next one."),
    "correction-answered": _("Your answer has been sent to the team."),
    "contested": _("Your contest has been sent. You will be told what came of it."),
    "contest-decided": _("Decided; its author has been told."),
    "contest-over": _("Somebody had already decided on it, or its author withdrew it."),
    "decision-over": _("Somebody had already decided on it, or its author withdrew it."),
    "argument-sent": _("Your server has your argument. It will appear here as soon as it arrives."),
    "proposal-posted": _(
        "Your server has your proposal and is sending it here. A facilitator may have to "
        "read it first."
    ),
    "signed-in": _("You are signed in."),
    "welcome": _("Your account has been created and you are signed in. Welcome!"),
    "password": _("Password changed. You have been signed out everywhere else."),
    "address": _("Address changed."),
    "name": _("Name changed."),
    "name-cleared": _("The name has been removed; the user name remains."),
    "factor-removed": _("Two-step sign-in is off: your password is enough to sign in."),
    "factor-proven": _("The code is correct."),
    "preferences": _("Preferences saved."),
    "sessions": _("That session has been closed."),
    "meeting": _("The meeting has been announced."),
    "meeting-cancelled": _("The meeting is cancelled; its page now says so."),
    "note": _("The message has been published."),
    "note-withdrawn": _("The message has been withdrawn."),
    "voice": _("Saved. This applies to messages still to come."),
    "site": _("Saved. Visitors will see the change within seconds."),
    "text": _("The text has been published."),
    "text-reset": _("The text supplied with the software is shown again."),
    "role": _("Role updated. It takes effect immediately."),
    "suspended": _("The account has been suspended and signed out everywhere."),
    "reinstated": _("The account is active again."),
    "withdrawn": _("The invitation has been revoked."),
    "blocked": _("Blocked. Nothing is accepted from there, and nothing is sent there any more."),
    "unblocked": _("The block has been removed."),
    "report-answered": _(
        "Report closed. The person who made it will be told if they have an account."
    ),
    "hidden": _("Hidden. Your reason is shown in its place."),
    "shown": _("It is visible again."),
    "retried": _("The server is being tried again now."),
    "test-mail": _("An email is on its way to you."),
    "changed": _("The change has been published, with a line in the history."),
    "followed": _("You are following this: news will appear in your notices."),
    "unfollowed": _("You are no longer following this."),
}
