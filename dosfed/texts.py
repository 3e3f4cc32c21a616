"""Texts that people write: Markdown made HTML, and HTML of other servers made safe."""

import html as entities
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

# What Mastodon keeps, so that a text looks alike here and there; headings become bold there.
_MARKS = {"a", "b", "br", "code", "del", "em", "i", "s", "span", "strong", "u", "ruby", "rt", "rp"}
_BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"}
_ATTRIBUTES = {"*": {"lang"}, "a": {"href", "hreflang"}, "ol": {"start", "reversed"}}
# Mastodon hides part of a long address and marks mentions by these.
_LINK_CLASSES = {"mention", "hashtag", "u-url"}
_SPAN_CLASSES = {"h-card", "invisible", "ellipsis"}
_SCHEMES = {"http", "https", "mailto", "xmpp", "magnet"}
_REMOVED_WHOLE = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math"}

_cleaner = nh3.Cleaner(
    tags=_MARKS | _BLOCKS,
    clean_content_tags=_REMOVED_WHOLE,
    attributes=_ATTRIBUTES,
    allowed_classes={"a": _LINK_CLASSES, "span": _SPAN_CLASSES},
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="nofollow noopener noreferrer ugc",
)
_outline = nh3.Cleaner(
    tags=_BLOCKS | {"br", "div"},
    clean_content_tags=_REMOVED_WHOLE,
    attributes={},
)

_HEADING = re.compile(r"(</?h)([12])(?=[ >])")
_WHOLE_HEADING = re.compile(r"<h[1-6][^>]*>[^<]*</h[1-6]>")
_TAG = re.compile(r"<[^>]*>")
# As the cleaner writes it: attributes in double quotes, no link inside another.
_LINK = re.compile(r'<a((?:\s[\w-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
_TARGET = re.compile(r'\shref="([^"]*)"')
_LINE_BREAK = re.compile(r"<br>|</(?:li|div)>")
_PARAGRAPH_END = re.compile(r"</(?:p|blockquote|pre|h[1-6])>")
_MANY_LINES = re.compile(r"\n{3,}")
_MENTION = re.compile(r"@[\w.\-]+(?:@[\w.\-:]+)?")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
# Marks without a width of their own: they leave a text as empty as it was.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SENTENCE_MARKS = ".,;:!?*_~\u2026\u00bb\u201d\u2019"
_PAGE_HEADINGS = 2  # the page's own title, and the section a text stands in
# Longer than any text that is taken here. Of a megabyte of opening brackets Markdown would
# make something for minutes, and nobody else would be answered meanwhile.
_MOST_MARKDOWN = 50_000
# Where more marks may stand on one letter than any language writes.
_MOST_MARKS = 30
_MANY_MARKS = re.compile(rf"[^\w\x00-\x7f]{{{_MOST_MARKS + 1},}}")


def render_markdown(text: str) -> str:
    """Return safe HTML for Markdown; a line break that somebody typed is kept.

    What is much longer than a text may be is cut.
    """
    rendered: str = _markdown.render(text[:_MOST_MARKDOWN])
    return sanitise(rendered)


@lru_cache(maxsize=1024)
def sanitise(html: str) -> str:
    """Return HTML with nothing but text, its marks and links that promise nothing."""
    return _HEADING.sub(_lower_heading, _cleaner.clean(html))


def normalise(text: str, form: Literal["NFC", "NFKD"] = "NFC") -> str:
    """Return a text in a normal form, with thirty marks in a row at most (UAX #15, 13).

    To put hundreds of thousands of them in their order would take hours.
    """
    return unicodedata.normalize(form, _MANY_MARKS.sub(_with_few_marks, text))


def _with_few_marks(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in found[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


# Of a text that arrives this is asked several times: whether it says anything, and which stance.
@lru_cache(maxsize=256)
def plain_text(html: str) -> str:
    """Return what HTML says: entities decoded, paragraphs apart, mentions kept."""
    outline = _outline.clean(html).replace("\r", "").replace("\n", " ")
    outline = _LINE_BREAK.sub("\n", outline)
    outline = _PARAGRAPH_END.sub("\n\n", outline)
    text = entities.unescape(_TAG.sub("", outline))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def replace_links(html: str, stand_in: Callable[[str, str], str | None]) -> str:
    """Return safe HTML with plain words in the place of some of its links.

    `stand_in` is given the address and the words of each, and returns none for one that stays.
    """

    def replaced(found: re.Match[str]) -> str:
        target = _TARGET.search(found[1])
        href = entities.unescape(target[1]) if target else ""
        words = stand_in(href, plain_text(found[2]))
        return found[0] if words is None else entities.escape(words)

    return _LINK.sub(replaced, _cleaner.clean(html))


def is_blank(html: str) -> bool:
    """Whether HTML says nothing beyond whom it mentions, as the ballots of some servers do."""
    return not _UNSEEN.sub("", _MENTION.sub("", plain_text(html))).strip()


def excerpt(text: str, length: int) -> str:
    """Return the beginning of a plain text on one line, cut between words, in `length` at most."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    words = line[:length].rpartition(" ")[0]
    # A text without spaces, or one very long word, is cut where it stands.
    kept = words if len(words) * 2 > length else line[: length - 1]
    return kept.rstrip(" ,;:.-") + "…"


def lead(html: str, length: int) -> str:
    """Return the beginning of a text for a list; its headings are left out."""
    return excerpt(plain_text(_WHOLE_HEADING.sub("", html)), length)


def _lower_heading(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + _PAGE_HEADINGS}"


def _lower_headings(state: StateCore) -> None:
    """Keep the outline of a page whole: the highest heading of a text comes below the page's."""
    headings = [token for token in state.tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1:]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1:]) - highest + 1 + _PAGE_HEADINGS, 6)}"


def _link_addresses(state: StateCore) -> None:
    """Make links of addresses that stand in the text as they are."""
    for token in state.tokens:
        if token.type == "inline" and token.children and "://" in token.content:
            token.children = _with_links(token.children)


def _with_links(tokens: list[Token]) -> list[Token]:
    linked: list[Token] = []
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and depth == 0:
            linked += _split_text(token.content)
        else:
            linked.append(token)
    return linked


def _split_text(text: str) -> list[Token]:
    tokens: list[Token] = []
    start = 0
    for found in _ADDRESS.finditer(text):
        address = _trim_address(found[0])
        tokens += [
            _text(text[start : found.start()]),
            Token("link_open", "a", 1, attrs={"href": address}),
            _text(address),
            Token("link_close", "a", -1),
        ]
        start = found.start() + len(address)
    return [*tokens, _text(text[start:])]


def _trim_address(address: str) -> str:
    """Leave out the full stop, or the closing bracket, that belongs to the sentence."""
    trimmed = address.rstrip(_SENTENCE_MARKS)
    if trimmed.endswith(")") and trimmed.count("(") < trimmed.count(")"):
        return trimmed[:-1]
    return trimmed


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _image_as_link(
    self: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Write a link in an image's place: nothing is loaded from elsewhere while reading."""
    token = tokens[index]
    source = str(token.attrs["src"])
    words = self.renderInlineAsText(token.children or [], options, env) or source
    return f'<a href="{entities.escape(source)}">{entities.escape(words)}</a>'


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("js-default", {"html": False, "breaks": True})
    # Tables and rules vanish on other servers, with their meaning.
    markdown.disable(["table", "hr"])
    markdown.core.ruler.push("lower_headings", _lower_headings)
    markdown.core.ruler.push("link_addresses", _link_addresses)
    markdown.add_render_rule("image", _image_as_link)
    return markdown


_markdown = _make_markdown()
