"""Arguments on the wire: a Note with a stance, in reply to a proposal or to another argument."""

from html import escape
from typing import Any

from dosfed.activitypub import collections, writing
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.posts.visible import says_why
from dosfed.instance import PUBLIC
from dosfed.wire import groups, terms

Document = dict[str, Any]


def write_argument(record: ArgumentRecord) -> Document:
    """Write an argument of a citizen of this instance: a Note with a stance."""
    mentions = _mentions(record)
    html = content(record)
    object_: Document = {
        "id": record.id,
        "type": "Note",
        "attributedTo": record.author,
        "inReplyTo": record.in_reply_to,
        "to": [PUBLIC],
        "cc": [
            f"{record.author}/followers",
            record.consultation,
            *(str(mention["href"]) for mention in mentions),
        ],
        "audience": record.consultation,
        "context": f"{record.consultation}/context",
        "content": html,
        "mediaType": "text/html",
        "url": record.url,
        "published": writing.rfc3339(record.published_at),
        "sensitive": False,
        "attachment": [],
        "tag": mentions,
        "replies": collections.enclosed(f"{record.id}/replies"),
        "likes": f"{record.id}/likes",
        "shares": f"{record.id}/shares",
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        terms.KIND: "argument",
        terms.STANCE: record.stance,
        terms.ABOUT: record.proposal,
        terms.CONSULTATION: record.consultation,
    }
    if record.language:
        object_["contentMap"] = {record.language: html}
    updated = writing.latest(record.edited_at, record.moderated_at)
    if updated is not None:
        object_["updated"] = writing.rfc3339(updated)
    if says_why(record):
        return object_ | {terms.REASON: record.hidden_code}
    return object_ | _details(record)


def _mentions(record: ArgumentRecord) -> list[Document]:
    mentions = [
        {
            "type": "Mention",
            "href": record.organiser,
            "name": f"@{record.organiser.rpartition('/')[2]}@{record.organiser_host}",
        }
    ]
    # Of a hidden argument nobody is told whose it is, not even beside what answers it (rule 3.21).
    is_named = record.is_parent_readable and record.parent_author != record.author
    if is_named and record.parent_author and record.parent_name:
        mentions.append(
            {"type": "Mention", "href": record.parent_author, "name": record.parent_name}
        )
    return mentions


def _details(record: ArgumentRecord) -> Document:
    """Return what our own instances read of an argument beside its words."""
    details: Document = groups.write_group(record.group)
    if record.text is not None:
        details["source"] = {"content": record.text, "mediaType": "text/markdown"}
    if record.clause:
        details[terms.CLAUSE] = record.clause
    if record.sources:
        details[terms.SOURCES] = list(record.sources)
    return details


def content(record: ArgumentRecord) -> str:
    """Return an argument's HTML as it is sent: its words, what they rest on, for which group.

    Of one that a moderator hid, only why.
    """
    if says_why(record):
        return f"<p>[{escape(record.hidden_reason or '…')}]</p>"
    parts = [record.html]
    if record.sources:
        links = (f'<a href="{escape(source)}">{escape(source)}</a>' for source in record.sources)
        parts.append(f"<p>{'<br>'.join(links)}</p>")
    if record.group is not None:
        parts.append(f"<p>— {escape(groups.words(record.group, record.language))}</p>")
    return "".join(parts)
