"""When a consultation puts a poll before its followers again, as a pure function (rule 8.8)."""

from datetime import datetime, timedelta

from dosfed.deliberation.votes.model import Poll

SOON = timedelta(days=2)  # before the end


def next_boost(poll: Poll, *, after: datetime) -> datetime | None:
    """Return when a poll is boosted next that was boosted `after` for the last time, if ever.

    When its vote opens, and two days before it ends; one that is open for no longer than that
    has been boosted at its opening, which is late enough.
    """
    moments = [poll.opens]
    if poll.closes - SOON > poll.opens:
        moments.append(poll.closes - SOON)
    return min((moment for moment in moments if moment > after), default=None)


def is_open(poll: Poll, now: datetime) -> bool:
    """Whether somebody can still vote."""
    return not poll.is_closed and poll.opens <= now < poll.closes
