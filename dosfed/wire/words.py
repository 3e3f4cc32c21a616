"""The words of a post: its title and its Markdown, where it is of our kind or of any other."""

from itertools import dropwhile

from dosfed import texts
from dosfed.activitypub.reading import Document, many, optional_text
from dosfed.activitypub.vocabulary import Post
from dosfed.deliberation.proposals.rules import TAG_LENGTH
from dosfed.deliberation.proposals.tag_names import distinct
from dosfed.deliberation.rules import TITLE_LENGTH, says_nothing
from dosfed.wire import terms

MAX_LANGUAGE = len("zh-Hant-TW")
LONGEST_TITLE = 500  # a home may have other rules than we


def said_title(post: Post) -> tuple[str, str] | None:
    """Return title and Markdown text of a post of our own kind, which says which is which."""
    title, markdown = optional_text(post.document, terms.TITLE), markdown_of(post.document)
    if title is None or markdown is None:
        return None
    return texts.one_line(title, TITLE_LENGTH), markdown


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
