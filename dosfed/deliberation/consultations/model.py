"""A consultation, as the rules see it."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dosfed.deliberation.model import ConsultationId

Eligible = Literal["anyone", "here"] | tuple[str, ...]


class PhaseKind(enum.StrEnum):
    """What a phase is for."""

    INFORMATION = "information"
    PROPOSALS = "proposals"
    DISCUSSION = "discussion"
    VOTING = "voting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A span of a consultation that says what may be submitted."""

    kind: PhaseKind
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """A process about a matter, as the rules see it."""

    id: ConsultationId
    opens: datetime
    closes: datetime
    phases: tuple[Phase, ...]
    eligible: Eligible
    needs_facilitator: bool
