"""Markdown made HTML, in a time that grows with its length alone.

The parser is pulldown-cmark's: it reads a text once and says what it meets. What is made of that
is written here, since a page wants less than CommonMark offers: HTML is shown as the text that
it is, headings come below those of the page, a line break that somebody typed stays, an image
becomes a link, and addresses become links wherever they are. A line under a text is a line,
and makes no heading of it: somebody drew it to set what follows apart.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyromark import Markdown, Options

# Deeper than anybody's list of lists; what lies deeper keeps its words.
DEPTH = 24
PAGE_HEADINGS = 2  # the page's own title, and the section that a text is in
_LOWEST = 6
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_SENTENCE_MARKS = ".,;:!?*_~\u2026\u00bb\u201d\u2019"
# A link with one of these does something other than lead somewhere.
_NO_PLACE = re.compile(r"\s*(?:javascript|vbscript|file|data)\s*:", re.IGNORECASE)
_TAGS = {
    "Paragraph": ("<p>", "</p>\n"),
    "HtmlBlock": ("<p>", "</p>\n"),
    "CodeBlock": ("<pre><code>", "</code></pre>\n"),
    "Item": ("<li>", "</li>\n"),
    "BlockQuote": ("<blockquote>\n", "</blockquote>\n"),
    "Emphasis": ("<em>", "</em>"),
    "Strong": ("<strong>", "</strong>"),
    "Strikethrough": ("<s>", "</s>"),
}
_TAGS |= {
    "Table": ("<table>\n", "</tbody></table>\n"),
    "TableHead": ("<thead><tr>\n", "</tr></thead><tbody>\n"),
    "TableRow": ("<tr>\n", "</tr>\n"),
    "TableCell": ("<td>", "</td>\n"),
}
_HEAD_CELL = ("<th>", "</th>\n")
_BLOCKS = ("<ul>", "<ol", "<p>", "<blockquote>", "<pre>", "<h", "<table>")
_parser = Markdown(options=Options.ENABLE_STRIKETHROUGH)
_table_parser = Markdown(options=Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TABLES)
# A row that is short of cells is given them: a text of bars alone would make millions.
MOST_CELLS = 2_000
_Event = Any  # a word, or a mapping with one key: see pyromark.event


def to_html(markdown: str) -> str:
    """Return HTML for Markdown: well formed, not too deep, and still to be sanitised."""
    source = markdown.encode("utf-8", "replace").decode("utf-8")  # no half of a character
    events = _without_underlined_headings(source)
    scribe = _Scribe(lowering=_lowering(events))
    for event in events:
        scribe.take(event)
    return "".join(scribe.written)


def _without_underlined_headings(source: str) -> list[_Event]:
    """Return what the parser meets, where a text with a line below it is no heading (setext)."""
    written = source.encode()
    parser = _table_parser if _has_small_tables(source) else _parser
    # Events with places tell how a heading is written; those without are joined where one text is.
    met: _Event
    places = []
    for met, place in parser.events_with_range(source):
        if "Start" in met and "Heading" in met["Start"]:
            places.append(place)
    headings = iter(places)
    events: list[_Event] = []
    is_drawn = False
    for met in parser.events(source):
        begins = "Start" in met and "Heading" in met["Start"]
        if begins:
            place = next(headings)
            is_drawn = not written[place["start"] : place["end"]].lstrip().startswith(b"#")
        if not is_drawn:
            events.append(met)
        elif begins:
            events.append({"Start": "Paragraph"})
        elif "End" in met and "Heading" in met["End"]:
            events += [{"End": "Paragraph"}, "Rule"]
            is_drawn = False
        else:
            events.append(met)
    return events


def _has_small_tables(source: str) -> bool:
    """Whether the tables of a text, if it has any, have few cells, however they are written."""
    bars = [line.count("|") for line in source.splitlines()]
    return (max(bars, default=0) + 1) * sum(number > 0 for number in bars) <= MOST_CELLS


def _lowering(events: Sequence[_Event]) -> int:
    """Return by how many levels headings are lowered: the highest comes below the page's."""
    levels = [
        int(event["Start"]["Heading"]["level"][1:])
        for event in events
        if "Start" in event and "Heading" in event["Start"]
    ]
    return PAGE_HEADINGS + 1 - min(levels, default=1)


