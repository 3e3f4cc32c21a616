"""Meetings: a Note of the organiser, with its dates beside the words."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from html import escape
from typing import Any

from dosfed import texts
from dosfed.activitypub import writing
from dosfed.activitypub.reading import Malformed, many, one, optional_text, when
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.consultations.kept import ConsultationRecord
from dosfed.deliberation.meetings.kept import Meeting
from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.meetings.rules import check_meeting
from dosfed.deliberation.model import ActorId, ConsultationId, Refused
from dosfed.instance import PUBLIC
from dosfed.wire import terms
from dosfed.wire.licences import write_licence
from dosfed.wire.sources import plain, write_source
from dosfed.wire.words import markdown_of

Document = dict[str, Any]

# A post is written once, in the language of its consultation; English for other languages.
CANCELLED: Mapping[str, str] = {"fr": "Annulé", "es": "Cancelada", "en": "Cancelled"}


def write_meeting(meeting: Meeting, record: ConsultationRecord, zone: tzinfo | None) -> Document:
    """Write a meeting: a Note of the organiser, which every server shows, with its dates beside.

    An Event would be dropped by most.
    """
    body = content(meeting, record.language, zone)
    object_: Document = {
        "id": meeting.id,
        "type": "Note",
        "attributedTo": record.organiser,
        "to": [PUBLIC],
        "cc": [
            f"{record.organiser}/followers",
            meeting.consultation,
            f"{meeting.consultation}/followers",
        ],
        "audience": meeting.consultation,
        "content": body,
        "contentMap": {record.language: body},
        **write_source(meeting.summary, above=meeting.title, below=_below(meeting, zone)),
        "url": meeting.id,
        "published": writing.rfc3339(meeting.announced_at),
        "startTime": writing.rfc3339(meeting.starts),
        "endTime": writing.rfc3339(meeting.ends),
        "sensitive": False,
        "attachment": [],
        "tag": [],
        terms.KIND: "meeting",
        terms.TITLE: meeting.title,
        terms.CONSULTATION: meeting.consultation,
    }
    object_ |= write_licence(record.licence)
    if meeting.place:
        object_["location"] = {"type": "Place", "name": meeting.place}
    if meeting.url:
        object_[terms.SOURCES] = [meeting.url]
    if meeting.cancelled_at is not None:
        object_[terms.CANCELLED] = writing.rfc3339(meeting.cancelled_at)
    if meeting.changed_at != meeting.announced_at:
        object_["updated"] = writing.rfc3339(meeting.changed_at)
    return object_


def content(meeting: Meeting, language: str, zone: tzinfo | None) -> str:
    """Return a meeting's HTML as it is sent: title, when and where, what for, where to read on."""
    title = f"<strong>{escape(meeting.title)}</strong>"
    if meeting.cancelled_at is not None:
        word = CANCELLED.get(language.partition("-")[0], CANCELLED["en"])
        title = f"{word}: <del>{title}</del>"
    parts = [f"<p>{title}</p>", f"<p>{escape(_when(meeting, zone))}"]
    if meeting.place:
        parts.append(f"<br>{escape(meeting.place)}")
    if meeting.url:
        parts.append(f'<br><a href="{escape(meeting.url)}">{escape(meeting.url)}</a>')
    parts.append("</p>")
    if meeting.summary.strip():
        parts.append(texts.render_markdown(meeting.summary))
    page = f"{meeting.consultation}/meetings"
    parts.append(f'<p><a href="{escape(page)}">{escape(page)}</a></p>')
    return "".join(parts)


def _below(meeting: Meeting, zone: tzinfo | None) -> list[str]:
    """Return when and where, in Markdown, for forums, which do not show `content`."""
    place = plain(meeting.place) if meeting.place else ""
    link = f"<{meeting.url}>" if meeting.url else ""
    return [_when(meeting, zone), place, link, f"<{meeting.consultation}/meetings>"]


def _when(meeting: Meeting, zone: tzinfo | None) -> str:
    """Write the dates so that readers of any language understand: 2026-06-01 18:00 (UTC+02:00)."""
    starts, ends = meeting.starts.astimezone(zone), meeting.ends.astimezone(zone)
    is_one_day = starts.date() == ends.date()
    until = ends.strftime("%H:%M") if is_one_day else ends.strftime("%Y-%m-%d %H:%M")
    offset = starts.strftime("%z")
    named = "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}"
    return f"{starts:%Y-%m-%d %H:%M} \N{EN DASH} {until} ({named})"


def read_meeting(post: Post, consultation: str, *, by: str) -> PlanMeeting:
    """Return the meeting that a Note announces, or raise `Malformed`."""
    document = post.document
    location = one(document, "location")
    starts, ends = when(document, "startTime"), when(document, "endTime")
    if starts is None or ends is None:
        raise Malformed("startTime, endTime: expected dates")
    addresses = [link for link in many(document, terms.SOURCES) if isinstance(link, str)]
    command = PlanMeeting(
        id=post.id,
        consultation=ConsultationId(consultation),
        by=ActorId(by),
        title=_line(document, terms.TITLE),
        place=_line(location, "name") if isinstance(location, dict) else "",
        url=next(iter(addresses), None),
        summary=markdown_of(document) or "",
        starts=starts,
        ends=ends,
    )
    try:
        check_meeting(command)
    except Refused as refused:
        raise Malformed(f"meeting: {refused.refusal.value}") from refused
    return command


def read_cancelled(post: Post) -> datetime | None:
    """Return when a meeting was called off, if it was."""
    return when(post.document, terms.CANCELLED)


def _line(document: Mapping[str, Any], name: str) -> str:
    said = optional_text(document, name) or ""
    return texts.one_line(said, len(said))
