"""Notes as arguments, or as proposals."""

from dataclasses import replace
from itertools import dropwhile

from dosfed import texts
from dosfed.activitypub.reading import Document, Malformed, ids, many, optional_text
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Stance
from dosfed.deliberation.debate.rules import SOURCES, is_source
from dosfed.deliberation.model import ActorId, ArgumentId, Refusal
from dosfed.deliberation.proposals.clauses import ANCHOR
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.proposals.rules import TAG_LENGTH, TAGS
from dosfed.deliberation.proposals.tag_names import distinct
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH
from dosfed.federation.incoming import Ignored, Incoming, TurnedDown
from dosfed.instance import host_of
from dosfed.wire import groups, terms


def addressed(post: Post, activity: Document) -> Post:
    """Return a post with the addresses of the activity that brought it, where it has none."""
    if post.audience:
        return post
    named = tuple(uri for name in ("to", "cc", "audience") for uri in ids(activity, name))
    return replace(post, audience=named)


def read_contribution(post: Post, author: str, incoming: Incoming) -> PostArgument | SubmitProposal:
    """Return what a public Note asks for: an argument if it answers something, else a proposal."""
    check_origin(post, author)
    if not post.is_public:
        raise TurnedDown(Refusal.NOT_PUBLIC.value)
    check_length(post)
    if post.in_reply_to is not None:
        return read_argument(post, author, incoming.name_of(author))
    addressed = tuple(
        uri for uri in (*post.mentions, *post.audience) if incoming.instance.is_ours(uri)
    )
    if not addressed:
        raise Ignored("not addressed to anybody here")
    title, text = said_title(post) or split_title(post)
    return SubmitProposal(
        addressed=addressed,
        author=ActorId(author),
        author_name=incoming.name_of(author),
        title=title,
        text=text,
        language=post.language,
        source=post.id,
        tags=read_tags(post.document)[:TAGS],
        group=groups.read_group(post.document),
    )


def read_argument(post: Post, author: str, name: str) -> PostArgument:
    """Return the argument that a reply is; `name` is its author's address for people."""
    clause = optional_text(post.document, terms.CLAUSE) or ""
    return PostArgument(
        id=ArgumentId(post.id),
        proposal=None,
        in_reply_to=post.in_reply_to or "",
        author=ActorId(author),
        author_name=name,
        stance=read_stance(post) or Stance.NEUTRAL,
        text=None,
        html=argument_html(post),
        language=post.language,
        url=post.url or post.id,
        published=post.published,
        clause=clause if ANCHOR.fullmatch(clause) else None,
        sources=read_sources(post.document),
        group=groups.read_group(post.document),
    )


def argument_html(post: Post) -> str:
    """Return what an argument says.

    One of our own kind gives its words alone beside the content, where other servers find
    its sources and its group as well.
    """
    if optional_text(post.document, terms.KIND) == "argument":
        markdown = markdown_of(post.document)
        if markdown is not None:
            return texts.render_markdown(markdown)
    return post.content or ""


def read_sources(document: Document) -> tuple[str, ...]:
    """Return the addresses that an argument rests on; what is none is left out (rule 3.16)."""
    said = [one for one in many(document, terms.SOURCES) if isinstance(one, str)]
    return tuple(dict.fromkeys(one for one in said if is_source(one)))[:SOURCES]


def read_edit(post: Post, author: str) -> EditArgument:
    """Return what an author changes of an argument, or of what a proposal came from."""
    check_origin(post, author)
    check_length(post)
    title, text = said_title(post) or split_title(post)
    is_ours = optional_text(post.document, terms.KIND) == "argument"
    return EditArgument(
        id=post.id,
        author=ActorId(author),
        stance=read_stance(post),
        title=title,
        text=text,
        html=argument_html(post),
        markdown=None,
        language=post.language,
        updated=post.updated,
        sources=read_sources(post.document) if is_ours else None,
        is_moderated=optional_text(post.document, terms.REASON) is not None,
    )


def check_origin(post: Post, author: str) -> None:
    """Raise `Malformed` unless a post is its author's own, on the author's host (FEP-fe34)."""
    if post.attributed_to != author:
        raise Malformed("object.attributedTo: not the actor")
    if host_of(post.id) != host_of(author):
        raise Malformed("object.id: not on the actor's host")


def check_length(post: Post) -> None:
    """Raise `TurnedDown` for words that no rule would admit, before anything is made of them.

    The door asks rules 3.2 and 3.3 of all that passes it; this is the same length, asked early.
    """
    if len(post.content or "") > 2 * TEXT_LENGTH:
        raise TurnedDown(Refusal.TOO_LONG.value)
    if len(markdown_of(post.document) or "") > TEXT_LENGTH + TITLE_LENGTH:
        raise TurnedDown(Refusal.TOO_LONG.value)


def read_stance(post: Post) -> Stance | None:
    """Return the stance a post takes: by our property, else by a hashtag (rule 3.7).

    It is never derived from a ballot.
    """
    said = optional_text(post.document, terms.STANCE)
    if said is not None and said in set(Stance):
        return Stance(said)
    # On many servers a reply begins with whom it mentions, before any hashtag.
    words = [word for word in texts.plain_text(post.content or "").split() if word[0] != "@"]
    for word in words[:1] + words[-1:]:
        if word.startswith("#") and (stance := terms.stance_of_hashtag(word)):
            return stance
    return None


def said_title(post: Post) -> tuple[str, str] | None:
    """Return title and Markdown text of a post of our own kind, which says which is which."""
    title, markdown = optional_text(post.document, terms.TITLE), markdown_of(post.document)
    if title is None or markdown is None:
        return None
    return texts.one_line(title, TITLE_LENGTH), markdown


def read_tags(document: Document) -> tuple[str, ...]:
    """Return the tags of a proposal: in our own words, else its hashtags."""
    said = [tag for tag in many(document, terms.TAGS) if isinstance(tag, str)]
    if not said:
        said = [
            name
            for tag in many(document, "tag")
            if isinstance(tag, dict)
            and tag.get("type") == "Hashtag"
            and isinstance(name := tag.get("name"), str)
        ]
    return tuple(tag for tag in distinct(said) if len(tag) <= TAG_LENGTH)


def split_title(post: Post) -> tuple[str, str]:
    """Return the title and the Markdown text of a Note that proposes something.

    The mentions that brought it here are left out. The first line is the title; a longer
    one is cut, and the text then holds all of it.
    """
    plain = markdown_of(post.document) or texts.plain_text(post.content or "")
    lines = [line.strip() for line in plain.strip().splitlines()]
    if lines:
        words = lines[0].split()
        lines[0] = " ".join(word for word in words if not word.startswith("@"))
    lines = list(dropwhile(lambda line: not line, lines))
    if not lines:
        return "", ""
    title = texts.one_line(lines[0].lstrip("# "), len(lines[0]))
    if len(title) <= TITLE_LENGTH:
        return title, "\n".join(lines[1:]).strip()
    return texts.excerpt(title, TITLE_LENGTH), "\n".join(lines).strip()


def markdown_of(document: Document) -> str | None:
    """Return the Markdown source of a post, if it gives one."""
    source = document.get("source")
    if isinstance(source, dict) and source.get("mediaType") == "text/markdown":
        return optional_text(source, "content")
    return None
