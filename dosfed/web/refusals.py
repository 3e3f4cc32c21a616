"""What a refusal says to the person whose act was turned down."""

from collections.abc import Mapping

from dosfed.deliberation.model import Refusal


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


REASONS: Mapping[Refusal, str] = {
    Refusal.UNKNOWN_POLL: _("There is no such vote."),
    Refusal.NOT_OPEN: _("This vote is not open."),
    Refusal.NOT_ELIGIBLE: _("This vote is not open to people of your instance."),
    Refusal.UNKNOWN_OPTION: _("This is not one of the choices."),
    Refusal.WRONG_NUMBER: _("Choose one of the options; several only where the vote allows it."),
    Refusal.BAD_CHOICE: _("Answer each part of this vote with what its form offers."),
    Refusal.VOTE_AT_HOME: _(
        "This server does not know how this vote is held. Vote at the home of the consultation."
    ),
    Refusal.UNKNOWN_PARENT: _("What you answer to is not here any more."),
    Refusal.UNKNOWN_CONSULTATION: _("There is no such consultation."),
    Refusal.WRONG_PHASE: _("The consultation does not take this at the moment."),
    Refusal.NOT_PUBLIC: _("Only public contributions are taken."),
    Refusal.NOT_THE_AUTHOR: _("Only its author may do this."),
    Refusal.NOT_ALLOWED: _("You may not do this."),
    Refusal.UNKNOWN_OBJECT: _("What this is about is not here any more."),
    Refusal.ALREADY_THERE: _("This has already been received."),
    Refusal.ALREADY_DECIDED: _("This has already been decided."),
    Refusal.EMPTY: _("Please write something here."),
    Refusal.TOO_LONG: _("This is too long."),
    Refusal.OWN_ARGUMENT: _("You cannot weigh your own argument."),
    Refusal.BLOCKED: _("This sender is blocked here."),
    Refusal.FROZEN: _("People have voted on this text, so it cannot change any more."),
    Refusal.OWN_PROPOSAL: _("This is your own proposal."),
    Refusal.BAD_TAG: _("At most five tags, of at most 40 characters each."),
    Refusal.BAD_GROUP: _("Give the name of the group and how many people it had."),
    Refusal.BAD_SOURCE: _("At most ten sources, each a web address that begins with https://."),
    Refusal.BAD_DATES: _("It must end after it begins, within 30 days, and between 2000 and 2100."),
    Refusal.NO_SUCH_TIME: _("The clocks go forward then, and skip this time. Choose another."),
    Refusal.BAD_LINK: _("Write a web address that begins with https://."),
    Refusal.ELSEWHERE: _("This is done on your own server, or at the home of the consultation."),
    Refusal.UNKNOWN_CLAUSE: _("This part of the text is not here any more."),
    Refusal.LAST_OPERATOR: _("An instance keeps at least one operator."),
    Refusal.BAD_TARGET: _("This is neither the name of another server nor the id of an account."),
    Refusal.OUTDATED: _("Somebody changed this while you were writing. Look at what is new first."),
    Refusal.HIDDEN: _("A moderator has hidden this proposal. Nothing is added to it meanwhile."),
    Refusal.TOO_MANY: _("You have too many of these. Delete some first."),
}


def reason_of(value: str | None) -> str:
    """Return what a stored refusal says; another server's own words are not repeated."""
    known = {refusal.value: text for refusal, text in REASONS.items()}
    return known.get(value or "", _("It was turned down."))
