"""Proposals: a Question or a Note of the organiser, as it is sent and as a mirror reads it."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from dosfed import texts
from dosfed.activitypub import collections, writing
from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.reading import Malformed, many, moment, one_id, optional_id
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.consultations.mirrors import MirroredProposal
from dosfed.deliberation.posts.visible import says_why
from dosfed.deliberation.proposals.clauses import ANCHOR
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.tag_names import hashtag
from dosfed.deliberation.rules import TEXT_LENGTH, says_nothing
from dosfed.instance import PUBLIC
from dosfed.wire import groups, terms
from dosfed.wire.additions import additions_of, group_of
from dosfed.wire.licences import write_licence
from dosfed.wire.polls import is_untold, number_of, read_poll, write_poll
from dosfed.wire.sources import write_source
from dosfed.wire.words import (
    LONGEST_TITLE,
    language_or_english,
    line_of,
    markdown_of,
    read_tags,
    split_title,
)

Document = dict[str, Any]

# A home may have other rules; what is much longer than here is not taken, or cut.
MAX_CREDIT = 200
MAX_CONTENT = 4 * TEXT_LENGTH
MAX_MARKDOWN = 2 * TEXT_LENGTH
MAX_TAGS = 50


def write_tombstone(record: ProposalRecord, *, at: datetime) -> Document:
    """Write what is left where a proposal was."""
    return writing.tombstone(record.id, former_type=type_of(record), at=at)


def context_of(proposal: str) -> str:
    """Return the collection of a proposal and its debate: a thread of its own (FEP-7888)."""
    return f"{proposal}/context"


def type_of(record: ProposalRecord) -> str:
    """Return what a proposal is while it can be read."""
    return "Question" if record.poll and record.poll.method.fits_a_question else "Note"


def write_proposal(record: ProposalRecord) -> Document:
    """Write a published proposal: a Question if it has a poll that fits one, else a Note.

    Of one that a moderator hid, only why.
    """
    if says_why(record):
        return _hidden_document(record)
    body = content(record)
    object_: Document = {
        **_frame(record),
        "type": type_of(record),
        "content": body,
        "contentMap": {record.language: body},
        **_source(record),
        "tag": [*_mentions(record), *hashtags_of(record)],
        "replies": collections.enclosed(f"{record.id}/replies"),
        "likes": f"{record.id}/likes",
        "shares": f"{record.id}/shares",
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        terms.TITLE: record.title,
        terms.CO_SIGNERS: f"{record.id}/co-signers",
        **details_of(record),
    }
    warning = texts.warning_of(record.text)
    if warning is not None:
        object_ |= {"summary": warning, "sensitive": True}
    if record.author:
        object_["cc"] = [*object_["cc"], record.author]
    if record.author_name:
        object_[terms.CREDIT] = record.author_name
    if record.source is not None:
        object_[terms.PROPOSED_IN] = record.source
    if record.version > 1:
        object_[terms.VERSION] = record.version
        object_[terms.CLAUSES] = record.clauses
    if record.poll is not None:
        object_ |= write_poll(record, record.poll)
    return object_


def _source(record: ProposalRecord) -> Document:
    """Write the Markdown that forums show: by its first line they call the thread."""
    below = [one.markdown for one in additions_of(record)]
    return write_source(record.text, above=record.title, below=below)


def _hidden_document(record: ProposalRecord) -> Document:
    """Write what is shown in the place of a hidden proposal.

    A Note under the same id: Mastodon then drops text and poll, and takes both back from the
    `Update` that shows the proposal again. After a Delete it would never do that.
    """
    return {
        **_frame(record),
        "type": "Note",
        "content": "".join([why_of(record), _link(record)]),
        "tag": [],
        terms.REASON: record.hidden_code,
    }


def _frame(record: ProposalRecord) -> Document:
    """Write what holds of a proposal whether or not it is hidden."""
    return {
        "id": record.id,
        "attributedTo": record.organiser,
        "to": [PUBLIC],
        "cc": [
            f"{record.organiser}/followers",
            record.consultation,
            f"{record.consultation}/followers",
        ],
        "audience": record.consultation,
        # One for each: NodeBB makes one topic of all that share a context. The consultation's own
        # is said by its Group, which `audience` names.
        "context": context_of(record.id),
        "url": record.id,
        "published": writing.rfc3339(record.published_at or record.received_at),
        "sensitive": False,
        "attachment": [],
        terms.KIND: "proposal",
        terms.CONSULTATION: record.consultation,
        **updated_of(record),
    }


def content(record: ProposalRecord) -> str:
    """Return a proposal's HTML as it is sent: title first, then the text, what else it says."""
    return "".join([*_title_and_text(record), *(one.html for one in additions_of(record))])


