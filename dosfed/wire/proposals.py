"""Proposals as other servers read them."""

from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from dosfed.activitypub import collections, writing
from dosfed.deliberation.posts.visible import says_why
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.tag_names import hashtag
from dosfed.deliberation.votes.model import Poll
from dosfed.instance import PUBLIC
from dosfed.wire import groups, terms

Document = dict[str, Any]

# Why a poll that closed gives no counts, in the language of its proposal (rule 2.6).
_TOO_FEW = {
    "fr": (
        "Le vote est clos. Moins de {number} personnes ont voté : aucun décompte n'est publié, "
        "pour qu'on ne puisse deviner le choix de personne."
    ),
    "es": (
        "La votación ha terminado. Votaron menos de {number} personas: no se publica ningún "
        "recuento, para que nadie pueda adivinar lo que votó otra persona."
    ),
    "en": (
        "The vote is closed. Fewer than {number} people voted: no counts are given, so that "
        "nobody's choice can be guessed."
    ),
}


def write_tombstone(record: ProposalRecord, *, at: datetime) -> Document:
    """Write what is left where a proposal was."""
    return writing.tombstone(record.id, former_type=type_of(record), at=at)


def type_of(record: ProposalRecord) -> str:
    """Return what a proposal is while it can be read."""
    return "Question" if record.poll else "Note"


def write_proposal(record: ProposalRecord) -> Document:
    """Write a published proposal: a Question if it has a poll, else a Note.

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
        "source": {"content": record.text, "mediaType": "text/markdown"},
        "tag": [*_mentions(record), *hashtags_of(record)],
        "replies": collections.enclosed(f"{record.id}/replies"),
        "likes": f"{record.id}/likes",
        "shares": f"{record.id}/shares",
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        terms.TITLE: record.title,
        terms.CO_SIGNERS: f"{record.id}/co-signers",
        **details_of(record),
    }
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
        object_ |= _question(record, record.poll)
    return object_


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
        "context": f"{record.consultation}/context",
        "url": record.id,
        "published": writing.rfc3339(record.published_at or record.submitted_at),
        "sensitive": False,
        "attachment": [],
        terms.KIND: "proposal",
        terms.CONSULTATION: record.consultation,
        **updated_of(record),
    }


def content(record: ProposalRecord) -> str:
    """Return a proposal's HTML as it is sent: title first, then the text, credit and link."""
    parts = head_of(record)
    if record.author_name:
        name = escape(record.author_name)
        who = f'<a href="{escape(record.author)}">{name}</a>' if record.author else name
        parts.append(f"<p>— {who}</p>")
    if record.poll is not None and _is_untold(record):
        code = record.language.partition("-")[0].lower()
        why = _TOO_FEW.get(code, _TOO_FEW["en"]).format(number=record.poll.counts_from)
        parts.append(f"<p>{escape(why)}</p>")
    parts.append(_link(record))
    return "".join(parts)


def _is_untold(record: ProposalRecord) -> bool:
    """Whether a proposal's poll closed with too few ballots to give counts."""
    return record.closed_at is not None and record.shown is None


def _link(record: ProposalRecord) -> str:
    return f'<p><a href="{escape(record.id)}">{escape(record.id)}</a></p>'


def why_of(record: ProposalRecord) -> str:
    """Return why a moderator hid a proposal, as HTML."""
    return f"<p>[{escape(record.hidden_reason or '…')}]</p>"


def head_of(record: ProposalRecord) -> list[str]:
    """Return title, text and group of a proposal, as HTML."""
    parts = [f"<p><strong>{escape(record.title)}</strong></p>", record.html]
    if record.group is not None:
        parts.append(f"<p>— {escape(groups.words(record.group, record.language))}</p>")
    return parts


def details_of(record: ProposalRecord) -> Document:
    """Return what our own instances read of a proposal beside its words."""
    details: Document = groups.write_group(record.group)
    if record.tags:
        details[terms.TAGS] = list(record.tags)
    return details


def updated_of(record: ProposalRecord) -> Document:
    """Return when a proposal became what it is, where that is not when it was published."""
    ended_at = record.closed_at if _is_untold(record) else None
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


def _question(record: ProposalRecord, poll: Poll) -> Document:
    """Write a proposal's poll; counts not shown are zeros, since Misskey needs integers."""
    shown = poll.method.result(record.shown.counts if record.shown else (0,) * poll.cells)
    options = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": number},
        }
        for name, number in zip(poll.options, shown.ballots, strict=True)
    ]
    question: Document = {
        "anyOf" if poll.method.takes_several else "oneOf": options,
        "endTime": writing.rfc3339(poll.closes),
        "votersCount": record.shown.voters if record.shown else 0,
        terms.METHOD: poll.method.word,
        terms.SECRECY: "confidential",
        terms.COUNTS: "hidden" if poll.hides_counts else "shown",
        terms.COUNTS_FROM: poll.counts_from,
        terms.OPENS: writing.rfc3339(poll.opens),
        terms.TALLY: _tally_state(record),
    }
    if record.shown is not None and record.moved_at is not None:
        question[terms.COUNTED] = writing.rfc3339(record.moved_at, milliseconds=True)
    if record.shown is not None and record.shown.origins is not None:
        question[terms.ORIGINS] = dict(record.shown.origins)
    if record.closed_at is not None:
        question["closed"] = writing.rfc3339(poll.closes)
    return question


def _tally_state(record: ProposalRecord) -> str:
    if record.shown is None:
        return "untold" if _is_untold(record) else "hidden"
    return "final" if record.closed_at else "shown"
