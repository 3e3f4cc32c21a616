"""What is asked of meetings."""

from dataclasses import dataclass
from datetime import datetime

from dosfed.deliberation.model import ActorId, ConsultationId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeeting:
    """An organiser announces a meeting of a consultation, or changes the one with this id.

    `url` is where it is on the line, or where more is said of it; `summary` is Markdown.
    """

    id: str
    consultation: ConsultationId
    by: ActorId
    title: str
    place: str
    url: str | None
    summary: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMeeting:
    """An organiser takes a meeting off the calendar."""

    id: str
    by: ActorId


MeetingCommand = PlanMeeting | CancelMeeting
