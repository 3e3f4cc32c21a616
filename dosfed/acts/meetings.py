"""Meetings: announced, changed and cancelled by organisers, as posts of the consultation's own."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import load_zone
from dosfed.acts import publishing
from dosfed.acts.facts import MeetingPlanned, NothingNew
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations.kept import ConsultationRecord, load_consultations
from dosfed.deliberation.consultations.rules import check_standing
from dosfed.deliberation.meetings import kept as meetings
from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.meetings.model import CancelMeeting, PlanMeeting
from dosfed.deliberation.meetings.rules import check_meeting
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.rules import check_organiser
from dosfed.storage.statements import take_turns
from dosfed.wire.meetings import write_meeting

Document = dict[str, Any]


async def plan(connection: AsyncConnection, command: PlanMeeting, *, at: datetime) -> Done:
    """Announce a meeting of a consultation at home here, or what changed of it (rule 8.7)."""
    check_organiser(await role_in(connection, command.by, command.consultation))
    await take_turns(connection, f"meeting {command.id}")
    record = await _consultation(connection, command.consultation)
    earlier = await meetings.load_meeting(connection, command.id)
    is_elsewhere = earlier is not None and earlier.consultation != command.consultation
    check_there(None if is_elsewhere else command)
    check_standing(record.withdrawn_at)
    check_meeting(command)
    await meetings.keep_meeting(connection, command, at=at)
    meeting = await meetings.load_meeting(connection, command.id)
    if meeting is None or _is_same(earlier, meeting):
        return Done(facts=(NothingNew(id=command.id, at=at),))
    return _planned(meeting, record, by=command.by, is_new=earlier is None, at=at)


async def cancel(connection: AsyncConnection, command: CancelMeeting, *, at: datetime) -> Done:
    """Say that a meeting does not take place."""
    await take_turns(connection, f"meeting {command.id}")
    found = await meetings.load_meeting(connection, command.id)
    role = await role_in(connection, command.by, "" if found is None else found.consultation)
    check_organiser(role)
    meeting = check_there(found)
    record = await _consultation(connection, meeting.consultation)
    if meeting.cancelled_at is not None:
        return Done(facts=(NothingNew(id=command.id, at=at),))
    await meetings.cancel_meeting(connection, command.id, at=at)
    changed = await meetings.load_meeting(connection, command.id) or meeting
    return _planned(changed, record, by=command.by, is_new=False, at=at)


def _planned(
    meeting: Meeting, record: ConsultationRecord, *, by: str, is_new: bool, at: datetime
) -> Done:
    fact = MeetingPlanned(
        id=meeting.id, at=at, meeting=meeting, record=record, by=by, is_new=is_new
    )
    return Done(facts=(fact,))


async def _consultation(connection: AsyncConnection, consultation: str) -> ConsultationRecord:
    """Return a consultation whose home this instance is."""
    record = (await load_consultations(connection, [consultation])).get(consultation)
    is_ours = record is not None and record.home is None
    return check_there(record if is_ours else None, Refusal.UNKNOWN_CONSULTATION)


def _is_same(earlier: Meeting | None, meeting: Meeting) -> bool:
    """Whether a form was sent twice."""
    if earlier is None or earlier.cancelled_at != meeting.cancelled_at:
        return False
    names = ("title", "place", "url", "summary", "starts", "ends")
    return all(getattr(earlier, name) == getattr(meeting, name) for name in names)


async def tell(connection: AsyncConnection, fact: MeetingPlanned, house: House) -> None:
    """Send a new meeting as proposals are sent, or what changed of one to whoever may have it."""
    meeting, record = fact.meeting, fact.record
    said = write_meeting(meeting, record, await load_zone(connection))
    readers = publishing.of_official(meeting.consultation, record.organiser)
    if fact.is_new:
        at = meeting.announced_at
        await publishing.publish_official(connection, house, said, readers, at=at)
        return
    await publishing.update(connection, house, said, readers, at=meeting.changed_at)


async def load_document(connection: AsyncConnection, meeting: str) -> Document | None:
    """Return the document of a meeting of a consultation here."""
    found = await meetings.load_meeting(connection, meeting)
    if found is None:
        return None
    record = (await load_consultations(connection, [found.consultation])).get(found.consultation)
    if record is None or record.home is not None:
        return None
    return write_meeting(found, record, await load_zone(connection))
