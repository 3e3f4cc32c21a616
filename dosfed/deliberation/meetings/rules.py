"""The rules of meetings (rule 8.7)."""

from datetime import UTC, datetime, timedelta, tzinfo

from dosfed.deliberation.debate.rules import is_source
from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH, check_length

LONGEST = timedelta(days=30)
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def check_meeting(meeting: PlanMeeting) -> None:
    """Raise `Refused` unless a meeting may be announced (rule 8.7)."""
    if not meeting.title.strip() or not (meeting.place.strip() or meeting.url):
        raise Refused(Refusal.EMPTY)
    check_length(meeting.title, TITLE_LENGTH)
    check_length(meeting.place, TITLE_LENGTH)
    check_length(meeting.summary, TEXT_LENGTH)
    if meeting.url and not is_source(meeting.url):
        raise Refused(Refusal.BAD_LINK)
    if not takes_place(meeting.starts, meeting.ends):
        raise Refused(Refusal.BAD_DATES)


def read_moment(text: str, zone: tzinfo | None) -> datetime:
    """Read what a browser's calendar writes, in the instance's own zone; or raise `Refused`.

    An hour that the clocks skip is no time at all; one that they go through twice is the first.
    """
    try:
        written = datetime.fromisoformat(text.strip()).replace(tzinfo=None, fold=0)
        moment = written.replace(tzinfo=zone).astimezone(UTC)
        shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    except (ValueError, OverflowError) as error:
        raise Refused(Refusal.BAD_DATES) from error
    if shown != written:
        raise Refused(Refusal.NO_SUCH_TIME)
    return moment


def takes_place(starts: datetime, ends: datetime) -> bool:
    """Whether something can begin and end like this."""
    return OLDEST <= starts < ends < LATEST and ends - starts <= LONGEST
