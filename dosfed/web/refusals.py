"""What a refusal says to the person whose act was turned down."""

from collections.abc import Mapping
from typing import Self

from dosfed.deliberation.model import Length, Refusal, Refused


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


REASONS: Mapping[Refusal, str] = {
    Refusal.UNKNOWN_POLL: _("There is no such vote."),
    Refusal.NOT_OPEN: _("This vote is not open."),
    Refusal.NOT_ELIGIBLE: _("This vote is not open to accounts from your server."),
    Refusal.UNKNOWN_OPTION: _("This is not one of the choices."),
    Refusal.WRONG_NUMBER: _("Choose one option, or several if the vote allows it."),
    Refusal.BAD_CHOICE: _("Answer every part of this vote using the form."),
    Refusal.VOTE_AT_HOME: _(
        "This site does not support this kind of vote. Vote on the site that hosts the "
        "consultation."
    ),
    Refusal.UNKNOWN_PARENT: _("What you are replying to is no longer here."),
    Refusal.UNKNOWN_CONSULTATION: _("There is no such consultation."),
    Refusal.WRONG_PHASE: _("The consultation does not allow this at the moment."),
    Refusal.NOT_PUBLIC: _("Only public contributions are accepted."),
    Refusal.NOT_THE_AUTHOR: _("Only its author may do this."),
    Refusal.NOT_ALLOWED: _("You are not allowed to do this."),
    Refusal.UNKNOWN_OBJECT: _("What this refers to is no longer here."),
    Refusal.ALREADY_THERE: _("This has already been received."),
    Refusal.ALREADY_DECIDED: _("This has already been decided."),
    Refusal.EMPTY: _("Please fill in this field."),
    Refusal.TOO_LONG: _("This is too long."),
    Refusal.OWN_ARGUMENT: _("You cannot rate your own argument."),
    Refusal.BLOCKED: _("This sender is blocked here."),
    Refusal.FROZEN: _("People have already voted on this text, so it can no longer change."),
    Refusal.OWN_PROPOSAL: _("This is your own proposal."),
    Refusal.BAD_TAG: _("Five tags at most, each of 40 characters at most."),
    Refusal.BAD_GROUP: _("Give the name of the group and the number of people in it."),
    Refusal.BAD_SOURCE: _("Ten sources at most, each a web address that begins with https://."),
    Refusal.BAD_DATES: _(
        "It must end after it begins, at most 30 days later, and between 2000 and 2100."
    ),
    Refusal.NO_SUCH_TIME: _("The clocks go forward that day and skip this time. Choose another."),
    Refusal.BAD_LINK: _("Enter a web address that begins with https://."),
    Refusal.ELSEWHERE: _(
        "You can only do this on your own server, or on the site that hosts the consultation."
    ),
    Refusal.UNKNOWN_CLAUSE: _("This part of the text no longer exists."),
    Refusal.LAST_OPERATOR: _("A site must keep at least one operator."),
    Refusal.BAD_TARGET: _(
        "This is neither the name of another server nor the address of an account."
    ),
    Refusal.OUTDATED: _("Somebody changed this while you were writing. See what is new first."),
    Refusal.HIDDEN: _("A moderator has hidden this proposal. Nothing can be added to it for now."),
    Refusal.NEEDS_FACTOR: _("Your role requires two-step sign-in. Turn it on first."),
    Refusal.WITHDRAWN: _("This consultation has been withdrawn: nothing more can be added to it."),
    Refusal.EARLIER: _("A date that people count on can only move later."),
    Refusal.DATES_CROSS: _(
        "These dates cross: a phase or a vote lies within its consultation, and ends after it "
        "begins."
    ),
    Refusal.OVER: _("This date has passed and can no longer change."),
    Refusal.BEGUN: _("This consultation has already begun."),
    Refusal.VOTES_OPEN: _(
        "People have voted in a vote that is still open: it cannot end before the date that was "
        "announced."
    ),
    Refusal.OWN_DECISION: _(
        "You made this decision yourself: somebody else must look at it again."
    ),
    Refusal.TOO_MANY: _("You have reached the limit. Delete some first."),
}

TOO_LONG = _("%(most)s characters at most; yours has %(has)s.")


class Measured(str):
    """What a catalogue says, with numbers in it, which each language writes in its own way."""

    __slots__ = ("numbers",)
    numbers: Mapping[str, int]

    def __new__(cls, message: str, **numbers: int) -> Self:
        """Return a message that can be translated before its numbers are put in."""
        measured = super().__new__(cls, message)
        measured.numbers = numbers
        return measured


def said(refused: Refused, typed: str = "", most: int = 0) -> str:
    """Return what a refusal says of what was just typed; what is too long is measured.

    An act that was judged among others comes back without its measure: it is taken again then.
    """
    length = refused.length
    if length is None and refused.refusal is Refusal.TOO_LONG and len(typed) > most > 0:
        length = Length(has=len(typed), most=most)
    return REASONS[refused.refusal] if length is None else too_long(length)


def too_long(length: Length) -> str:
    """Return how long something may be, and how long it is."""
    return Measured(TOO_LONG, most=length.most, has=length.has)


def reason_of(value: str | None) -> str:
    """Return what a stored refusal says; another server's own words are not repeated."""
    known = {refusal.value: text for refusal, text in REASONS.items()}
    return known.get(value or "", _("It was refused."))
