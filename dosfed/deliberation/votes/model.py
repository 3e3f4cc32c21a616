"""Polls, ballots and tallies, as the rules see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dosfed.deliberation.consultations.model import Eligible
from dosfed.deliberation.model import ActorId, PollId
from dosfed.deliberation.proposals.model import Hiding
from dosfed.deliberation.votes.methods.model import Cells, Method, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A question put to the vote, as the rules see it; `is_closed` once its final tally stands."""

    id: PollId
    method: Method
    options: tuple[str, ...]
    opens: datetime
    closes: datetime
    eligible: Eligible
    hides_counts: bool
    counts_from: int
    is_closed: bool
    hidings: tuple[Hiding, ...]  # of its proposal
    is_withdrawn: bool = False  # with its consultation: it has no result

    @property
    def cells(self) -> int:
        """How many cells a count of its ballots has."""
        return self.method.cells(len(self.options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A count of a poll: its method's cells, voters, voters per origin.

    `origins` is none where it would tell too much of a few.
    """

    counts: Cells
    voters: int
    origins: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CastBallot:
    """A voter asks that a choice be counted.

    With `adds`, it joins that of the ballot that stands, where a voter may choose several options.
    `published` is the sender's word; it orders two ballots that both carry it.
    """

    poll: PollId
    voter: ActorId
    said: Said
    adds: bool
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawBallot:
    """A voter takes back the ballot that stands."""

    poll: PollId
    voter: ActorId
