"""Drawing share cards: a title on paper, wrapped to fit, under the mark of the instance."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

VERSION = 2  # of what cards look like; another one makes new files
SIZE = (1200, 630)
MARGIN = 80
WIDTH = SIZE[0] - 2 * MARGIN
ICON_SIZE, ICON_MARGIN, ICON_LETTER = 400, 40, 230
WHITE = "#ffffff"
PAPER, INK, SOFT, WARM = "#f6f2e9", "#1b2a2e", "#4d5b5f", "#a8481f"
TITLE_TOP, TITLE_BOTTOM = 150, 525
TITLE_SIZES = (84, 72, 62, 54, 46, 40)
LINE = 1.22  # of the size of the letters
SMALL = 34
LOGO_WIDTH, LOGO_HEIGHT = 220, 70
FONT = Path(__file__).parent / "fonts" / "NotoSerif-Bold.ttf"
OPENING = re.compile("(?<=\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}) ")
CLOSING = re.compile(" (?=[?!:;\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}])")
# Below this share of letters that the font has, a card says too little.
ENOUGH = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card says; `accent` is the colour of the instance."""

    title: str
    about: str
    site: str
    accent: str
    logo: str | None = None  # the file in which it lies


def draw(card: Card) -> bytes | None:
    """Return a card as PNG, or None where its title is in a script that the font has not."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - twelve megabytes, for those who share a link

    title = writable(card.title)
    letters = [character for character in card.title if character.isalpha()]
    kept = [character for character in title if character.isalpha()]
    if not title or len(kept) < ENOUGH * len(letters):
        return None
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, SIZE[0], 18), fill=card.accent)
    left = _logo(image, card.logo) if card.logo else None
    if left is None:
        _mark(pen, card.accent)
        left = MARGIN + 70
    pen.text((left, 62), _line(writable(card.site), SMALL), font=_font(SMALL), fill=INK)
    size, lines = fit(title)
    for number, line in enumerate(lines):
        place = (MARGIN, TITLE_TOP + number * int(size * LINE))
        pen.text(place, line, font=_font(size), fill=INK)
    pen.text((MARGIN, 540), _line(writable(card.about), SMALL), font=_font(SMALL), fill=SOFT)
    written = io.BytesIO()
    # Few colours: a quarter of the bytes.
    image.quantize(128).save(written, "PNG", optimize=True)
    return written.getvalue()


def draw_icon(name: str, accent: str, logo: bytes | None) -> bytes | None:
    """Return a square picture as PNG: the logo, else the letter that a name begins with.

    None where the font has not that letter.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415 - as above

    side = ICON_SIZE
    if logo is not None:
        image = Image.new("RGB", (side, side), WHITE)
        with Image.open(io.BytesIO(logo)) as picture:
            shown = picture.convert("RGBA")
        room = side - 2 * ICON_MARGIN
        scale = min(room / shown.width, room / shown.height)
        size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
        shown = shown.resize(size, Image.Resampling.LANCZOS)
        image.paste(shown, ((side - size[0]) // 2, (side - size[1]) // 2), shown)
    else:
        letter = next((one for one in writable(name) if one.isalnum()), None)
        if letter is None:
            return None
        image = Image.new("RGB", (side, side), accent)
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, side - 28, side, side), fill=WARM)
        place = (side // 2, side // 2)
        pen.text(place, letter.upper(), font=_font(ICON_LETTER), fill=PAPER, anchor="mm")
    written = io.BytesIO()
    image.quantize(128).save(written, "PNG", optimize=True)
    return written.getvalue()


def fit(title: str) -> tuple[int, list[str]]:
    """Return the largest size at which a title has room, with its lines; cut at the smallest."""
    for size in TITLE_SIZES:
        lines = wrap(title, _font(size).getlength, WIDTH)
        if len(lines) <= _room(size):
            return size, lines
    size = TITLE_SIZES[-1]
    lines = wrap(title, _font(size).getlength, WIDTH)[: _room(size)]
    return size, [*lines[:-1], _line(f"{lines[-1]} \N{HORIZONTAL ELLIPSIS}", size)]


def wrap(text: str, length: Callable[[str], float], width: float) -> list[str]:
    """Return lines of a width at most; a word that is longer is broken where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if length(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while length(line) > width:
            part = _longest(line, length, width)
            lines.append(part)
            line = line[len(part) :]
    return [*lines, line] if line else lines


def writable(text: str) -> str:
    """Return a text on one line, without characters that the font has not.

    Marks that French sets apart stay with their word.
    """
    line = " ".join("".join(c for c in text if c.isspace() or _has(c)).split())
    return CLOSING.sub("\N{NO-BREAK SPACE}", OPENING.sub("\N{NO-BREAK SPACE}", line))


def _longest(word: str, length: Callable[[str], float], width: float) -> str:
    """Return as much of a word as a line takes: one character at least."""
    end = 1
    while end < len(word) and length(word[: end + 1]) <= width:
        end += 1
    return word[:end]


def _line(text: str, size: int) -> str:
    """Return as much of a text as one line takes."""
    room = WIDTH - 240
    if _font(size).getlength(text) <= room:
        return text
    while text and _font(size).getlength(f"{text}\N{HORIZONTAL ELLIPSIS}") > room:
        text = text[:-1]
    return f"{text.rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _room(size: int) -> int:
    return int((TITLE_BOTTOM - TITLE_TOP) / (size * LINE))


def _logo(image: "Image", path: str) -> int | None:
    """Put the instance's own logo where its mark would be; return where its name begins."""
    from PIL import Image  # noqa: PLC0415 - as above

    try:
        with Image.open(path) as opened:
            logo = opened.convert("RGBA")
    except OSError:
        return None
    logo.thumbnail((LOGO_WIDTH, LOGO_HEIGHT))
    image.paste(logo, (MARGIN, 50 + (LOGO_HEIGHT - logo.height) // 2), logo)
    return MARGIN + logo.width + 20


def _mark(pen: "ImageDraw", accent: str) -> None:
    """Draw the two bubbles of static/icon.svg."""
    first = [(5, 8), (19, 8), (19, 19), (12, 19), (7, 24), (7, 19), (5, 19)]
    second = [(22, 13), (27, 13), (27, 24), (25, 24), (25, 28), (21, 24), (13, 24), (13, 22)]
    second.append((22, 22))
    pen.polygon(_scaled(first), fill=accent)
    pen.polygon(_scaled(second), fill=WARM)


def _scaled(points: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(MARGIN - 10 + 2.1 * x, 46 + 2.1 * y) for x, y in points]


@lru_cache(maxsize=len(TITLE_SIZES) + 2)
def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415 - as above

    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2_048)
def _has(character: str) -> bool:
    """Whether the font has a character: it draws the same box for all that it has not."""
    return _shape(character) != _shape("\U0010ffff")


def _shape(character: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(TITLE_SIZES[-1]).getmask(character)
    return mask.size, bytes(mask)
