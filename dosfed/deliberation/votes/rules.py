"""The rules of voting: pure functions, numbered as in docs/rules.md."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dosfed.deliberation.consultations.model import Eligible
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.proposals.model import Hiding
from dosfed.deliberation.votes.methods.model import Choice
from dosfed.deliberation.votes.model import CastBallot, Poll

# A ballot stored just before the end may still be on its way to the judge.
GRACE = timedelta(seconds=2)
# So many ballots one person may hold, without reading the others off the tally (rule 2.3).
PUPPETS = 8


def check_ballot(
    poll: Poll, ballot: CastBallot, *, voter_host: str, here: str, at: datetime
) -> Choice:
    """Return the choice that a ballot makes, or raise `Refused`.

    Rules 1.1 to 1.4, and 3.23.
    """
    if poll.is_closed or not poll.opens <= at < poll.closes:
        raise Refused(Refusal.NOT_OPEN)
    check_shown(poll.hidings, at=at)
    if not is_eligible(poll.eligible, host=voter_host, here=here):
        raise Refused(Refusal.NOT_ELIGIBLE)
    return poll.method.read(ballot.said, poll.options)


def check_withdrawal(poll: Poll, *, at: datetime) -> None:
    """Raise `Refused` unless a ballot of a poll may be taken back (rule 1.14, and 3.23)."""
    if poll.is_closed or not poll.opens <= at < poll.closes:
        raise Refused(Refusal.NOT_OPEN)
    check_shown(poll.hidings, at=at)


def check_shown(hidings: Sequence[Hiding], *, at: datetime) -> None:
    """Raise `Refused` where a moderator had hidden the proposal just then (rule 3.23)."""
    if any(hiding.holds(at) for hiding in hidings):
        raise Refused(Refusal.HIDDEN)


def is_eligible(eligible: Eligible, *, host: str, here: str) -> bool:
    """Whether voters of a host may vote (rule 1.2)."""
    if eligible == "anyone":
        return True
    if eligible == "here":
        return host == here
    return host in eligible


def dated(published: datetime | None, *, at: datetime) -> datetime | None:
    """Return the date of a ballot, none if it lies ahead of when it came (rule 1.5).

    Nothing that is dated rightly could replace such a one.
    """
    return published if published is None or published <= at else None


def replaces(published: datetime | None, standing: datetime | None) -> bool:
    """Whether a ballot that comes later replaces the one that stands (rule 1.5)."""
    return published is None or standing is None or published >= standing


def may_show_counts(poll: Poll, *, has_moved: bool) -> bool:
    """Whether anybody may be shown counts of a poll (rules 2.1 and 2.2, 1.12 and 10.6)."""
    if not poll.method.is_known or poll.is_withdrawn:
        return False
    if poll.hides_counts and not poll.is_closed:
        return False
    return has_moved or poll.counts_from <= 1


def lot_size(counts_from: int) -> int | None:
    """Return how many voters fill a lot; none where everything shows at once (rule 2.3)."""
    return None if counts_from <= 1 else counts_from + PUPPETS


def may_move_tally(
    *, counts_from: int, moved_at: datetime | None, interval: timedelta, now: datetime
) -> bool:
    """Whether the published tally may move to the end of a lot that is ready (rule 2.3)."""
    return counts_from <= 1 or moved_at is None or now >= moved_at + interval


def may_announce_tally(
    *,
    hides_counts: bool,
    is_closed: bool,
    announced_at: datetime | None,
    interval: timedelta,
    now: datetime,
) -> bool:
    """Whether a tally that moved may be sent to those who know the poll (rules 2.1 and 2.5)."""
    if is_closed:
        return True
    return not hides_counts and (announced_at is None or now >= announced_at + interval)


def may_close(poll: Poll, *, has_unjudged: bool, now: datetime) -> bool:
    """Whether the final tally of a poll may be counted (rule 1.6)."""
    return not poll.is_closed and now >= poll.closes + GRACE and not has_unjudged
