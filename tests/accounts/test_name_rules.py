"""Names beside handles: any script, and nothing that deceives."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed import texts
from dosfed.accounts.look_alikes import skeleton
from dosfed.accounts.name_rules import MOST, Taken, check_display_name, may_have_twins
from dosfed.accounts.rules import Flaw, Unfit

TAKEN = Taken(
    public=["Villeneuve", "Mairie de Villeneuve", "chief", "delib.example"],
    others=["ana", "sope", "Зоя", "王小明", "Marie Dupont"],
)
NAMES = (
    "Émilie Dupré",
    "Зоя Петрова",
    "Ολυμπία",
    "王小明",
    "さくら",
    "김민수",
    "نگار\u200cا",
    "किशोर",
    "ශ්\u200dරී",
    "ภูมิ",
    "བསྒྲུབས",
    "שָּׁלוֹם",
    "ქეთევან",
    "Ngô Thị Ế",
    "Jean-Luc d’Aubigné",
    "O'Neil",
    "Ana (Les Quais)",
    "Jean Villeneuve",
    "Marie Dupont",
    "Louis 14",
    "x" * MOST,
)


def fit(name: str, *, is_team: bool = False) -> str:
    return check_display_name(name, taken=TAKEN, is_team=is_team)


def flaw_of(name: str) -> Flaw | None:
    try:
        fit(name)
    except Unfit as unfit:
        return unfit.flaw
    return None


@pytest.mark.rule("6.12")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_kept_as_it_is(name: str) -> None:
    assert fit(name) == unicodedata.normalize("NFC", name)


@pytest.mark.rule("6.12")
@pytest.mark.parametrize("name", ["", " ", "\u00a0\u3000 "])
def test_nothing_but_spaces_is_no_name(name: str) -> None:
    assert fit(name) == ""


@pytest.mark.rule("6.12")
def test_spaces_at_the_ends_and_twice_go() -> None:
    assert fit("  Émilie \u00a0 Dupré ") == "Émilie Dupré"


@pytest.mark.rule("6.12")
@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("x" * (MOST + 1), Flaw.NAME_TOO_LONG),
        ("x" * 10_000, Flaw.NAME_TOO_LONG),
        ("a\u0301" * 10_000, Flaw.NAME_TOO_LONG),
        ("a\x00na", Flaw.NAME_UNSEEN),
        ("an\ud800a", Flaw.NAME_UNSEEN),
        ("Ana\u202e", Flaw.NAME_UNSEEN),
        ("\u2067Ana\u2069", Flaw.NAME_UNSEEN),
        ("An\u200ba", Flaw.NAME_UNSEEN),
        ("An\u200da", Flaw.NAME_UNSEEN),
        ("\u200dAna", Flaw.NAME_UNSEEN),
        ("Ana\u00ad", Flaw.NAME_UNSEEN),
        ("Ana\ufe0f", Flaw.NAME_UNSEEN),
        ("An\u034fa", Flaw.NAME_UNSEEN),
        ("\u3164", Flaw.NAME_UNSEEN),
        ("Ana\ue000", Flaw.NAME_UNSEEN),
        ("Ana\U000e0041", Flaw.NAME_UNSEEN),
        ("@ana", Flaw.NAME_SIGNS),
        ("ana＠masto.example", Flaw.NAME_SIGNS),
        ("Ana ✓", Flaw.NAME_SIGNS),
        ("Ana ✔", Flaw.NAME_SIGNS),
        ("Ana ☑", Flaw.NAME_SIGNS),
        ("🛡 Ana", Flaw.NAME_SIGNS),
        ("Ana :verified:", Flaw.NAME_SIGNS),
        ("<b>Ana</b>", Flaw.NAME_SIGNS),
        ("=HYPERLINK(1)", Flaw.NAME_SIGNS),
        ("...", Flaw.NAME_SIGNS),
        ("1234", Flaw.NAME_SIGNS),
        ("\u2800", Flaw.NAME_SIGNS),
        ("A\u20ddna", Flaw.NAME_SIGNS),
        ("A\u0338\u0321\u0317\u032dna", Flaw.NAME_MARKS),
        ("\u0301\u0302", Flaw.NAME_MARKS),
        ("Ana \u0301", Flaw.NAME_MARKS),
        ("Аnna", Flaw.NAME_MIXED),
        ("Vіllеnеuvе", Flaw.NAME_MIXED),
        ("Admin", Flaw.NAME_OF_TEAM),
        ("Modération", Flaw.NAME_OF_TEAM),
        ("Ana, moderator", Flaw.NAME_OF_TEAM),
        ("𝓐𝓭𝓶𝓲𝓷", Flaw.NAME_OF_TEAM),
        ("villeneuve", Flaw.NAME_OF_TEAM),
        ("VILLENEUVE.", Flaw.NAME_OF_TEAM),
        ("Mairie de Villeneuve, accueil", Flaw.NAME_OF_TEAM),
        ("Ma\u0131rie de Vil1eneuve", Flaw.NAME_OF_TEAM),
        ("Ch1ef", Flaw.NAME_OF_TEAM),
        ("chíef", Flaw.NAME_OF_TEAM),
        ("ѕоре", Flaw.NAME_LIKE_ANOTHER),
        ("ΑΝΑ", Flaw.NAME_LIKE_ANOTHER),
        ("3oя", Flaw.NAME_MIXED),
    ],
)
def test_what_deceives_is_refused(name: str, flaw: Flaw) -> None:
    assert flaw_of(name) is flaw


@pytest.mark.rule("6.12")
def test_anyone_on_the_team_may_say_so_and_still_looks_like_nobody_else() -> None:
    assert fit("Ana (modération)", is_team=True) == "Ana (modération)"
    with pytest.raises(Unfit):
        fit("ΑΝΑ", is_team=True)


@pytest.mark.rule("6.12")
@given(st.text(max_size=80))
def test_what_is_kept_is_seen_whole_and_kept_again_as_it_is(name: str) -> None:
    if flaw_of(name) is not None:  # and no other error
        return
    kept = fit(name)
    assert len(kept) <= MOST
    assert "@" not in unicodedata.normalize("NFKC", kept)
    assert fit(kept) == kept == texts.one_line(kept, MOST) == texts.name_of_person(kept)
    assert not kept or skeleton(kept)


@pytest.mark.rule("6.12")
@given(st.sampled_from(NAMES), st.sampled_from("\u202e\u2066\u200b\u00ad\ufeff✓@:<\x00\ud800"))
def test_one_character_that_deceives_is_enough_anywhere(name: str, character: str) -> None:
    for place in range(1, min(len(name), 5)):
        assert flaw_of(name[:place] + character + name[place:]) is not None


@pytest.mark.rule("6.12")
@given(st.text(alphabet="aceopxyѕсеорхуаіАВΑΟνκ", min_size=1, max_size=12))
def test_every_name_that_may_have_a_twin_is_compared(name: str) -> None:
    looks = skeleton(name)

    assert skeleton(looks) == looks
    assert may_have_twins(name)


def test_names_of_other_servers_are_shown_without_badges_and_towers() -> None:
    assert texts.name_of_person("Ana ✓ :verified: \u202e") == "Ana"
    assert texts.name_of_person("A\u0301\u0302\u0303\u0304\u0305na") == "A\u0301\u0302\u0303na"
    assert texts.name_of_person("Zoë 🌱") == "Zoë 🌱"
