"""Whoever is named in an export is a number, in credits and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.acts.pseudonyms import Pseudonyms

GROUP = "https://delib.example/c/quays"
ORGANISER = "https://delib.example/o/harbour"
ANA = "https://masto.example/users/ana"
BO = "https://delib.example/u/bo"


def names() -> Pseudonyms:
    """Two people take part; Ana comes first."""
    found = Pseudonyms(public={GROUP: "Quays", ORGANISER: "The harbour"})
    found.meet([(ANA, "@ana@masto.example"), (BO, "@bo@delib.example"), (None, "Committee")])
    assert found.of(ANA, "@ana@masto.example") == "participant-1"
    return found


def link(href: str, words: str, classes: str = "u-url mention") -> str:
    return f'<a href="{href}" class="{classes}" rel="nofollow noopener noreferrer ugc">{words}</a>'


@pytest.mark.parametrize(
    "html",
    [
        # Mastodon, Pleroma, Misskey, and a link to the actor itself.
        f'<span class="h-card">{link("https://masto.example/@ana", "@<span>ana</span>")}</span>',
        link("https://masto.example/users/ana", "@<span>ana</span>", "mention"),
        link("https://masto.example/@ana", "@ana@masto.example"),
        link(ANA, "Ana"),
        # Friendica and Hubzilla, and a link to where her server shows what she writes.
        f"@{link(ANA, '<span>ana</span>')}",
        link("https://masto.example/@ana", "Ana G."),
        # Not linked at all.
        "@ana@masto.example",
        "@Ana@Masto.example",
        "@ana",
        "&#64;ana@masto.example",
        "@ana@masto.example@bridge.example",
    ],
)
def test_a_mention_becomes_the_number_of_the_person(html: str) -> None:
    written = names().in_html(f"<p>{html} yes, but …</p>")

    assert "@participant-1" in written
    assert "ana" not in written.lower()
    assert written.endswith(" yes, but …</p>")


def test_somebody_who_does_not_take_part_gets_a_number_too() -> None:
    known = names()

    assert known.in_text("Ask @cleo@third.example.") == "Ask @participant-2."
    assert known.of(BO, "@bo@delib.example") == "participant-3"


@pytest.mark.parametrize("words", ["bea", "Bea Ruiz"])
def test_a_mention_whose_sign_is_outside_its_link_becomes_a_number(words: str) -> None:
    html = f"<p>@{link('https://friend.example/profile/bea', words)} yes</p>"

    assert names().in_html(html) == "<p>@participant-2 yes</p>"


def test_a_consultation_and_its_organiser_keep_their_names() -> None:
    html = f"<p>{link(GROUP, '@<span>quays</span>')} @harbour@delib.example yes</p>"

    assert names().in_html(html).count("participant") == 0
    assert names().of(ORGANISER, "The harbour") is None


@pytest.mark.parametrize(
    "text",
    [
        "Write to ana@masto.example.",
        "See https://masto.example/@ana/11223344.",
        "At 3 @ a pound, @nobody agreed.",
        "",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert names().in_text(text) == text


def test_headings_keep_their_rank_however_often_a_file_goes_round() -> None:
    assert names().in_html("<h1>Why</h1><p>@ana</p>") == "<h1>Why</h1><p>@participant-1</p>"


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_an_address_never_survives_whatever_stands_around_it(before: str, after: str) -> None:
    written = names().in_text(f"{before} @ana@masto.example {after}")

    assert written is not None
    assert "ana@masto.example" not in written.replace(before, "").replace(after, "")
