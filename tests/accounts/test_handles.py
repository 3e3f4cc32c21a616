"""Handles that are proposed from names of any script."""

# ruff: noqa: RUF001 - letters of several alphabets are what this is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.accounts.handles import FALLBACK, propose_handle
from dosfed.accounts.rules import NAME_LENGTHS
from dosfed.activitypub.actors import NAME, RESERVED


@pytest.mark.rule("6.5")
@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Émilie Dupré", "emilie_dupre"),
        ("Jean-Luc d’Aubigné", "jean_luc_daubigne"),
        ("O'Neil", "oneil"),
        ("Łukasz Straße Ærø", "lukasz_strasse_aero"),
        ("Ngô Thị Ế", "ngo_thi_e"),
        ("Зоя Петрова", "zoya_petrova"),
        ("Юлія Щербань", "yuliya_shcherban"),
        ("Ολυμπία", "olympia"),
        ("さくら", "sakura"),
        ("김민수", "gimminsu"),
        ("किशोर", "kishora"),
        ("محمد", "mhmd"),
        ("שרה", "shrh"),
        ("Արամ", "aram"),
        ("ሰላም", "salaame"),
        ("王小明", FALLBACK),
        ("", FALLBACK),
        ("🌱 ...", FALLBACK),
        ("x" * 50, "x" * 30),
        ("A", "a2"),
    ],
)
def test_a_handle_is_made_of_a_name_as_it_is_read(name: str, handle: str) -> None:
    assert propose_handle(name, ()) == handle


@pytest.mark.rule("6.5")
def test_one_that_is_taken_gets_a_number() -> None:
    taken = {"ana", "ana2", "x" * 30, "x" * 29 + "2", *RESERVED}

    assert propose_handle("Ana", taken) == "ana3"
    assert propose_handle("Анна", {"anna"}) == "anna2"
    assert propose_handle("x" * 40, taken) == "x" * 29 + "3"
    assert propose_handle("Admin", taken) == "admin2"


@pytest.mark.rule("6.5")
@given(st.text(max_size=80), st.sets(st.sampled_from(["resident", "a2", "aa", "resident2"])))
def test_whatever_the_name_a_handle_can_be_given(name: str, taken: set[str]) -> None:
    handle = propose_handle(name, taken)

    assert NAME.fullmatch(handle)
    assert len(handle) in NAME_LENGTHS
    assert handle not in taken
