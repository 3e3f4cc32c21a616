"""Activities and objects as they come, made into types of our vocabulary."""

from collections.abc import Callable, Mapping

from dosfed import texts
from dosfed.activitypub.reading import (
    Document,
    Malformed,
    id_of,
    ids,
    language_named,
    many,
    one,
    one_id,
    optional_id,
    optional_text,
    text,
    when,
    words_of,
)
from dosfed.activitypub.vocabulary import (
    ACTOR_TYPES,
    POST_TYPES,
    Accept,
    Activity,
    Announce,
    Block,
    Create,
    Delete,
    Dislike,
    FeatureRequest,
    Flag,
    Follow,
    Like,
    Other,
    Post,
    Profile,
    QuoteRequest,
    Reference,
    Reject,
    Thing,
    Undo,
    Update,
)
from dosfed.instance import host_of

_HTML = frozenset({"", "text/html", "application/xhtml+xml"})
_LONG = 4_000
_MARKDOWN = frozenset({"text/markdown", "text/x-markdown"})


def read_activity(document: Document) -> Activity:
    """Parse an activity, or raise `Malformed`; its id must lie on its actor's host."""
    activity_id, actor = id_if_any(document), one_id(document, "actor")
    if not host_of(actor) or (activity_id and host_of(activity_id) != host_of(actor)):
        raise Malformed("id: not on the actor's host")
    return _read(document, activity_id, actor, depth=0)


def id_if_any(document: Document) -> str:
    """Return the id of a thing, empty for one that does without; or raise `Malformed`."""
    return one_id(document, "id") if document.get("id") not in (None, "") else ""


def is_unnamed(document: Document) -> bool:
    """Whether an activity is of the one type that names no actor: whoever signs it asks."""
    return document.get("type") == "FeatureRequest" and "actor" not in document


def signed_by(document: Document, signer: str) -> Document:
    """Return an activity with its actor, who is the signer where it names none."""
    return {**document, "actor": signer} if is_unnamed(document) else document


def _read(document: Document, activity_id: str, actor: str, *, depth: int) -> Activity:
    kind = text(document, "type")
    who = {"id": activity_id, "actor": actor}
    if kind not in _READERS:
        return Other(**who, type=kind[:100], document=document)
    return _READERS[kind](who, document, depth)


def _embedded(document: Document, *, depth: int, actor: str | None = None) -> Activity | None:
    """Read an activity inside another one; deeper ones and plain objects are None.

    `actor` is whose it is where it does not say so itself.
    """
    value = one(document, "object")
    if depth or not isinstance(value, dict):
        return None
    actor = optional_id(value, "actor") or (actor if one(value, "actor") is None else None)
    activity_id = optional_id(value, "id")
    if actor is None:
        return None
    try:
        return _read(value, activity_id or "", actor, depth=depth + 1)
    except Malformed:
        return None


def _objects(document: Document) -> tuple[Thing, ...]:
    values = many(document, "object")
    if not values:
        raise Malformed("object: missing")
    return tuple(read_object(value) for value in values)


def read_object(value: object) -> Thing:
    """Parse what an activity carries: a post, a profile, or a reference."""
    uri = id_of(value)
    if not isinstance(value, dict):
        if uri is None:
            raise Malformed("object: expected an id or an object")
        return Reference(id=uri, type=None)
    kind = _kind_of(value)
    if kind in POST_TYPES:
        return read_post(value)
    if uri is None:
        raise Malformed("object.id: expected an id")
    if kind in ACTOR_TYPES:
        return Profile(id=uri, document=value)
    return Reference(id=uri, type=kind)


def _kind_of(document: Document) -> str | None:
    """Return the type of an object: of several, the first that we read."""
    kinds = [kind for kind in many(document, "type") if isinstance(kind, str)]
    known = (kind for kind in kinds if kind in POST_TYPES or kind in ACTOR_TYPES)
    return next(known, next(iter(kinds), None))


def read_post(document: Document) -> Post:
    """Parse a Note or another text; the id is empty where there is none, as in some ballots."""
    tags = [tag for tag in many(document, "tag") if isinstance(tag, dict)]
    content, language = words_of(document, "content", says=_says_something)
    name, language_of_name = words_of(document, "name")
    summary, language_of_summary = words_of(document, "summary")
    language = language or language_named(document) or language_of_name
    post_id = id_if_any(document)
    kind = _kind_of(document)
    if kind is None:
        raise Malformed("type: expected a string")
    return Post(
        id=post_id,
        type=kind,
        authors=tuple(dict.fromkeys(ids(document, "attributedTo") + ids(document, "actor"))),
        in_reply_to=optional_id(document, "inReplyTo"),
        name=name,
        content=_content_of(document, content),
        summary=(texts.plain_text(summary[:_LONG]) or None) if summary else None,
        summary_language=language_of_summary or language,
        is_sensitive=one(document, "sensitive") is True,
        language=language,
        published=when(document, "published"),
        updated=when(document, "updated"),
        audience=_audience(document),
        mentions=tuple(
            uri for tag in tags if tag.get("type") == "Mention" and (uri := id_of(tag.get("href")))
        ),
        hashtags=tuple(
            word.removeprefix("#")
            for tag in tags
            if tag.get("type") == "Hashtag" and (word := optional_text(tag, "name"))
        ),
        url=_page_of(document, host_of(post_id)),
        document=document,
    )


