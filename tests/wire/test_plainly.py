"""What somebody wrote in Markdown reads well where it is shown as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.texts import is_blank, render_markdown
from dosfed.wire.plainly import begins_a_block, to_plain


@pytest.mark.parametrize(
    "text",
    [
        "Du calme.",
        "Une ligne\nune autre\n\nUn paragraphe.",
        "2 * 3 = 6, a_b_c, #pour, @ana@masto.example, <b>, l'été & l'hiver",
        "- un\n- deux",
        "1. un\n2. deux",
        "> cité\n> encore\n\nnon",
        "https://exemple.fr/a_b?c=d&e",
    ],
)
def test_what_has_no_marks_stays_as_it_is(text: str) -> None:
    assert to_plain(text) == text


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        (
            "Du calme, *enfin* et **tous** les `jours` ~~non~~.",
            "Du calme, enfin et tous les jours non.",
        ),
        ("Voir [le plan](https://exemple.fr/p).", "Voir le plan (https://exemple.fr/p)."),
        ("[https://exemple.fr/](https://exemple.fr/)", "https://exemple.fr/"),
        ("<https://exemple.fr/>", "https://exemple.fr/"),
        ("[](https://exemple.fr/)", "https://exemple.fr/"),
        ("![Le quai](https://exemple.fr/q.png)", "Le quai (https://exemple.fr/q.png)"),
        ("[écrire](mailto:a@exemple.fr)", "écrire (mailto:a@exemple.fr)"),
        ("a\\*b", "a*b"),
        ("## Titre\n\nTexte", "Titre\n\nTexte"),
        ("Avant\n\n* un\n* deux\n\nAprès", "Avant\n\n- un\n- deux\n\nAprès"),
        ("- un\n  1. a\n  2. b", "- un\n1. a\n2. b"),
        ("7) sept\n8) huit", "7. sept\n8. huit"),
        ("```\nx = 1\ny = 2\n```", "x = 1\ny = 2"),
        ("> un\n>\n> deux", "> un\n\n> deux"),
    ],
)
def test_marks_become_what_can_be_read(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@pytest.mark.parametrize("text", ["# Titre", "- un", "1. un", "> cité", "```\nx\n```"])
def test_words_cannot_go_before_a_block(text: str) -> None:
    assert begins_a_block(text)
    assert not begins_a_block(f"Avant.\n\n{text}")


@given(st.text(alphabet="a *_`#>-1.)([]!<>\\\n\t|~&;é", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    plain = to_plain(text)
    assert is_blank(render_markdown(text)) or plain
    assert to_plain(text) == plain
