"""Differences between two texts, as their readers see them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.deliberation.proposals.differences import compare

TEXTS = st.text(alphabet="ab cé\n", max_size=60)


def shown(old: str, new: str) -> str:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return "".join(marks[one.kind].format(one.text) for one in compare(old, new))


def test_a_changed_word_stands_beside_the_one_it_replaces() -> None:
    assert shown("Fermer le dimanche.", "Fermer le samedi.") == (
        "Fermer le[- dimanche.-][+ samedi.+]"
    )


def test_lines_that_stay_are_not_touched() -> None:
    assert shown("Un\n\nDeux\n", "Un\n\nDeux\n\nTrois\n") == "Un\n\nDeux\n[+\nTrois\n+]"
    assert shown("", "Un") == "[+Un+]"
    assert shown("Un", "") == "[-Un-]"
    assert compare("", "") == ()


@given(old=TEXTS, new=TEXTS)
def test_both_texts_can_be_read_off_their_differences(old: str, new: str) -> None:
    found = compare(old, new)

    assert "".join(one.text for one in found if one.kind != "added") == old
    assert "".join(one.text for one in found if one.kind != "removed") == new
    assert all(one.text for one in found)


@pytest.mark.parametrize("vocabulary", ["a", "ab", "".join(map(chr, range(0x4E00, 0x4E96)))])
@pytest.mark.parametrize("separator", [" ", "\n"])
def test_texts_made_to_be_hard_to_compare_are_compared_soon(
    vocabulary: str, separator: str
) -> None:
    old, new = (
        separator.join(vocabulary[pow(base, n, 10_007) % len(vocabulary)] for n in range(10_000))
        for base in (5, 7)
    )
    began = time.process_time()

    compare(old, new)

    # It takes some 20 ms; without a bound it took minutes.
    assert time.process_time() - began < 1


def test_a_long_text_of_which_little_changed_is_compared_word_by_word() -> None:
    old = "\n\n".join(f"Article {n} : le quai est ouvert de {n} h à midi." for n in range(400))
    new = old.replace("Article 7 : le quai", "Article 7 : le pont").replace("de 390 h", "de 9 h")

    found = [(one.kind, one.text) for one in compare(old, new) if one.kind != "same"]

    assert found == [
        ("removed", " quai"), ("added", " pont"), ("removed", " 390"), ("added", " 9"),
    ]  # fmt: skip
