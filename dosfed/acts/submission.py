"""What comes before the door: a command, when it counts, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dosfed.acts.facts import Fact
from dosfed.deliberation.consultations.model import ConsultationCommand
from dosfed.deliberation.debate.model import DebateCommand
from dosfed.deliberation.meetings.model import MeetingCommand
from dosfed.deliberation.model import Forget, Refusal
from dosfed.deliberation.moderation.model import ContestCommand, ModerationCommand
from dosfed.deliberation.notes.model import NoteCommand
from dosfed.deliberation.proposals.model import CorrectionCommand, ProposalCommand
from dosfed.deliberation.votes.model import CastBallot, WithdrawBallot
from dosfed.instance import Instance

Command = (
    CastBallot
    | WithdrawBallot
    | DebateCommand
    | ProposalCommand
    | CorrectionCommand
    | ModerationCommand
    | ContestCommand
    | MeetingCommand
    | NoteCommand
    | ConsultationCommand
    | Forget
)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What acts need to know of the instance they happen on."""

    instance: Instance
    tally_interval: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A command with its evidence; `at` is the moment from which it counts.

    `activity` is the activity that carried it, whole, when it came from another server.
    `wants_answer`: the sender's server reads what we made of its ballot. `is_private`: what
    carried it is not for everybody, and is not kept. `is_proven`: whoever sent it has shown what
    their role needs; a form says whether they have.
    """

    command: Command
    at: datetime
    activity: Mapping[str, Any] | None = None
    wants_answer: bool = False
    is_private: bool = False
    is_proven: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The act was admitted and written; these facts, one at least, are what it made true."""

    facts: tuple[Fact, ...]

    @property
    def id(self) -> str:
        """What the act made or changed."""
        return self.facts[0].id


Outcome = Done | Refusal
