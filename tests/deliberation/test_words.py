"""Words as they are looked for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dosfed.deliberation.search.words import (
    EXCERPT_LENGTH,
    WORD_LENGTH,
    distinct_words,
    excerpt_around,
    fold,
    read_query,
    stem,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("L\N{RIGHT SINGLE QUOTATION MARK}été, à Orléans !", "l ete a orleans"),
        ("Cœur d'ÆGIR", "coeur d aegir"),
        ("Ǽ ǿ ᴭ", "ae o ae"),
        ("¿Mañana? El Señor Peña", "manana el senor pena"),
        ("STRASSE straße", "strasse strasse"),
        ("ﬁn du monde", "fin du monde"),
        ("e\u0301te\u0301", "ete"),
        ("snake_case 1er-mai", "snake case 1er mai"),
        ("\u202edrow\u202c <b>", "drow b"),
        ("  \t\n", ""),
    ],
)
def test_a_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
@example("Ǽ")
def test_folded_words_are_letters_and_digits_and_stay_as_they_are(text: str) -> None:
    folded = fold(text)

    assert all(word.isalnum() and len(word) <= WORD_LENGTH for word in folded.split())
    assert fold(folded) == folded
    assert fold(text.upper().lower()) == fold(text.lower().upper().lower())


@given(st.text(), st.text())
def test_every_word_of_a_text_is_indexed_once(first: str, second: str) -> None:
    words = distinct_words(first, second).split()

    assert words == sorted(set(words))
    assert set(words) == {*fold(first).split(), *fold(second).split()}


def test_a_query_is_the_telling_words() -> None:
    assert read_query("Les quais de la Seine") == ("quai", "seine")
    assert read_query("il faut") == ("il", "faut")
    assert read_query('" OR * NEAR( -x') == ("near",)
    assert read_query("?!…") == ()
    assert len(read_query(" ".join(f"mot{n}" for n in range(100)))) <= 12


@pytest.mark.parametrize(
    ("one", "many"),
    [("vélo", "vélos"), ("quai", "quais"), ("ciudad", "ciudades"), ("château", "châteaux")],
)
def test_a_word_is_found_by_its_plural(one: str, many: str) -> None:
    assert fold(one).startswith(stem(fold(many)))
    assert fold(many).startswith(stem(fold(one)))


def test_short_words_keep_their_end() -> None:
    assert [stem(word) for word in ("bus", "prix", "pays")] == ["bus", "prix", "pays"]


def test_an_excerpt_begins_before_the_first_hit() -> None:
    text = "La ville demande. " * 40 + "Des VÉLOS partout ! " + "Et encore. " * 60

    pieces = excerpt_around(text, ("velo",))

    assert ("VÉLOS", True) in pieces
    assert pieces[0] == ("… ", False)
    assert pieces[-1][0].endswith(" …")


@given(st.text(max_size=2_000), st.sampled_from([("a",), ("e", "ab"), ()]))
def test_an_excerpt_is_a_part_of_the_text(text: str, query: tuple[str, ...]) -> None:
    line = " ".join(text.split())

    shown = "".join(piece for piece, _ in excerpt_around(text, query))

    assert shown.removeprefix("… ").removesuffix(" …") in line or shown in line
    assert len(shown) <= EXCERPT_LENGTH + 4
