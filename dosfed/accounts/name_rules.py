"""Which names people may show beside their handle, as pure functions (rule 6.12).

Any script, and nothing that deceives: nothing that cannot be seen, no sign that reads as a badge,
no look of somebody who speaks for the instance. Two neighbours may share a name, as they do in
life; nobody may look like another by letters of another alphabet.
"""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from dosfed import texts
from dosfed.accounts.look_alikes import TWINS, alphabets, skeleton
from dosfed.accounts.rules import Flaw, Unfit

MOST = 50
# More on one letter than Hebrew, Vietnamese or Tibetan write.
MOST_MARKS = 3
FIELD = "display"
JOINERS = frozenset("\u200c\u200d")
# Persian, and the languages of India and its neighbours, are written with joiners.
_JOINED = """
    ARABIC SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM SINHALA
    KHMER MYANMAR MONGOLIAN TIBETAN
"""
JOINED = frozenset(_JOINED.split())
# What stands in names beside letters, marks and digits. No sign and no emoji: ✓ reads as a badge.
PUNCTUATION = frozenset(" '’‘ʼ\"“”«».,·&()-‐‑–־׳״՚・")
# Marks that show nothing.
UNSEEN_MARKS = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Controls, formats, surrogates, what has no meaning or a private one, and ends of lines.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Anyone called one of these speaks for the instance, in the three languages of the pages.
_OFFICES = """
    admin admins administrator administrateur administratrice administrador administradora
    administration administracion moderator moderation moderateur moderatrice moderador moderadora
    moderacion operator operateur operatrice operador operadora facilitator facilitateur
    facilitatrice facilitador facilitadora organiser organizer organisateur organisatrice
    organizador organizadora root staff support webmaster
"""
OFFICES = frozenset(map(skeleton, _OFFICES.split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a name is compared with: who speaks for the instance, and everybody else here."""

    public: Collection[str] = ()  # of the instance, the organisers and the team
    others: Collection[str] = ()


def check_display_name(name: str, *, taken: Taken, is_team: bool) -> str:
    """Return a name as it is kept, empty for none, or raise `Unfit`.

    Who is on the team may say so; nobody else is called like an office.
    """
    if len(name) > MOST * (1 + MOST_MARKS):  # before anything looks at each of them
        raise Unfit(FIELD, Flaw.NAME_TOO_LONG)
    kept = " ".join(texts.normalise(name).split())
    if not kept:
        return ""
    _check_letters(kept)
    if len(kept) > MOST:
        raise Unfit(FIELD, Flaw.NAME_TOO_LONG)
    if any(len(alphabets(word)) > 1 for word in kept.split()):
        raise Unfit(FIELD, Flaw.NAME_MIXED)
    if not is_team and _speaks_for_instance(kept, taken.public):
        raise Unfit(FIELD, Flaw.NAME_OF_TEAM)
    if _is_twin(kept, taken.others if is_team else [*taken.others, *taken.public]):
        raise Unfit(FIELD, Flaw.NAME_LIKE_ANOTHER)
    return kept


def may_have_twins(name: str) -> bool:
    """Whether a name can look like one in another alphabet: no other needs a comparison."""
    return set(skeleton(name)) <= TWINS


def _check_letters(name: str) -> None:
    if texts.one_line(name, len(name)) != name or UNSEEN_MARKS.search(name):
        raise Unfit(FIELD, Flaw.NAME_UNSEEN)
    marks = 0
    for before, character in pairwise(f" {name}"):
        _check_character(before, character)
        # A mark on nothing hangs on the word before.
        is_mark = unicodedata.category(character) == "Mn"
        marks = marks + 1 if is_mark else 0
        if marks > MOST_MARKS or (is_mark and before in PUNCTUATION):
            raise Unfit(FIELD, Flaw.NAME_MARKS)
    if not any(character.isalpha() for character in name):
        raise Unfit(FIELD, Flaw.NAME_SIGNS)


def _check_character(before: str, character: str) -> None:
    kind = unicodedata.category(character)
    if character in JOINERS:
        if _script(before) not in JOINED:
            raise Unfit(FIELD, Flaw.NAME_UNSEEN)
    elif kind in UNSEEN:
        raise Unfit(FIELD, Flaw.NAME_UNSEEN)
    elif kind == "Me" or (kind[0] not in "LMN" and character not in PUNCTUATION):
        raise Unfit(FIELD, Flaw.NAME_SIGNS)


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _speaks_for_instance(name: str, public: Collection[str]) -> bool:
    words = [skeleton(word) for word in re.split(r"[^\w'’]+", name)]
    if OFFICES.intersection(words):
        return True
    looks = skeleton(name)
    # One of several words is no surname: nobody else is called anything with it.
    return any(
        looks == skeleton(one) or (" " in one.strip() and skeleton(one) in looks)
        for one in public
        if skeleton(one)
    )


def _is_twin(name: str, others: Collection[str]) -> bool:
    """Whether a name looks like another's, written in another alphabet."""
    looks, written = skeleton(name), alphabets(name)
    return any(skeleton(one) == looks and alphabets(one) != written for one in others)
