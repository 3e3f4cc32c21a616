"""The words of a post: its title and its Markdown, where it is of our kind or of any other."""

from collections.abc import Collection
from itertools import dropwhile

from dosfed import texts
from dosfed.activitypub.reading import Document, many, optional_text
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.proposals.rules import TAG_LENGTH
from dosfed.deliberation.proposals.tag_names import distinct
from dosfed.deliberation.rules import TITLE_LENGTH, says_nothing
from dosfed.wire import terms
from dosfed.wire.beside import beside, summary_of
from dosfed.wire.from_html import to_markdown, without_address
from dosfed.wire.sources import words_alone

MAX_LANGUAGE = len("zh-Hant-TW")
AROUND_A_WORD = ".,;:!?…()[]\"'«»“”"
LONGEST_LINE = 2_000  # looked at for a title
LONGEST_NAME = 4_000  # in HTML, looked at for a title
LONGEST_TITLE = 500  # a home may have other rules than we


def said_title(post: Post) -> tuple[str, str] | None:
    """Return title and Markdown text of a post of our own kind, which says which is which."""
    title, markdown = optional_text(post.document, terms.TITLE), markdown_of(post.document)
    if title is None or markdown is None:
        return None
    return texts.one_line(title, TITLE_LENGTH), markdown


def title_and_text(post: Post, *, to: Collection[str] = ()) -> tuple[str, str]:
    """Return the title and the Markdown text of what a post proposes `to` somebody here.

    Its name is the title where it has one, else what it warns of, else its first line. What it
    says beside its text is kept as words.
    """
    said = said_title(post)
    if said is not None:
        return said
    source = markdown_of(post.document)
    html = without_address(post.content or "", is_stance)
    body = _without_labels(source) if source else to_markdown(html)
    body = _without_handles(body, {uri.rpartition("/")[2] for uri in to})
    named = texts.one_line(texts.plain_text((post.name or "")[:LONGEST_NAME]), LONGEST_TITLE)
    named = named or texts.one_line(post.warning or "", LONGEST_TITLE)
    title, text = (named, _without_title(body, named)) if named else _split(body)
    if len(named) > TITLE_LENGTH:
        title, text = texts.excerpt(named, TITLE_LENGTH), f"{named}\n\n{body}"
    parts = (to_markdown(summary_of(post)), text.strip(), to_markdown(beside(post)))
    whole = "\n\n".join(part for part in parts if part)
    warning = texts.one_line(post.warning or "", LONGEST_TITLE)
    return title, texts.fold(warning, whole) if warning and whole else whole


def _without_title(body: str, title: str) -> str:
    """Return a text without the title that some forums put above it once more."""
    first, rest = _split(body)
    return rest if first == title else body


def is_stance(word: str) -> bool:
    """Whether a word of a text is a hashtag that says where somebody stands."""
    return terms.stance_of_hashtag(word.strip(AROUND_A_WORD)) is not None


def _without_labels(source: str) -> str:
    """Return Markdown without the hashtags behind its words, which its tags name as well."""
    before, _, last = source.rstrip().rpartition("\n\n")
    are_labels = all(word[0] == "#" and word.strip("#") for word in last.split())
    return before.rstrip() if before and are_labels else source


def _without_handles(text: str, names: Collection[str]) -> str:
    """Return a text without the mention at its end that brought it here."""
    words = text.rstrip().rsplit(maxsplit=1)
    last = texts.plain_text(texts.render_markdown(words[-1])) if words else ""
    is_brought = last.startswith("@") and last[1:].partition("@")[0] in names
    return text.rstrip()[: -len(words[-1])].rstrip() if is_brought else text


def _split(body: str) -> tuple[str, str]:
    """Return the first line and the rest; a long line is cut, and the rest then holds all of it."""
    lines = [line.rstrip() for line in body.strip().splitlines()]
    if lines and "@" in lines[0]:
        words = lines[0].split()
        lines[0] = " ".join(word for word in words if not word.startswith(("@", "[@")))
    lines = list(dropwhile(lambda line: not line, lines))
    if not lines:
        return "", ""
    first = texts.plain_text(texts.render_markdown(lines[0].lstrip("# ")[:LONGEST_LINE]))
    title = texts.one_line(first, len(first))
    if len(title) <= TITLE_LENGTH:
        return title, "\n".join(lines[1:]).strip()
    return texts.excerpt(title, TITLE_LENGTH), "\n".join(lines).strip()


def split_title(post: Post) -> tuple[str, str]:
    """Return the title and the text of a Note whose first line is its title."""
    return _split(markdown_of(post.document) or texts.plain_text(post.content or ""))


def markdown_of(document: Document) -> str | None:
    """Return the Markdown source of a post, if it gives one; of our own kind, its words alone."""
    source = document.get("source")
    if isinstance(source, dict) and source.get("mediaType") == "text/markdown":
        whole = optional_text(source, "content")
        return None if whole is None else words_alone(document, whole)
    return None


def read_tags(post: Post) -> tuple[str, ...]:
    """Return the tags of a proposal: in our own words, else its hashtags."""
    said = [tag for tag in many(post.document, terms.TAGS) if isinstance(tag, str)]
    return tuple(tag for tag in distinct(said or post.hashtags) if len(tag) <= TAG_LENGTH)


def line_of(document: Document, name: str, length: int) -> str:
    """Return a line that can be shown; an empty one where there is nothing to see in it."""
    line = texts.one_line(optional_text(document, name) or "", length)
    return "" if says_nothing(line) else line


def language_or_english(said: str | None) -> str:
    """Return the language that a home names, or else English."""
    is_plain = said is not None and said.replace("-", "").isalnum() and said.isascii()
    return said if said is not None and is_plain and len(said) <= MAX_LANGUAGE else "en"
