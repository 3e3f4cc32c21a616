"""What is asked of moderators, and by them."""

import enum
from dataclasses import dataclass

from dosfed.deliberation.model import ActorId


class HideReason(enum.StrEnum):
    """Why a moderator hides something; the public record counts these."""

    INSULT = "insult"
    HATE = "hate"
    SPAM = "spam"
    OFF_TOPIC = "off-topic"
    PERSONAL_DATA = "personal-data"
    ILLEGAL = "illegal"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Somebody asks the moderators to look at these objects.

    With `is_passed_on`, the servers of their authors hear of it as well, not by whom.
    """

    reporter: ActorId
    objects: tuple[str, ...]
    text: str
    is_passed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReport:
    """A moderator upholds a report, which hides what it names, or dismisses it.

    `note` is read in the place of what is hidden; `code` is counted in the public record, and
    none where the moderator has chosen none.
    """

    report: int
    by: ActorId
    is_upheld: bool
    note: str
    code: HideReason | None = HideReason.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Hide:
    """A moderator hides an argument or a proposal, with a reason, or shows it again.

    On a mirror, the consultation itself does so in the name of its home.
    """

    id: str
    by: ActorId
    is_hidden: bool
    reason: str
    code: HideReason | None = HideReason.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """An author says why what they wrote should not be hidden, or refused."""

    id: str
    by: ActorId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideContest:
    """Somebody of the team upholds a decision that was contested, or lifts it."""

    decision: int
    by: ActorId
    is_lifted: bool
    reason: str


ContestCommand = Contest | DecideContest
ModerationCommand = Report | AnswerReport | Hide
