"""What all concepts share: ids, roles, refusals; values only, no storage, no protocol."""

import enum
from dataclasses import dataclass
from typing import NewType

ActorId = NewType("ActorId", str)


ConsultationId = NewType("ConsultationId", str)


ProposalId = NewType("ProposalId", str)


PollId = NewType("PollId", str)


ArgumentId = NewType("ArgumentId", str)


class Role(enum.StrEnum):
    """What a person with an account here may do."""

    CITIZEN = "citizen"
    MODERATOR = "moderator"
    FACILITATOR = "facilitator"
    ORGANISER = "organiser"
    OPERATOR = "operator"


class Refusal(enum.StrEnum):
    """Why the rules turned an act down; the value is stored and shown (docs/rules.md)."""

    UNKNOWN_POLL = "unknown-poll"
    NOT_OPEN = "not-open"
    NOT_ELIGIBLE = "not-eligible"
    UNKNOWN_OPTION = "unknown-option"
    WRONG_NUMBER = "wrong-number-of-choices"
    BAD_CHOICE = "bad-choice"
    VOTE_AT_HOME = "vote-at-home"
    UNKNOWN_PARENT = "unknown-parent"
    UNKNOWN_CONSULTATION = "unknown-consultation"
    WRONG_PHASE = "wrong-phase"
    NOT_PUBLIC = "not-public"
    NOT_THE_AUTHOR = "not-the-author"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_OBJECT = "unknown-object"
    ALREADY_THERE = "already-there"
    ALREADY_DECIDED = "already-decided"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    OWN_ARGUMENT = "own-argument"
    BLOCKED = "blocked"
    FROZEN = "frozen"
    OWN_PROPOSAL = "own-proposal"
    BAD_TAG = "bad-tag"
    BAD_GROUP = "bad-group"
    BAD_SOURCE = "bad-source"
    UNKNOWN_CLAUSE = "unknown-clause"
    ELSEWHERE = "elsewhere"
    BAD_DATES = "bad-dates"
    NO_SUCH_TIME = "no-such-time"
    BAD_LINK = "bad-link"
    LAST_OPERATOR = "last-operator"
    BAD_TARGET = "bad-target"
    OUTDATED = "outdated"
    TOO_MANY = "too-many"
    HIDDEN = "hidden"
    NEEDS_FACTOR = "needs-factor"
    OWN_DECISION = "own-decision"
    WITHDRAWN = "withdrawn"
    EARLIER = "earlier"
    DATES_CROSS = "dates-cross"
    OVER = "over"
    BEGUN = "begun"
    VOTES_OPEN = "votes-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How many characters something has, and how many it may have."""

    has: int
    most: int


class Refused(Exception):
    """The rules turned an act down; nothing of it was written."""

    def __init__(self, refusal: Refusal, *, length: Length | None = None) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.length = length  # of what is too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The workshop, or other group, for which somebody enters a contribution."""

    name: str
    size: int  # people


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """A person leaves: everything of theirs goes, except what a closed tally has counted."""

    actor: ActorId
