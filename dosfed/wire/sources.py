"""The Markdown of a post as forums show it, and the words alone as our own instances keep them.

PieFed and NodeBB prefer `source` to `content`, and call a thread by its first line. So it begins
with the title, or with where an argument stands, and ends with what `content` says at its end. What
was put around the words is said beside them (`dosfed:above`, `dosfed:below`), for whoever wants
these alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dosfed.activitypub.reading import Document, optional_text
from dosfed.wire import terms

_BETWEEN = "\n\n"
_SIGNS = frozenset("\\`*_{}[]<>#|")


def write_source(markdown: str, *, above: str, below: Sequence[str]) -> dict[str, Any]:
    """Write words in Markdown with what stands above and below them."""
    after = _BETWEEN.join(part for part in below if part)
    whole = _BETWEEN.join(part for part in (above, markdown, after) if part)
    said: dict[str, Any] = {"source": {"content": whole, "mediaType": "text/markdown"}}
    if above:
        said[terms.ABOVE] = above
    if after:
        said[terms.BELOW] = after
    return said


def words_alone(document: Document, whole: str) -> str:
    """Return the words of a source without what its writer says was put around them."""
    above = optional_text(document, terms.ABOVE) or ""
    below = optional_text(document, terms.BELOW) or ""
    if above and whole.startswith(above):
        whole = whole.removeprefix(above).removeprefix(_BETWEEN)
    if below and whole.endswith(below):
        whole = whole.removesuffix(below).removesuffix(_BETWEEN)
    return whole


def plain(text: str) -> str:
    """Return a line of plain text as Markdown that says the same."""
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in text)


def in_language(words: Mapping[str, str], language: str | None) -> str:
    """Return what is said in a language; in English where we do not speak it."""
    return words.get((language or "").partition("-")[0].lower(), words["en"])
