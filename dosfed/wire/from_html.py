"""HTML of other servers: made Markdown, and freed of the mentions and hashtags around its words."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from dosfed import markup, texts

# What follows reads safe HTML alone, as `texts.clean` writes it: each tag closed in its order.
_PIECE = re.compile(r"(<[^<>]*+>)")
_NAME = re.compile(r"</?([a-z0-9]+)")
_HREF = re.compile(r'\shref="([^"]*)"')
_LIVE = re.compile(r"([\\`*_\[\]<>~])")
_LIVE_AT_START = re.compile(r"^(\s*)([#+-]|\d+(?=[.)]))")
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~"}
_EMPTY = re.compile(r"<(a|span|p|em|strong|b|i|u)(?:\s[^<>]*)?>(?:\s|<br>)*</\1>")
_LEADING_BREAKS = re.compile(r"^((?:<(?:p|div|span)[^<>]*>)*)(?:\s|<br>)+")
_ENDS = ("</p>", "</div>", "</span>")
_MENTIONS = re.compile(r"\s*(?:@[\w.\-]+(?:@[\w.\-:]+)?[,:]?(?:\s+|$))+")
_WORD = re.compile(r"\S+")
_HASHTAG = re.compile(r"(?:^|(?<=[(\[]))#\w+[.,;:!?…)\]]*+$")
_ENDS_A_SENTENCE = ".!?…:;)]\n"


@dataclass(slots=True, kw_only=True)
class _Writer:
    """Writes Markdown for pieces of HTML."""

    written: list[str] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)  # the number of the next item; 0 for dots
    quotes: int = 0
    targets: list[str] = field(default_factory=list)
    is_code: bool = False
    cells: int = 0  # of the row that is open, or the last
    is_in_cell: bool = False
    has_head: bool = False

    def take(self, piece: str) -> None:
        named = _NAME.match(piece)
        if named is None:
            self._say(markup.unescape(piece))
        elif piece.startswith("</"):
            self._close(named[1])
        else:
            self._open(named[1], piece)

    def _say(self, text: str) -> None:
        if self.is_code:
            self.written.append(text)
            return
        is_first = self._begins_a_line()
        words = re.sub(r"\s+", " ", text)
        words = _LIVE.sub(r"\\\1", words.lstrip() if is_first else words)
        if self.is_in_cell:
            words = words.replace("|", r"\|")
        if is_first:
            words = _LIVE_AT_START.sub(_escaped, words, count=1)
            words = self._margin() + words if words.strip() else ""
        self.written.append(words)

    def _begins_a_line(self) -> bool:
        text = "".join(self.written[-4:])
        return not text or text.endswith("\n")

    def _margin(self) -> str:
        return "> " * self.quotes

    def _break(self, lines: int) -> None:
        """Begin anew, behind an empty line if two are wanted."""
        if self.is_in_cell:
            return
        text = "".join(self.written[-4:])
        if not text.strip():
            return
        missing = lines - (len(text) - len(text.rstrip("\n")))
        if missing > 0:
            self.written.append("\n" * missing)

    def _open(self, name: str, piece: str) -> None:
        if name == "br":
            self.written.append(" " if self.is_in_cell else "\n" + "  " * len(self.lists))
        elif name in _MARKS and not self.is_code:
            margin = self._margin() if self._begins_a_line() else ""
            self.written.append(margin + _MARKS[name])
        elif name in {"ul", "ol"}:
            self._break(1 if self.lists else 2)
            self.lists.append(1 if name == "ol" else 0)
        elif name == "li":
            self._item()
        elif name == "a":
            found = _HREF.search(piece)
            self.targets.append(markup.unescape(found[1]) if found else "")
            self.written.append("[" if self.targets[-1] else "")
        elif name == "code" and not self.is_code:
            self.written.append("`")
        else:
            self._open_block(name)

    def _open_block(self, name: str) -> None:
        if name == "blockquote":
            self._break(2)
            self.quotes += 1
        elif name == "pre":
            self._break(2)
            self.written.append("```\n")
            self.is_code = True
        elif name in markup.TABLE:
            self._open_table(name)
        elif name in {"p", "div"} or name.startswith("h"):
            self._begin(name)

    def _open_table(self, name: str) -> None:
        if name == "table":
            self._break(2)
            self.has_head = False
        elif name == "tr":
            self._break(1)
            self.cells = 0
        elif name in {"td", "th"}:
            self.written.append("| " if self.cells == 0 else " | ")
            self.cells += 1
            self.is_in_cell = True

    def _close_table(self, name: str) -> None:
        if name in {"td", "th"}:
            self.is_in_cell = False
        elif name == "tr" and self.cells:
            self.written.append(" |\n")
            if not self.has_head:
                self.written.append("|" + " --- |" * self.cells + "\n")
                self.has_head = True
        elif name == "table":
            self._break(2)

    def _begin(self, name: str) -> None:
        if not (self.lists and self.written and self.written[-1].endswith((". ", "- "))):
            self._break(2 if not self.lists else 1)
        if name[0] == "h" and name[1:].isdigit():
            self.written.append("#" * int(name[1:]) + " ")

    def _item(self) -> None:
        self._break(1)
        depth, number = len(self.lists), self.lists[-1] if self.lists else 0
        dot = f"{number}. " if number else "- "
        self.written.append(self._margin() + "   " * max(depth - 1, 0) + dot)
        if number:
            self.lists[-1] += 1

    def _close(self, name: str) -> None:
        if name in _MARKS and not self.is_code:
            self.written.append(_MARKS[name])
        elif name in {"ul", "ol"}:
            if self.lists:
                self.lists.pop()
            self._break(1 if self.lists else 2)
        elif name == "a" and self.targets:
            target = self.targets.pop()
            target = target.replace("(", "%28").replace(")", "%29")
            self.written.append(f"]({target})" if target else "")
        elif name == "code" and not self.is_code:
            self.written.append("`")
        else:
            self._close_block(name)

    def _close_block(self, name: str) -> None:
        if name == "blockquote":
            self._break(2)
            self.quotes = max(self.quotes - 1, 0)
        elif name == "pre":
            self._break(1)
            self.written.append("```\n\n")
            self.is_code = False
        elif name in markup.TABLE:
            self._close_table(name)
        elif name in {"p", "div", "li"} or name.startswith("h"):
            self._break(2 if not self.lists else 1)


def _escaped(found: re.Match[str]) -> str:
    """Return the beginning of a line that would be a list or a heading, as mere words."""
    is_number = found[2].isdigit()
    return f"{found[1]}{found[2]}" if is_number else f"{found[1]}\\{found[2]}"


def to_markdown(html: str) -> str:
    """Return Markdown for HTML: lists, marks, links and quotes stay what they are."""
    writer = _Writer()
    for piece in _PIECE.split(texts.clean(html)):
        if piece:
            writer.take(piece)
    lines = "".join(writer.written).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def without_address(html: str, is_stance: Callable[[str], bool]) -> str:
    """Return HTML without the mentions before its words and the hashtags behind them.

    One hashtag that ends a sentence is a word of it, unless it is a stance. What would be empty
    then stays as it is.
    """
    said = texts.plain_text(html)
    if not said.startswith("@") and "#" not in said:
        return html
    pieces = _PIECE.split(texts.clean(html))
    text = "".join(_as_text(piece) for piece in pieces)
    leading = _MENTIONS.match(text)
    start = leading.end() if leading else 0
    end = _start_of_hashtags(text, start)
    if not _are_labels(text, end, is_stance):
        end = len(text)
    if not text[start:end].strip():
        end = len(text)
    if not text[start:end].strip():
        return html
    kept = _between(pieces, start, end)
    while (shorter := _EMPTY.sub("", kept)) != kept:
        kept = shorter
    return _without_trailing_breaks(_LEADING_BREAKS.sub(r"\1", kept))


def _without_trailing_breaks(html: str) -> str:
    # By hand: an expression would begin anew at each of many breaks.
    end = len(html)
    while html.endswith(_ENDS, 0, end):
        end = html.rindex("</", 0, end)
    words = html[:end].rstrip()
    while words.endswith("<br>"):
        words = words.removesuffix("<br>").rstrip()
    return words + html[end:]


def _start_of_hashtags(text: str, start: int) -> int:
    """Return where the hashtags begin with which a text ends; its end if there are none."""
    # Word by word from the end: one expression for all of them would begin anew at each.
    at = len(text)
    for word in reversed(list(_WORD.finditer(text, start))):
        found = _HASHTAG.search(word[0])
        if found is None:
            break
        before = word[0][: found.start()].rstrip("([")
        at = word.start() + len(before)
        if before:
            break
    return at


def _are_labels(text: str, start: int, is_stance: Callable[[str], bool]) -> bool:
    words = text[start:].split()
    before = text[:start].rstrip(" \t")
    is_apart = not before or before[-1] in _ENDS_A_SENTENCE
    return len(words) > 1 or is_apart or any(is_stance(word) for word in words)


def _as_text(piece: str) -> str:
    named = _NAME.match(piece)
    if named is None:
        return re.sub(r"\s", " ", markup.unescape(piece))
    is_block = named[1] == "br" or (named[1] in markup.BLOCKS and piece.startswith("</"))
    return "\n" if is_block else ""


def _between(pieces: list[str], start: int, end: int) -> str:
    """Return pieces with the text between two places alone; all tags stay."""
    kept, place = [], 0
    for piece in pieces:
        text = _as_text(piece)
        first, last = max(start - place, 0), max(end - place, 0)
        place += len(text)
        if _NAME.match(piece):
            is_break_outside = text and piece == "<br>" and (first > 0 or last < len(text))
            kept.append("" if is_break_outside else piece)
        elif first == 0 and last >= len(text):
            kept.append(piece)
        else:
            kept.append(texts.escape(text[first:last]))
    return "".join(kept)
