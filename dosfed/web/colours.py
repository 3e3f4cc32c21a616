"""Colours that an instance chooses, with how well they can be read (WCAG 2.2, 1.4.3)."""

import re
from collections.abc import Mapping

HEX = re.compile(r"#[0-9a-f]{6}\Z")
LEAST_CONTRAST = 4.5
# What the accent is read on: the variables of static/style.css, light and dark.
GROUNDS: Mapping[str, tuple[str, ...]] = {
    "light": ("#f6f2e9", "#fffdf8", "#e9f2ea", "#f8e9e4"),
    "dark": ("#11191c", "#182226", "#182a23", "#2d1f1e"),
}
# And its own tint: so many hundredths of it, mixed into the sheet.
TINTS: Mapping[str, tuple[int, str]] = {"light": (10, "#fffdf8"), "dark": (12, "#182226")}
BEND = 0.04045  # where the curve of sRGB begins
INKS = ("#ffffff", "#0d1719")  # what is written on the accent
SHIPPED: Mapping[str, str] = {"light": "#125760", "dark": "#7cc7c9"}


def read_colour(text: str) -> str | None:
    """Return a colour such as #125760 in lower case, or None if it is none."""
    colour = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", colour):
        colour = "#" + "".join(2 * digit for digit in colour[1:])
    return colour if HEX.match(colour) else None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def least_contrast(accent: str, scheme: str) -> float:
    """Return how well an accent is read on the worst ground of a scheme."""
    return min(contrast(accent, ground) for ground in (*GROUNDS[scheme], tint(accent, scheme)))


def tint(accent: str, scheme: str) -> str:
    """Return the tint of an accent, as browsers mix it (CSS Color 5, `color-mix` in sRGB)."""
    share, sheet = TINTS[scheme]
    pairs = zip(_parts(accent), _parts(sheet), strict=True)
    return "#" + "".join(f"{round((share * a + (100 - share) * b) / 100):02x}" for a, b in pairs)


def ink_on(accent: str) -> str:
    """Return the ink that is read best on an accent; on one that passed it reaches 4.5."""
    return max(INKS, key=lambda ink: contrast(ink, accent))


def theme(light: str | None, dark: str | None) -> str:
    """Return a stylesheet that puts accents in the place of those that are shipped."""
    rules = ""
    if light:
        rules += f":root{{{_variables(light)}}}\n"
    if light or dark:
        # The rule for light paper would hold on dark paper as well.
        shown = dark or SHIPPED["dark"]
        rules += f"@media (prefers-color-scheme:dark){{:root{{{_variables(shown)}}}}}\n"
    return rules


def _variables(accent: str) -> str:
    return f"--accent:{accent};--accent-ink:{ink_on(accent)}"


def _luminance(colour: str) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    red, green, blue = (part / 255 for part in _parts(colour))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _linear(part: float) -> float:
    return part / 12.92 if part <= BEND else ((part + 0.055) / 1.055) ** 2.4
