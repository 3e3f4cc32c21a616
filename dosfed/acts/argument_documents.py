"""Arguments as they are kept, and as other servers read them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import collections, writing
from dosfed.acts import groups
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Group
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import says_why, state_of_argument
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.instance import PUBLIC, host_of
from dosfed.wire import terms

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentRecord:
    """An argument with what its document says of its surroundings."""

    id: str
    proposal: str
    in_reply_to: str
    author: str
    author_name: str
    stance: str
    text: str | None
    html: str
    language: str | None
    url: str
    published_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    clause: str | None
    sources: Sequence[str] | None
    group_name: str | None
    group_size: int | None
    hidden_at: datetime | None
    hidden_reason: str | None
    hidden_code: str | None
    moderated_at: datetime | None
    consultation: str
    home: str | None
    organiser: str
    organiser_host: str
    parent_author: str | None
    parent_name: str | None

    @property
    def state(self) -> PostState:
        """How far it has come."""
        return state_of_argument(hidden_at=self.hidden_at, deleted_at=self.deleted_at)

    @property
    def group(self) -> Group | None:
        """The group for which it was entered."""
        if not self.group_name:
            return None
        return Group(name=self.group_name, size=self.group_size or 1)


async def load_argument(connection: AsyncConnection, argument: str) -> ArgumentRecord | None:
    """Return an argument, deleted or not."""
    return next(iter(await load_arguments(connection, [argument])), None)


async def load_arguments(
    connection: AsyncConnection, arguments: Collection[str]
) -> list[ArgumentRecord]:
    """Return those of the arguments that are known, deleted or not; no more than a part."""
    parent = Arguments.__table__.alias("parent")
    rows = await connection.execute(
        select(
            *(column for column in Arguments.__table__.c if column.name != "received_at"),
            Proposals.consultation,
            Consultations.home,
            Consultations.organiser,
            parent.c.author.label("parent_author"),
            parent.c.author_name.label("parent_name"),
        )
        .join(Proposals, Proposals.id == Arguments.proposal)
        .join(Consultations, Consultations.id == Proposals.consultation)
        .outerjoin(parent, parent.c.id == Arguments.in_reply_to)
        .where(Arguments.id.in_(arguments))
        .order_by(Arguments.published_at, Arguments.id)
    )
    return [
        ArgumentRecord(**row, organiser_host=host_of(row["organiser"])) for row in rows.mappings()
    ]


def document(record: ArgumentRecord) -> Document:
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
    if record.parent_author and record.parent_name and record.parent_author != record.author:
        mentions.append(
            {"type": "Mention", "href": record.parent_author, "name": record.parent_name}
        )
    return mentions


def _details(record: ArgumentRecord) -> Document:
    """Return what our own instances read of an argument beside its words."""
    details: Document = groups.properties(record.group)
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
