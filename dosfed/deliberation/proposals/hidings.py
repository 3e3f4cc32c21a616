"""When a proposal was hidden: an act is judged later than it was received, and by its own time.

Only since when a proposal is hidden would not be enough. What was received meanwhile may be
judged after it is shown again, and would count, though nobody could read what it was about.
"""

from collections.abc import Sequence
from datetime import datetime

from dosfed.deliberation.proposals.model import Hiding
from dosfed.storage.schema import EPOCH, MICROSECOND

Kept = list[list[int | None]]  # in microseconds since 1970, as moments are kept everywhere


def read_hidings(kept: Kept | None) -> tuple[Hiding, ...]:
    """Read what is kept of a proposal."""
    return tuple(
        Hiding(since=_moment(since), until=None if until is None else _moment(until))
        for since, until in kept or ()
        if since is not None
    )


def with_hiding(hidings: Sequence[Hiding], *, is_hidden: bool, at: datetime) -> Kept:
    """Return what is to be kept once a proposal is hidden, or shown again.

    Hidden anew while it is hidden, for another reason, it stays hidden since the first time.
    """
    was_hidden = bool(hidings) and hidings[-1].until is None
    kept: Kept = [[_number(one.since), _number(one.until)] for one in hidings]
    if is_hidden and not was_hidden:
        kept.append([_number(at), None])
    if was_hidden and not is_hidden:
        kept[-1][1] = _number(at)
    return kept


def _moment(number: int) -> datetime:
    return EPOCH + number * MICROSECOND


def _number(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // MICROSECOND