def _says_something(content: str) -> bool:
    """Whether HTML has words, or a picture; of a long one nobody need ask."""
    return len(content) > _LONG or "<img" in content or bool(texts.seen(content))


def _content_of(document: Document, content: str | None) -> str | None:
    """Return what a post says as HTML; of one that gives its source alone, what that says."""
    source = one(document, "source")
    is_silent = content is None or not _says_something(content)
    if is_silent and not document.get("name") and isinstance(source, dict):
        written = words_of(source, "content")[0]
        if written is not None and written.strip():
            return _as_html(written, one(source, "mediaType") or "text/plain")
    return None if content is None else _as_html(content, one(document, "mediaType"))


def _as_html(content: str, media_type: object) -> str:
    """Return a content as HTML, which it is unless its media type says otherwise."""
    said = media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""
    if said in _MARKDOWN:
        return texts.render_markdown(content)
    if said in _HTML or not said.startswith("text/"):
        return texts.pictures_as_links(content)
    return texts.render_plain(content)


def _page_of(document: Document, host: str) -> str | None:
    """Return the page for people: nobody is led to another host in a post's own name."""
    links = many(document, "url")
    pages = [link for link in links if not isinstance(link, dict) or _is_page(link)]
    found = (id_of(_link(link)) for link in pages)
    return next((uri for uri in found if uri is not None and host_of(uri) == host), None)


def _is_page(link: Document) -> bool:
    return link.get("mediaType") in {None, "text/html"}


def _link(value: object) -> object:
    return value.get("href") if isinstance(value, dict) else value


def _audience(document: Document) -> tuple[str, ...]:
    return ids(document, "to") + ids(document, "cc") + ids(document, "audience")


def _reason_of(flag: Document) -> str:
    """Return why something is reported: Mastodon writes it in `content`, PieFed in `summary`."""
    said = (words_of(flag, name)[0] for name in ("content", "summary"))
    return next((words for words in said if words and words.strip()), "")


# How each type is read: who did it, its document, and how deep it lies in another one.
_READERS: Mapping[str, Callable[[dict[str, str], Document, int], Activity]] = {
    "Create": lambda who, said, _: Create(
        **who, objects=_objects(said), published=when(said, "published"), document=said
    ),
    # Bonfire: the poll is the activity.
    "Question": lambda who, said, _: Create(
        **who, objects=(read_object(said),), published=when(said, "published"), document=said
    ),
    "Update": lambda who, said, _: Update(**who, object=_objects(said)[0]),
    "Delete": lambda who, said, _: Delete(**who, object=one_id(said, "object")),
    "Follow": lambda who, said, _: Follow(**who, object=one_id(said, "object"), document=said),
    "Like": lambda who, said, _: Like(**who, object=one_id(said, "object")),
    "EmojiReact": lambda who, said, _: Like(**who, object=one_id(said, "object")),
    "Dislike": lambda who, said, _: Dislike(**who, object=one_id(said, "object")),
    "Block": lambda who, said, _: Block(**who, object=one_id(said, "object")),
    "Accept": lambda who, said, depth: Accept(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth)
    ),
    "Reject": lambda who, said, depth: Reject(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth), document=said
    ),
    "Undo": lambda who, said, depth: Undo(
        **who,
        object=optional_id(said, "object"),
        about=_embedded(said, depth=depth, actor=who["actor"]),
    ),
    "Announce": lambda who, said, depth: Announce(
        **who, object=optional_id(said, "object"), about=_embedded(said, depth=depth)
    ),
    "Flag": lambda who, said, _: Flag(
        **who,
        content=_reason_of(said),
        objects=ids(said, "object"),
    ),
    "FeatureRequest": lambda who, said, _: FeatureRequest(
        **who, object=one_id(said, "object"), instrument=one_id(said, "instrument")
    ),
    "QuoteRequest": lambda who, said, _: QuoteRequest(
        **who,
        object=one_id(said, "object"),
        instrument=one_id(said, "instrument"),
        document=said,
    ),
}