@dataclass(slots=True, kw_only=True)
class _Scribe:
    """Writes down what the parser meets."""

    lowering: int
    written: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)  # how each ends
    links: int = 0  # how many are open: one inside another has its words alone
    codes: int = 0
    image: str = ""  # where the last one lies
    image_at: int = -1
    too_deep: int = 0  # how many are open beyond the last that is shown

    def take(self, event: _Event) -> None:
        """Write one thing that the parser met."""
        what, value = (event, "") if isinstance(event, str) else next(iter(event.items()))
        if what == "Start":
            if len(self.opened) == DEPTH:
                self.too_deep += 1
            else:
                self._start(value)
        elif what == "End":
            if self.too_deep:
                self.too_deep -= 1
            else:
                self._end(value)
        else:
            self._say(what, value)

    def _say(self, what: str, value: str) -> None:
        if what == "Text":
            is_plain = self.links > 0 or self.codes > 0
            self.written.append(html.escape(value) if is_plain else _with_links(value))
        elif what in {"SoftBreak", "HardBreak"}:
            self.written.append("<br>\n")
        elif what == "Code":
            self.written.append(f"<code>{html.escape(value)}</code>")
        elif what in {"InlineHtml", "Html"}:
            self.written.append(html.escape(value).replace("\n", "<br>\n"))
        elif what == "Rule":  # it vanishes on other servers
            self._begin("<p>---</p>\n")

    def _end(self, tag: _Event) -> None:
        if tag == "HtmlBlock":
            self.written[-1] = self.written[-1].removesuffix("<br>\n")
        if tag == "Image" and len(self.written) == self.image_at:
            self.written.append(html.escape(self.image))  # it says nothing else
        self.links -= tag in ("Link", "Image")
        self.codes -= tag == "CodeBlock"
        self.written.append(self.opened.pop())

    def _start(self, tag: _Event) -> None:
        match tag:
            case {"Link": link}:
                self._link(link["dest_url"], before="[", is_mail=link["link_type"] == "Email")
            case {"Image": link}:
                self._link(link["dest_url"], before="![", is_mail=False)
                self.image, self.image_at = link["dest_url"], len(self.written)
            case {"Heading": heading}:
                number = min(int(heading["level"][1:]) + self.lowering, _LOWEST)
                self._open(f"<h{number}>", f"</h{number}>\n")
            case {"List": int() as first} if first != 1:
                self._open(f'<ol start="{first}">\n', "</ol>\n")
            case {"List": first}:
                self._open(*(("<ul>\n", "</ul>\n") if first is None else ("<ol>\n", "</ol>\n")))
            case "TableCell" if "</tr></thead><tbody>\n" in self.opened:
                self._open(*_HEAD_CELL)
            case _:
                name = tag if isinstance(tag, str) else next(iter(tag))
                self.codes += name == "CodeBlock"
                self._open(*_TAGS.get(name, ("", "")))

    def _link(self, address: str, *, before: str, is_mail: bool) -> None:
        """Begin a link, or an image's, which is one; what leads nowhere is shown as typed."""
        self.links += 1
        if self.links > 1:
            self._open("", "")
        elif _NO_PLACE.match(address):
            self._open(before, f"]({html.escape(address)})")
        else:
            target = f"mailto:{address}" if is_mail else address
            self._open(f'<a href="{html.escape(target)}">', "</a>")

    def _open(self, opening: str, end: str) -> None:
        self._begin(opening)
        self.opened.append(end)

    def _begin(self, opening: str) -> None:
        """Write a tag, on a new line if it is a block's."""
        is_inline = self.written and not self.written[-1].endswith("\n")
        if is_inline and opening.startswith(_BLOCKS):
            self.written.append("\n")
        self.written.append(opening)


def _with_links(text: str) -> str:
    """Return a text as HTML, with links in place of the addresses in it."""
    pieces: list[str] = []
    start = 0
    for found in _ADDRESS.finditer(text):
        address = _trim_address(found[0])
        link = html.escape(address)
        pieces += [html.escape(text[start : found.start()]), f'<a href="{link}">{link}</a>']
        start = found.start() + len(address)
    return "".join([*pieces, html.escape(text[start:])])


def _trim_address(address: str) -> str:
    """Leave out the full stop, or the closing bracket, that belongs to the sentence."""
    trimmed = address.rstrip(_SENTENCE_MARKS)
    if trimmed.endswith(")") and trimmed.count("(") < trimmed.count(")"):
        return trimmed[:-1]
    return trimmed
