"""Arguments on the wire: a Note with a stance, in reply to a proposal or to another argument."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from itertools import takewhile
from typing import Any

from dosfed import texts
from dosfed.activitypub import collections, writing
from dosfed.activitypub.reading import many, optional_text
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Stance
from dosfed.deliberation.debate.records import ArgumentRecord
from dosfed.deliberation.debate.rules import SOURCES, is_source
from dosfed.deliberation.model import ActorId, ArgumentId
from dosfed.deliberation.posts.visible import says_why
from dosfed.deliberation.proposals.clauses import ANCHOR
from dosfed.instance import PUBLIC
from dosfed.wire import groups, terms
from dosfed.wire.additions import Addition
from dosfed.wire.beside import beside, summary_of, warned
from dosfed.wire.from_html import without_address
from dosfed.wire.licences import write_licence
from dosfed.wire.proposals import context_of
from dosfed.wire.sources import in_language, plain, write_source
from dosfed.wire.words import AROUND_A_WORD, LONGEST_NAME, is_stance, markdown_of, title_and_text

Document = dict[str, Any]

MOST_HASHTAGS = 50  # looked at for a stance, at either end of a text
_POSITIONS: Mapping[Stance, Mapping[str, str]] = {
    Stance.FOR: {"fr": "Pour", "es": "A favor", "en": "For"},
    Stance.AGAINST: {"fr": "Contre", "es": "En contra", "en": "Against"},
}


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
        "context": context_of(record.proposal),
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
    details: Document = groups.write_group(record.group) | write_licence(record.licence)
    if record.text is not None:
        below = [one.markdown for one in _additions(record)]
        details |= write_source(record.text, above=_position(record), below=below)
    if record.clause:
        details[terms.CLAUSE] = record.clause
    if record.sources:
        details[terms.SOURCES] = list(record.sources)
    return details


def content(record: ArgumentRecord) -> str:
    """Return an argument's HTML as it is sent: where it stands, its words, what they rest on.

    Of one that a moderator hid, only why.
    """
    if says_why(record):
        return f"<p>[{escape(record.hidden_reason or '…')}]</p>"
    position = _position(record)
    head = f"<p><strong>{position.strip('*')}</strong></p>" if position else ""
    return "".join([head, record.html, *(one.html for one in _additions(record))])


def _position(record: ArgumentRecord) -> str:
    """Return where an argument stands, in Markdown: elsewhere nothing but words says it."""
    words = _POSITIONS.get(Stance(record.stance))
    return "" if words is None else f"**{in_language(words, record.language)}**"


def _additions(record: ArgumentRecord) -> Iterator[Addition]:
    """Yield what an argument says below its words: what they rest on, for which group."""
    if record.sources:
        links = (f'<a href="{escape(source)}">{escape(source)}</a>' for source in record.sources)
        yield Addition(
            html=f"<p>{'<br>'.join(links)}</p>",
            markdown="\n".join(f"- <{source}>" for source in record.sources),
        )
    if record.group is not None:
        words = groups.words(record.group, record.language)
        yield Addition(html=f"<p>— {escape(words)}</p>", markdown=f"— {plain(words)}")


def read_argument(post: Post, author: str, name: str) -> PostArgument:
    """Return the argument that a reply is; `name` is its author's address for people."""
    clause = optional_text(post.document, terms.CLAUSE) or ""
    return PostArgument(
        id=ArgumentId(post.id),
        proposal=None,
        in_reply_to=post.in_reply_to or "",
        author=ActorId(author),
        author_name=name,
        stance=_stance(post) or Stance.NEUTRAL,
        text=None,
        html=_words(post),
        language=post.language,
        url=post.url or post.id,
        published=post.published,
        clause=clause if ANCHOR.fullmatch(clause) else None,
        sources=_sources(post.document),
        group=groups.read_group(post.document),
        updated=_changed_at(post),
    )


def _changed_at(post: Post) -> datetime | None:
    """Return when a post was changed that came only then, so that no older change replaces it."""
    is_changed = post.published and post.updated and post.updated > post.published
    return post.updated if is_changed else None


def read_edit(post: Post, author: str) -> EditArgument:
    """Return what an author changes of an argument, or of what a proposal came from."""
    title, text = title_and_text(post)
    is_ours = optional_text(post.document, terms.KIND) == "argument"
    return EditArgument(
        id=post.id,
        author=ActorId(author),
        stance=_stance(post),
        title=title,
        text=text,
        html=_words(post),
        markdown=None,
        language=post.language,
        updated=post.updated,
        sources=_sources(post.document) if is_ours else None,
        is_moderated=optional_text(post.document, terms.REASON) is not None,
    )


def _words(post: Post) -> str:
    """Return what an argument says.

    One of our own kind gives its words alone beside the content, where other servers find
    its sources and its group as well.
    """
    if optional_text(post.document, terms.KIND) == "argument":
        markdown = markdown_of(post.document)
        if markdown is not None:
            return texts.render_markdown(markdown)
    title = texts.plain_text((post.name or "")[:LONGEST_NAME]) if post.type != "Note" else ""
    named = f"<p><strong>{escape(title)}</strong></p>" if title else ""
    words = without_address(post.content or "", is_stance)
    return warned(post, "".join([named, summary_of(post), words, beside(post)]))


def _sources(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the addresses that an argument rests on; what is none is left out (rule 3.16)."""
    said = [one for one in many(document, terms.SOURCES) if isinstance(one, str)]
    return tuple(dict.fromkeys(one for one in said if is_source(one)))[:SOURCES]


def _stance(post: Post) -> Stance | None:
    """Return the stance a post takes: by our property, else by a hashtag (rule 3.7).

    It is never derived from a ballot.
    """
    said = optional_text(post.document, terms.STANCE)
    if said is not None and said in set(Stance):
        return Stance(said)
    # On many servers a reply begins with whom it mentions, and ends with what it is filed under.
    words = [word for word in texts.plain_text(post.content or "").split() if word[0] != "@"]
    bare = [word for one in words if (word := one.strip(AROUND_A_WORD))]
    ends = bare[:MOST_HASHTAGS], bare[: -MOST_HASHTAGS - 1 : -1]
    around = [word for end in ends for word in takewhile(_is_hashtag, end)]
    stances = {stance for word in around if (stance := terms.stance_of_hashtag(word))}
    return stances.pop() if len(stances) == 1 else None


def _is_hashtag(word: str) -> bool:
    return word.startswith("#")
