"""Texts that people write: Markdown made HTML, and HTML of other servers made safe."""

import html as entities
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import nh3

from dosfed import markdown, markup

# What Mastodon keeps, so that a text looks alike here and there; headings become bold there.
_MARKS = {"a", "b", "br", "code", "del", "em", "i", "s", "span", "strong", "u", "ruby", "rt", "rp"}
_BLOCKS = markup.BLOCKS - {"div"}
_KEPT = _MARKS | _BLOCKS
_OUTLINE = markup.BLOCKS | {"br"}
_ATTRIBUTES = {"*": {"lang"}, "a": {"href", "hreflang"}, "ol": {"start", "reversed"}}
# Mastodon hides part of a long address and marks mentions by these.
_LINK_CLASSES = {"mention", "hashtag", "u-url"}
_SPAN_CLASSES = {"h-card", "invisible", "ellipsis"}
_SCHEMES = {"http", "https", "mailto", "xmpp", "magnet"}

_cleaner = nh3.Cleaner(
    tags=_KEPT,
    clean_content_tags=set(markup.REMOVED_WHOLE),
    attributes=_ATTRIBUTES,
    allowed_classes={"a": _LINK_CLASSES, "span": _SPAN_CLASSES},
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="nofollow noopener noreferrer ugc",
)
# These expressions read what the cleaner has written, where a `<` or `>` of the text is an entity.
# None of them could be trusted with what came in.
_HEADING = re.compile(r"(</?h)([12])(?=[ >])")
_WHOLE_HEADING = re.compile(r"<h[1-6][^<>]*+>[^<]*+</h[1-6]>")
_TAG = re.compile(r"<[^<>]*+>")
# As the cleaner writes it: attributes in double quotes, no link inside another.
_LINK = re.compile(r'<a((?:\s[\w-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
_TARGET = re.compile(r'\shref="([^"]*)"')
_LINE_BREAK = re.compile(r"<br>|</(?:li|div|tr)>")
_CELL_END = re.compile(r"</t[dh]>")
_PARAGRAPH_END = re.compile(r"</(?:p|blockquote|pre|table|h[1-6]|details|summary)>")
# What somebody warns of is folded: of that a list shows the warning alone.
_FOLDED = re.compile(
    r"<details[^<>]*+>\s*+<summary[^<>]*+>([^<]*+)</summary>.*</details>", re.DOTALL
)
# As Lemmy and PieFed write it.
_FOLD = re.compile(r"::: ?spoiler (\S[^\n]*+)\n(.*)\n:::[ \t]*+(?:\n|$)", re.DOTALL)
_MANY_LINES = re.compile(r"\n{3,}")
_MENTION = re.compile(r"@[\w.\-]+(?:@[\w.\-:]+)?")
_PICTURE = re.compile(r"<img\s[^<>]*+>")
_SAID_OF_PICTURE = re.compile(r"""\s(alt|src|class)=("[^"]*+"|'[^']*+')""")
_SIGN = re.compile(r"emoji|smiley")
_MOST_PICTURES = 20
# Marks without a width of their own: they leave a text as empty as it was.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# These as well in a name, with controls, tags and letters that are blank. The two joiners stay:
# Persian, the languages of India and families of emoji are written with them.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# In a name: the badges of checked accounts, as signs, or as `:verified:` where others draw them.
_SHORTCODES = re.compile(r":\w{1,64}:")
_BADGES = re.compile(
    "[\u2611\u2705\u2713-\u2716\u237b\u2b50\ufe0e\ufe0f\U0001f396\U0001f3c5\U0001f51e-\U0001f52f\U0001f539"
    "\U0001f5f8\U0001f5f9\U0001f6e1\U0001f7e0-\U0001f7eb]"
)
_OVER_AND_UNDER = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_TOWERS = re.compile(f"({_OVER_AND_UNDER}{{3}}){_OVER_AND_UNDER}+")
# Longer than any text that is taken here.
_MOST_MARKDOWN = 50_000
# More marks on one letter than any language writes.
_MOST_MARKS = 30
_MANY_MARKS = re.compile(rf"[^\w\x00-\x7f]{{{_MOST_MARKS + 1},}}")


def render_markdown(text: str) -> str:
    """Return safe HTML for Markdown; a line break that somebody typed is kept.

    What is much longer than a text may be is cut. What stands at its beginning between
    `::: spoiler` and `:::` is folded under the warning beside these.
    """
    said = text[:_MOST_MARKDOWN]
    folded = _FOLD.match(said) if said.startswith(":::") else None
    if folded is None:
        return _cleaner.clean(markdown.to_html(said))
    warning, words, rest = escape(folded[1].strip()), folded[2], said[folded.end() :]
    html = f"<details><summary>{warning}</summary>{markdown.to_html(words)}</details>\n"
    return _cleaner.clean(html + markdown.to_html(rest))


def fold(warning: str, markdown_text: str) -> str:
    """Return Markdown that is folded under a warning of one line."""
    return f"::: spoiler {warning}\n{markdown_text}\n:::"


def warning_of(text: str) -> str | None:
    """Return what Markdown warns of at its beginning, if all that it says is folded under that."""
    folded = _FOLD.match(text) if text.startswith(":::") else None
    return folded[1].strip() if folded and not text[folded.end() :].strip() else None


def said_openly(html: str) -> str:
    """Return in plain text what HTML says to whoever unfolds nothing."""
    return plain_text(_FOLDED.sub(r"<p>\1</p>", html))


def escape(text: str) -> str:
    """Return plain text as it stands in HTML, outside of attributes."""
    return entities.escape(text, quote=False)


def render_plain(text: str) -> str:
    """Return HTML for plain text: its paragraphs and lines stay, and nothing in it is a mark."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    lines = (escape(one).replace("\n", "<br>") for one in paragraphs)
    return "".join(f"<p>{one}</p>" for one in lines if one)


@lru_cache(maxsize=1024)
def sanitise(html: str) -> str:
    """Return HTML with nothing but text, its marks and links that promise nothing."""
    return _HEADING.sub(_lower_heading, clean(html))


def clean(html: str) -> str:
    """Return HTML with nothing but text, its marks and links; headings stay as high as they are."""
    # In this order: what makes HTML cheap to read need not make it safe, what makes it safe is
    # only fast on what is cheap to read (`markup`).
    return _cleaner.clean(markup.tidy(html, _KEPT))


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
    outline = markup.tidy(html, _OUTLINE).replace("\r", "").replace("\n", " ")
    outline = _LINE_BREAK.sub("\n", _CELL_END.sub(" ", outline))
    outline = _PARAGRAPH_END.sub("\n\n", outline)
    text = markup.unescape(_TAG.sub("", outline))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def replace_links(html: str, stand_in: Callable[[str, str], str | None]) -> str:
    """Return safe HTML with plain words in the place of some of its links.

    `stand_in` is given the address and the words of each, and returns none for one that stays.
    """

    def replaced(found: re.Match[str]) -> str:
        target = _TARGET.search(found[1])
        href = markup.unescape(target[1]) if target else ""
        words = stand_in(href, plain_text(found[2]))
        return found[0] if words is None else entities.escape(words)

    return _LINK.sub(replaced, clean(html))


def seen(html: str) -> str:
    """Return what HTML says without marks that have no width."""
    return _UNSEEN.sub("", plain_text(html)).strip()


def is_blank(html: str) -> bool:
    """Whether HTML says nothing beyond whom it mentions, as the ballots of some servers do."""
    return not _MENTION.sub("", seen(html)).strip()


def pictures_as_links(html: str) -> str:
    """Return HTML with a link in the place of each picture, called by its description.

    Nothing of it is trusted yet: it is cleaned afterwards as if it had come so.
    """
    return _PICTURE.sub(_as_link, html, count=_MOST_PICTURES) if "<img" in html else html


def _as_link(found: re.Match[str]) -> str:
    said = {
        one[1]: markup.unescape(one[2].strip("\"'")) for one in _SAID_OF_PICTURE.finditer(found[0])
    }
    words, source = " ".join(said.get("alt", "").split()), said.get("src", "")
    is_sign = not source.startswith(("http://", "https://")) or _SIGN.search(said.get("class", ""))
    if is_sign:  # such as an emoji
        return escape(words)
    return f'<a href="{entities.escape(source)}">{escape(words or source)}</a>'


def one_line(text: str, length: int) -> str:
    """Return a name or a title that can be put beside others: on one line, all of it to be seen.

    What shows nothing, ends the line or turns the order of writing goes: with these a name can
    look like another, or rearrange the words around it.
    """
    return " ".join(_HIDDEN.sub("", text.replace("\n", " ")).split())[:length].strip()


@lru_cache(maxsize=1024)
def name_of_person(name: str) -> str:
    """Return what somebody calls themselves as it is shown: no badge, and no tower of marks.

    Names here are checked before they are kept (rule 6.12); those of other servers only here.
    """
    plain = _TOWERS.sub(r"\1", _BADGES.sub("", _SHORTCODES.sub("", name)))
    return one_line(plain, len(plain))


def excerpt(text: str, length: int) -> str:
    """Return the beginning of a plain text on one line, cut between words, in `length` at most."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    words = line[:length].rpartition(" ")[0]
    # A text without spaces, or one very long word, is cut in the middle.
    kept = words if len(words) * 2 > length else line[: length - 1]
    return kept.rstrip(" ,;:.-") + "…"


def lead(html: str, length: int) -> str:
    """Return the beginning of a text for a list; its headings are left out."""
    return excerpt(said_openly(_WHOLE_HEADING.sub("", html)), length)


def _lower_heading(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + markdown.PAGE_HEADINGS}"
