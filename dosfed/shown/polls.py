"""Polls as they are shown: their state, with the published tally where it may be seen."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from dosfed.deliberation.consultations.model import Eligible
from dosfed.deliberation.proposals.kept import read_tally
from dosfed.deliberation.votes.methods.model import Method, Result
from dosfed.deliberation.votes.model import Poll, Tally
from dosfed.deliberation.votes.polls import POLL_COLUMNS, read_poll
from dosfed.deliberation.votes.rules import is_eligible, lot_size, may_show_counts
from dosfed.deliberation.votes.tables import Polls, Tallies

# What a statement must select, beside columns of its own, for `read_shown_poll`.
SHOWN_COLUMNS = (
    Polls.id.label("poll"),
    *POLL_COLUMNS,
    Polls.imported_from,
    Tallies.counts,
    Tallies.voters,
    Tallies.origins,
    Tallies.ballots_sha256,
)


class PollState(enum.StrEnum):
    """Where a poll is in its life; counting lies between its end and its final tally."""

    NOT_YET = "not-yet"
    OPEN = "open"
    COUNTING = "counting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOption:
    """An option; `ballots` is none where counts are not shown."""

    name: str
    ballots: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPoll:
    """Everything a page, a feed or a file may say of a poll."""

    id: str
    method: Method
    options: tuple[ShownOption, ...]
    result: Result | None  # none where counts are not shown
    opens: datetime
    closes: datetime
    state: PollState
    eligible: Eligible
    hides_counts: bool
    counts_from: int
    voters: int | None
    origins: Mapping[str, int] | None
    imported_from: str | None  # where it was counted, if not here
    is_withdrawn: bool
    sha256: str | None  # of its ballot file, once it is closed

    @property
    def ballots_url(self) -> str:
        """Where the ballot file is: at the poll's home."""
        return f"{self.id}/ballots.jsonl"

    @property
    def is_shown(self) -> bool:
        """Whether counts are shown."""
        return self.voters is not None

    @property
    def way(self) -> str:
        """The name of the templates in which its method speaks."""
        return self.method.word if self.method.is_known else "unknown"

    @property
    def lot(self) -> int:
        """How many voters at least the published tally moves by."""
        return lot_size(self.counts_from) or 1

    @property
    def shown_from(self) -> int:
        """How many must have voted before counts are shown: the latest lot is held back."""
        return 2 * self.lot

    @property
    def shows_each_ballot(self) -> bool:
        """Whether every ballot shows in the counts at once."""
        return self.counts_from <= 1 and not self.hides_counts

    @property
    def is_open(self) -> bool:
        """Whether ballots are taken now."""
        return self.state is PollState.OPEN

    @property
    def has_too_few(self) -> bool:
        """Whether it closed with too few ballots to give counts."""
        is_closed = self.state is PollState.CLOSED
        has_result = self.method.is_known and not self.is_withdrawn
        return has_result and is_closed and not self.is_shown

    def share(self, option: ShownOption) -> float:
        """Return which part of the voters chose an option, between 0 and 1."""
        return (option.ballots or 0) / self.voters if self.voters else 0.0

    def takes_from(self, host: str, *, here: str) -> bool:
        """Whether people of a host may vote."""
        return is_eligible(self.eligible, host=host, here=here)


def read_shown_poll(row: Row[*tuple[Any, ...]], *, now: datetime) -> ShownPoll | None:
    """Read the poll of a row that has `SHOWN_COLUMNS`; none for a proposal without a poll."""
    if row.poll is None:
        return None
    poll = read_poll(row.poll, row)
    shown: Tally | None = None
    if may_show_counts(poll, has_moved=row.counts is not None):
        shown = read_tally(poll, row.counts, row.voters, row.origins)
    return _shown_poll(row, poll, shown, now=now)


def _shown_poll(
    row: Row[*tuple[Any, ...]], poll: Poll, tally: Tally | None, *, now: datetime
) -> ShownPoll:
    result = poll.method.result(tally.counts) if tally else None
    shown = result.ballots if result else (None,) * len(poll.options)
    return ShownPoll(
        id=poll.id,
        method=poll.method,
        options=tuple(
            ShownOption(name=name, ballots=ballots)
            for name, ballots in zip(poll.options, shown, strict=True)
        ),
        result=result,
        opens=poll.opens,
        closes=poll.closes,
        state=_state(poll, now=now),
        eligible=poll.eligible,
        hides_counts=poll.hides_counts,
        counts_from=poll.counts_from,
        voters=tally.voters if tally else None,
        origins=tally.origins if tally else None,
        imported_from=row.imported_from,
        is_withdrawn=poll.is_withdrawn,
        sha256=row.ballots_sha256 if tally else None,
    )


def _state(poll: Poll, *, now: datetime) -> PollState:
    if poll.is_closed:
        return PollState.CLOSED
    if now >= poll.closes:
        return PollState.COUNTING
    return PollState.OPEN if now >= poll.opens else PollState.NOT_YET
