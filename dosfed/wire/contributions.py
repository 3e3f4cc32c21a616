"""Contributions: the Note by which a citizen of any server proposes something to a home."""

from html import escape
from typing import Any

from dosfed.activitypub import writing
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.posts.visible import says_why
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.proposals.rules import TAGS
from dosfed.instance import PUBLIC
from dosfed.wire import groups, terms
from dosfed.wire.proposals import details_of, hashtags_of, head_of, updated_of, why_of
from dosfed.wire.words import read_tags, title_and_text

Document = dict[str, Any]


def write_contribution(record: ProposalRecord) -> Document:
    """Write the Note by which a citizen of ours proposes something to a home elsewhere.

    Where the proposal that was made of it is hidden, it says only why.
    """
    is_hidden = says_why(record)
    group = f"@{record.address}"
    mention = f'<p><a href="{escape(record.consultation)}" class="u-url mention">{group}</a></p>'
    body = "".join([*([why_of(record)] if is_hidden else head_of(record)), mention])
    note: Document = {
        "id": record.id,
        "type": "Note",
        "attributedTo": record.author,
        "to": [PUBLIC],
        "cc": [f"{record.author}/followers", record.consultation],
        "audience": record.consultation,
        "content": body,
        "contentMap": {record.language: body},
        "url": record.id,
        "published": writing.rfc3339(record.received_at),
        "sensitive": False,
        "attachment": [],
        "tag": [
            {"type": "Mention", "href": record.consultation, "name": group},
            *([] if is_hidden else hashtags_of(record)),
        ],
        **updated_of(record),
    }
    if is_hidden:
        return note | {terms.REASON: record.hidden_code}
    source = {"content": record.text, "mediaType": "text/markdown"}
    return note | {"source": source, terms.TITLE: record.title, **details_of(record)}


def read_submission(
    post: Post, author: str, name: str, *, addressed: tuple[str, ...]
) -> SubmitProposal:
    """Return what a Note proposes; `addressed` are those of ours to whom it does."""
    title, text = title_and_text(post, to=addressed)
    return SubmitProposal(
        addressed=addressed,
        author=ActorId(author),
        author_name=name,
        title=title,
        text=text,
        language=post.language,
        source=post.id,
        tags=read_tags(post)[:TAGS],
        group=groups.read_group(post.document),
    )
