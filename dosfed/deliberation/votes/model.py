"""Polls, ballots and tallies, as the rules see them."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dosfed.deliberation.consultations.model import Eligible
from dosfed.deliberation.model import ActorId, PollId
from dosfed.deliberation.proposals.model import Hiding


class Method(enum.StrEnum):
    """How a poll is answered."""

    AGREE = "agree"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SUPPORT = "support"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of a poll: ballots per option in order, voters, voters per origin.

    `origins` is none where it would tell too much of a few.
    """

    counts: tuple[int, ...]
    voters: int
    origins: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CastBallot:
    """A voter asks that these choices, given by name, be counted.

    With `adds`, the choices join those of the ballot that stands (multiple choice only).
    `published` is the sender's word; it orders two ballots that both carry it.
    """

    poll: PollId
    voter: ActorId
    choices: tuple[str, ...]
    adds: bool
    published: datetime | None
