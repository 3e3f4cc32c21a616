"""The lots in which a poll's published tally follows its ballots.

Whoever sees the counts before and after a few ballots can read these ballots off the difference,
the sooner if some of them are their own. So a published tally is always the count as it stood at
the end of a lot, and never any other. A lot is full once enough voters hold a ballot that differs
from what was counted of them when the lot began: `counts_from` voters, and as many more as one
person is presumed to hold in puppets. The count at the end of a lot is shown once the next lot is
full too. So the end of the vote, when everything is counted, always adds a whole lot at least to
what was shown before.

Only ballots that stand fill a lot, each voter's once:

- a voter who votes several times in one lot is in it once, and not at all if they end where they
  began; the same choice once more changes nothing;
- a change is counted in the lot in which it is made. Until that lot shows, what stood before does,
  even where that belongs to a lot that is not shown yet either;
- a ballot that is taken back, or goes with its voter, leaves the count in the lot in which that
  happens. It does not help to fill that lot: else somebody could fill lots alone, by voting and
  leaving under one name after the other.

What is kept for this is in two places. The poll has three counts: as it stands now, at the end of
the last full lot, and at the end of the one before, if that is not published yet. They name
nobody. Each standing ballot has its lot, and what was counted of its voter before: both go with
the ballot.
"""

from dataclasses import dataclass

from dosfed.deliberation.votes.methods.model import Choice, Method
from dosfed.deliberation.votes.tally import ORIGINS, Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a standing ballot belongs: its lot, and its voter's choice before that lot."""

    lot: int
    before: Choice


@dataclass(slots=True, kw_only=True)
class Lots:
    """The lots of one poll, which takes its ballots one after another.

    `size` is none where everything is published at once; `lot` is the number of the one that
    fills, and `voters` how many fill it. `now` is shown to nobody before the end; `held` is the
    count at the end of the last full lot, `ready` the one that may be published next.
    """

    method: Method
    size: int | None
    lot: int
    voters: int
    now: list[int]
    held: Count | None
    ready: Count | None

    def take(self, earlier: Choice, place: Place | None, later: Choice, *, origin: str) -> Place:
        """Let a voter's choice follow another, and return where the ballot belongs.

        `place` is that of the ballot that stood until now, none if there was none. A voter
        whose ballot goes has no choice later.
        """
        # Within one lot only the way from its beginning to now matters: what the voter had when the
        # lot began is kept with the ballot, however often they change it meanwhile.
        is_again = place is not None and place.lot == self.lot
        before = place.before if place is not None and is_again else earlier
        self._count(earlier, -1, origin)
        self._count(later, 1, origin)
        self.voters += _fills(later, before) - (is_again and _fills(earlier, before))
        taken = Place(lot=self.lot, before=before)
        if self.size is None:
            self.ready = tuple(self.now)
        elif self.voters >= self.size:
            self._begin_next()
        return taken

    def _count(self, choice: Choice, number: int, origin: str) -> None:
        for cell in self.method.marks(choice):
            self.now[cell] += number
        if choice:
            self.now[ORIGINS.index(origin) - len(ORIGINS)] += number

    def _begin_next(self) -> None:
        # One lot is always held back: the newest full one is shown once the next is full too. Where
        # `ready` was not published in time it is passed over, which joins two lots into one.
        if self.held is not None:
            self.ready = self.held
        self.held = tuple(self.now)
        self.lot += 1
        self.voters = 0


def _fills(choice: Choice, before: Choice) -> bool:
    return bool(choice) and choice != before
