"""Markdown as plain text that reads well, for servers that take no Markdown."""

import re
from dataclasses import dataclass, field

from dosfed import texts

# What follows reads safe HTML alone, as `texts.render_markdown` writes it.
_PIECE = re.compile(r"(<[^<>]*+>)")
_NAME = re.compile(r"</?([a-z0-9]+)")
_START = re.compile(r'\sstart="(\d+)"')
_LISTS = {"ul", "ol"}


def to_plain(markdown: str) -> str:
    """Return what Markdown says: addresses behind the words of links, dots and numbers of lists.

    Text without any marks stays as it is.
    """
    html = texts.replace_links(texts.render_markdown(markdown), _with_address)
    return texts.plain_text(_with_signs(html))


def begins_a_block(markdown: str) -> bool:
    """Whether Markdown begins with a list, a heading, a quote: no words can go before it."""
    return not texts.render_markdown(markdown).startswith("<p>")


def _with_address(href: str, words: str) -> str:
    is_said = href in {words, f"mailto:{words}"} or not words
    return (words or href) if is_said else f"{words} ({href})"


def _with_signs(html: str) -> str:
    """Return HTML in which lists, quotes and code still look alike without their tags."""
    writer = _Writer()
    for piece in _PIECE.split(html):
        found = _NAME.match(piece)
        if found is None:
            writer.say(piece)
        elif piece.startswith("</"):
            writer.close(found[1], piece)
        else:
            writer.open(found[1], piece)
    return "".join(writer.written)


@dataclass(slots=True, kw_only=True)
class _Writer:
    """Writes pieces of HTML, with the signs of what they are a part of."""

    written: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of the next item in each list; 0 for dots
    quotes: int = 0
    is_code: bool = False

    def say(self, text: str) -> None:
        # Elsewhere lines that are only a matter of writing HTML are none of the text.
        lines = text.strip("\n").replace("\n", "<br>") if self.is_code else text
        self.written.append(lines)

    def open(self, name: str, piece: str) -> None:
        if name in _LISTS and self.numbers:
            self.written.append("<br>")  # a list in a list begins a line
        self.written.append(piece)
        if name in _LISTS:
            start = _START.search(piece)
            first = int(start[1]) if start else 1
            self.numbers.append(first if name == "ol" else 0)
        elif name == "li" and self.numbers:
            self.written.append(self._sign())
        elif name == "blockquote":
            self.quotes += 1
        elif name == "pre":
            self.is_code = True
        elif name in {"p", "br"}:
            self.written.append("&gt; " * self.quotes)

    def close(self, name: str, piece: str) -> None:
        self.written.append(piece)
        if name in _LISTS:
            self.numbers.pop()
            self.written.append("" if self.numbers else "<br>")  # an empty line behind the last
        elif name == "blockquote":
            self.quotes -= 1
        elif name == "pre":
            self.is_code = False

    def _sign(self) -> str:
        number = self.numbers[-1]
        if not number:
            return "- "
        self.numbers[-1] += 1
        return f"{number}. "
