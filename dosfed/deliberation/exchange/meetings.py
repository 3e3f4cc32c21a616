"""What an import file says of meetings."""

from dosfed.deliberation.debate.rules import SOURCE_LENGTH, is_source
from dosfed.deliberation.exchange import json_fields as read
from dosfed.deliberation.exchange.given import GivenMeeting
from dosfed.deliberation.exchange.json_fields import Fields
from dosfed.deliberation.meetings.rules import takes_place
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH

MEETING_KEYS = frozenset({"title", "place", "url", "summary", "starts", "ends", "cancelled"})
MEETINGS = 1_000


def read_meetings(fields: Fields) -> tuple[GivenMeeting, ...]:
    """Read the meetings of a consultation (rule 8.7)."""
    return read.read_list(fields, "meetings", _meeting, most=MEETINGS)


def _meeting(value: object, path: str) -> GivenMeeting:
    fields = read.read_fields(value, path, known=MEETING_KEYS)
    meeting = GivenMeeting(
        title=read.line(fields, "title", most=TITLE_LENGTH),
        place=read.line(fields, "place", most=TITLE_LENGTH, default=""),
        url=read.line(fields, "url", most=SOURCE_LENGTH, default="") or None,
        summary=read.text(fields, "summary", most=TEXT_LENGTH),
        starts=read.moment(fields, "starts"),
        ends=read.moment(fields, "ends"),
        is_cancelled=read.flag(fields, "cancelled", default=False),
    )
    if not meeting.place and not meeting.url:
        raise fields.bad("place", "is missing, and so is url")
    if meeting.url and not is_source(meeting.url):
        raise fields.bad("url", "expected an address that begins with https://")
    if not takes_place(meeting.starts, meeting.ends):
        raise fields.bad("ends", "expected after starts, within 30 days")
    return meeting
