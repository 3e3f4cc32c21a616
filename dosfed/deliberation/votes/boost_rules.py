"""When a consultation puts a poll before its followers again, as a pure function (rule 8.8)."""

from datetime import datetime, timedelta

from dosfed.deliberation.votes.model import Poll

SOON = timedelta(days=2)  # before the end


def next_boost(poll: Poll, *, after: datetime) -> datetime | None:
    """Return when a poll is boosted next that was boosted `after` for the last time, if ever.

    When its vote opens, and two days before it ends; one that is open for no longer than that
    has been boosted at its opening, which is late enough.
    """
    return next_moment(poll.opens, poll.closes, after=after)


def next_moment(opens: datetime, closes: datetime, *, after: datetime) -> datetime | None:
    """Return the next moment at which a poll with these dates is boosted, if there is one."""
    moments = [opens]
    if closes - SOON > opens:
        moments.append(closes - SOON)
    return min((moment for moment in moments if moment > after), default=None)


def is_open(poll: Poll, now: datetime) -> bool:
    """Whether somebody can still vote."""
    return not poll.is_closed and poll.opens <= now < poll.closes
