"""HTML of other servers, put in order in a time that grows with its length alone.

A parser of HTML mends what is written: it moves, closes and opens again what stands wrong, as
browsers agree to. A page of a hundred kilobytes can be written so that mending it takes
minutes, or makes a gigabyte of it. What a browser would do with such a page concerns nobody
here. So all tags are read once, from left to right, before anything else looks at them: those
that a text has no use for go, the others are closed in their order, and none stands deeper than
`DEPTH`. What is left is small, well formed and still not trusted: it is sanitised afterwards.
"""

import html as entities
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

# Deeper than anybody's list of lists; what lies deeper keeps its words.
DEPTH = 24
# More marks than a text of forty thousand characters that says something.
TAGS = 4_000
# With all that is between them: no words of a text.
REMOVED_WHOLE = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "math"}
)
ATTRIBUTES = frozenset({"href", "hreflang", "lang", "class", "start", "reversed"})
TABLE = frozenset({"table", "thead", "tbody", "tr", "th", "td"})
BLOCKS = TABLE | {
    *("p", "blockquote", "pre", "ul", "ol", "li", "div"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "details", "summary"),
}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"ul", "ol"})
# A `/` before the name is a part of it: `</p>` is the tag `/p`.
_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9]*+")
# What `+` took it does not give back, so that nothing is looked at twice.
_REST = re.compile(r"""((?:[^"'>]|"[^"]*+"|'[^']*+')*+)>""")
_ATTRIBUTE = re.compile(
    r"""(?<![A-Za-z-])([A-Za-z-]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++))?"""
)
# A number that no character has, written with more digits than Python turns into one.
_HUGE = re.compile(r"&#0*+[0-9]{8,}+;?")


def tidy(html: str, keep: Collection[str]) -> str:
    """Return HTML with the tags in `keep` alone, each closed in its order, none too deep.

    Text stays as it is written, entities included; comments go.
    """
    scribe = _Scribe(keep=keep)
    for name, attributes, text in _pieces(html):
        if name.startswith("/"):
            scribe.close(name[1:])
        elif name:
            scribe.open(name, attributes)
        scribe.write(text)
    return scribe.finished()


def unescape(text: str) -> str:
    """Return a text with its entities decoded, whatever number one of them bears."""
    return entities.unescape(_HUGE.sub("\N{REPLACEMENT CHARACTER}", text))


def _pieces(html: str) -> Iterator[tuple[str, str, str]]:
    """Yield each tag by name, in lower case, with its attributes and the text behind it."""
    first, *rest = html.split("<")
    yield "", "", first
    is_comment = False
    for piece in rest:
        if is_comment or piece.startswith("!--"):
            is_comment = "-->" not in piece
            yield "", "", "" if is_comment else piece.partition("-->")[2]
        else:
            yield _tag(piece)


def _tag(piece: str) -> tuple[str, str, str]:
    """Return what follows a `<`: as a tag and the text behind it, or as text alone."""
    name = _NAME.match(piece)
    if name is None:
        # `<!doctype>` and `<?xml?>` say nothing; "1 < 2" is text.
        return "", "", piece.partition(">")[2] if piece[:1] in {"!", "?", "/"} else f"&lt;{piece}"
    rest = _REST.match(piece, name.end())
    if rest is not None:
        return name[0].lower(), rest[1], piece[rest.end() :]
    attributes, end, text = piece[name.end() :].partition(">")  # a quote that nobody closed
    return (name[0].lower(), attributes, text) if end else ("", "", f"&lt;{piece}")


@dataclass(slots=True, kw_only=True)
class _Scribe:
    """Writes tags and text down again, in their order."""

    keep: Collection[str]
    written: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    # Of each name, how many stood too deep: what closes them closes nothing else.
    left_out: Counter[str] = field(default_factory=Counter)
    removed: str = ""  # the tag that is being left out with all that is in it
    tags: int = 0

    def write(self, text: str) -> None:
        if text and not self.removed:
            self.written.append(text.replace(">", "&gt;"))

    def open(self, name: str, attributes: str) -> None:
        if self.removed:
            return
        if name in REMOVED_WHOLE:
            self.removed = "" if attributes.rstrip().endswith("/") else name
            return
        # It has no end, so that it is neither counted nor put among what is open.
        if name == "br" and "br" in self.keep:
            self.written.append("<br>")
        if name == "br" or name not in self.keep:
            return
        self._end_what_it_ends(name)
        self.tags += 1
        if len(self.opened) >= DEPTH or self.tags > TAGS:
            self.left_out[name] += 1
            return
        self.opened.append(name)
        self.written.append(f"<{name}{_attributes(attributes)}>")

    def _end_what_it_ends(self, name: str) -> None:
        """Close the paragraph, heading or item of a list that another one ends."""
        if name in _HEADINGS and self.opened and self.opened[-1] in _HEADINGS:
            self._close_last(self.opened[-1])
        if name in BLOCKS and "p" in self.opened:
            self._close_last("p")
        if name == "li" and "li" in self.opened:
            lists = [place for place, open_ in enumerate(self.opened) if open_ in _LISTS]
            if "li" in self.opened[max(lists, default=0) :]:
                self._close_last("li")

    def close(self, name: str) -> None:
        if self.removed:
            self.removed = "" if name == self.removed else self.removed
        elif self.left_out[name]:
            self.left_out[name] -= 1
        elif name in self.opened:
            self._close_last(name)

    def _close_last(self, name: str) -> None:
        """Close what was opened last under this name, with all inside it."""
        closed = ""
        while closed != name:
            closed = self.opened.pop()
            self.written.append(f"</{closed}>")

    def finished(self) -> str:
        return "".join([*self.written, *(f"</{name}>" for name in reversed(self.opened))])


def _attributes(written: str) -> str:
    """Return the attributes that a text has a use for, each between quotes."""
    if not written.strip():
        return ""
    kept: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(written):
        name, value = found[1].lower(), found[2] or ""
        if name in ATTRIBUTES and name not in kept:
            kept[name] = value[1:-1] if value[:1] in {'"', "'"} else value
    return "".join(f' {name}="{_quoted(value)}"' for name, value in kept.items())


def _quoted(value: str) -> str:
    return value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
