"""Colours of an instance: read, compared, written as a stylesheet."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.web import colours

STYLE = (Path(__file__).parents[2] / "static" / "style.css").read_text(encoding="utf-8")
COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("text", "colour"),
    [("#125760", "#125760"), (" #ABCDEF ", "#abcdef"), ("#abc", "#aabbcc")],
)
def test_a_colour_is_read(text: str, colour: str) -> None:
    assert colours.read_colour(text) == colour


@pytest.mark.parametrize(
    "text",
    ["", "red", "#12", "#12345g", "#1234567", "#125760;}body{display:none}", "#\u0661\u0662\u0663"],
)
def test_what_is_no_colour_is_none(text: str) -> None:
    assert colours.read_colour(text) is None


def test_black_on_white_has_all_the_contrast_there_is() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(COLOUR, COLOUR)
def test_contrast_is_the_same_both_ways(one: str, other: str) -> None:
    assert 1 <= colours.contrast(one, other) <= 21
    assert colours.contrast(one, other) == colours.contrast(other, one)


@given(COLOUR, st.sampled_from(["light", "dark"]))
def test_on_an_accent_that_may_be_used_its_ink_is_read(colour: str, scheme: str) -> None:
    if colours.least_contrast(colour, scheme) >= colours.LEAST_CONTRAST:
        ink = colours.ink_on(colour)
        assert colours.contrast(ink, colour) >= colours.LEAST_CONTRAST


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_shipped_accents_pass_their_own_rule(scheme: str) -> None:
    assert colours.least_contrast(colours.SHIPPED[scheme], scheme) >= colours.LEAST_CONTRAST


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_grounds_are_those_of_the_stylesheet(scheme: str) -> None:
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in _schemes())
    values = light if scheme == "light" else dark
    names = ("paper", "sheet", "for-wash", "against-wash")

    assert colours.GROUNDS[scheme] == tuple(values[name] for name in names)
    assert colours.SHIPPED[scheme] == values["accent"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tint_is_mixed_as_in_the_stylesheet(scheme: str) -> None:
    part = _schemes()[0 if scheme == "light" else 1]
    share, sheet = colours.TINTS[scheme]

    assert f"--notice: color-mix(in srgb, var(--accent) {share}%, var(--sheet));" in part
    assert f"--sheet: {sheet};" in part


# Read on paper and sheet, and not on its own tint: on a chosen answer, or in the team's menu.
@pytest.mark.parametrize(("accent", "scheme"), [("#aa00ee", "light"), ("#8888bb", "dark")])
def test_an_accent_must_be_read_on_its_own_tint(accent: str, scheme: str) -> None:
    grounds = colours.GROUNDS[scheme]
    assert min(colours.contrast(accent, ground) for ground in grounds) >= colours.LEAST_CONTRAST

    assert colours.least_contrast(accent, scheme) < colours.LEAST_CONTRAST
    assert colours.least_contrast(accent, scheme) == colours.contrast(
        accent, colours.tint(accent, scheme)
    )


def _schemes() -> tuple[str, str]:
    light, _, rest = STYLE.partition("@media (prefers-color-scheme: dark)")
    return light, rest.partition("\n}\n")[0]


def test_without_colours_of_its_own_there_is_no_theme() -> None:
    assert colours.theme(None, None) == ""


def test_a_light_accent_leaves_the_dark_one_as_it_was() -> None:
    css = colours.theme("#8a1c2b", None)

    assert css.startswith(":root{--accent:#8a1c2b;--accent-ink:#ffffff}")
    assert "prefers-color-scheme:dark){:root{--accent:#7cc7c9" in css