def _link(record: ProposalRecord) -> str:
    return f'<p><a href="{escape(record.id)}">{escape(record.id)}</a></p>'


def why_of(record: ProposalRecord) -> str:
    """Return why a moderator hid a proposal, as HTML."""
    return f"<p>[{escape(record.hidden_reason or '…')}]</p>"


def head_of(record: ProposalRecord) -> list[str]:
    """Return title, text and group of a proposal, as HTML."""
    return [*_title_and_text(record), *(one.html for one in group_of(record))]


def _title_and_text(record: ProposalRecord) -> list[str]:
    return [f"<p><strong>{escape(record.title)}</strong></p>", record.html]


def details_of(record: ProposalRecord) -> Document:
    """Return what our own instances read of a proposal beside its words."""
    details: Document = groups.write_group(record.group) | write_licence(record.licence)
    if record.tags:
        details[terms.TAGS] = list(record.tags)
    return details


def updated_of(record: ProposalRecord) -> Document:
    """Return when a proposal became what it is, where that is not when it was published."""
    ended_at = record.closed_at if is_untold(record) else None
    updated = writing.latest(record.edited_at, record.moderated_at, ended_at)
    return {} if updated is None else {"updated": writing.rfc3339(updated)}


def hashtags_of(record: ProposalRecord) -> list[Document]:
    """Return the tags of a proposal as other servers know tags."""
    place = f"{record.consultation}?tag="
    return [
        {"type": "Hashtag", "href": place + quote(tag, safe=""), "name": f"#{word}"}
        for tag in record.tags
        if (word := hashtag(tag))
    ]


def _mentions(record: ProposalRecord) -> list[Document]:
    if not record.author or not record.author_name:
        return []
    return [{"type": "Mention", "href": record.author, "name": record.author_name}]


def read_proposal(document: Mapping[str, Any]) -> MirroredProposal:
    """Return the proposal that a home publishes, or raise `Malformed`."""
    post = read_post(document)
    _check_lengths(post)
    first, body = split_title(post)
    title = line_of(document, terms.TITLE, LONGEST_TITLE) or first
    if says_nothing(title):
        raise Malformed("dosfed:title: says nothing")
    markdown = markdown_of(document)
    credit = line_of(document, terms.CREDIT, MAX_CREDIT)
    mention = post.mentions[0] if credit and post.mentions else None
    return MirroredProposal(
        id=post.id,
        consultation=one_id(document, terms.CONSULTATION),
        title=title,
        text=markdown if markdown is not None else body,
        html=texts.render_markdown(markdown) if markdown is not None else post.content or "",
        language=language_or_english(post.language),
        author=mention,
        author_name=credit or None,
        published=moment(document, "published"),
        edited=post.updated,
        source=optional_id(document, terms.PROPOSED_IN),
        version=number_of(document.get(terms.VERSION)) or 1,
        clauses=_clauses(document),
        group=groups.read_group(document),
        tags=read_tags(post)[:MAX_TAGS],
        poll=read_poll(document),
    )


def _check_lengths(post: Post) -> None:
    """Raise `Malformed` for words that take too long to read."""
    if len(post.content or "") > MAX_CONTENT:
        raise Malformed("content: too long")
    if len(markdown_of(post.document) or "") > MAX_MARKDOWN:
        raise Malformed("source: too long")


def _clauses(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the anchors that the home gives its clauses, if all of them can be anchors."""
    said = many(document, terms.CLAUSES)
    anchors = tuple(one for one in said if isinstance(one, str) and ANCHOR.fullmatch(one))
    return anchors if anchors and len(anchors) == len(said) else None
