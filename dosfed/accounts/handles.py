"""A handle that is proposed from a name: Latin letters for those of any script, as far as they go.

What Unicode says of a letter is enough for most alphabets: what it comes apart into, or the name it
has, which for Hangul, kana and the scripts of India is how it is read, and for Arabic, Hebrew,
Armenian or Georgian begins with its sound. Cyrillic and Greek have a list. Of Chinese characters
nobody can know the reading: who has a name of those is proposed a word that anybody may bear.
"""

# ruff: noqa: RUF001 - letters of several alphabets are what this is about

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import count

from dosfed.accounts.rules import NAME_LENGTHS

FALLBACK = "resident"
LONGEST = NAME_LENGTHS.stop - 1
VOWELS = "AEIOUY"
_LISTED = """
    ß ss æ ae œ oe ø o ł l đ d ð d þ th ħ h ı i
    а a б b в v г g ґ g д d е e ё e є ye ж zh з z и i і i ї yi й y ј j к k л l љ lj м m н n њ nj
    о o п p р r с s т t ћ c у u ў u ф f х kh ц ts ч ch џ dz ш sh щ shch ы y э e ю yu я ya ђ dj
    α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch
    ψ ps ω o
"""
LISTED = dict(zip(_LISTED.split()[::2], _LISTED.split()[1::2], strict=True)) | {"ъ": "", "ь": ""}
_SYLLABLES = "DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM"
SYLLABLES = frozenset(_SYLLABLES.split())
_ALPHABETS = "ARABIC HEBREW SYRIAC ARMENIAN GEORGIAN THAI LAO COPTIC"
ALPHABETS = frozenset(_ALPHABETS.split())
# What parts no words.
WITHIN = frozenset("'’‘ʼ\u200c\u200d")
# Words of a letter's name that say nothing of its sound.
_NO_SOUND = "LETTER CHARACTER CAPITAL SMALL FINAL FARSI SARA VOWEL SIGN"
NO_SOUND = frozenset(_NO_SOUND.split())


def propose_handle(name: str, taken: Collection[str]) -> str:
    """Return a handle that nobody has: a name as it is read, or a word that says nothing."""
    words = re.findall("[a-z0-9]+", romanise(name))
    base = "_".join(words)[:LONGEST].strip("_") or FALLBACK
    return next(one for one in _numbered(base) if one not in taken)


def _numbered(base: str) -> Iterator[str]:
    if len(base) in NAME_LENGTHS:
        yield base
    for number in count(2):
        digits = str(number)
        yield base[: LONGEST - len(digits)] + digits


def romanise(name: str) -> str:
    """Return a name in Latin letters and spaces; what has no reading is left out."""
    read = ""
    for letter in unicodedata.normalize("NFC", name).lower():
        read = _read(read, letter)
    return read


def _read(before: str, letter: str) -> str:
    """Return what was read before, with one more letter."""
    if letter in LISTED:
        return before + LISTED[letter]
    if letter in WITHIN:
        return before
    parts = unicodedata.normalize("NFKD", letter)
    if parts[0].isascii():
        return before + "".join(part for part in parts if part.isascii())
    if parts[0] in LISTED:
        return before + LISTED[parts[0]]
    if unicodedata.category(letter)[0] not in "LM":
        return before + " "
    return _read_by_name(before, unicodedata.name(letter, "").split())


def _read_by_name(before: str, words: list[str]) -> str:
    match words:
        case ["HANGUL" | "ETHIOPIC", "SYLLABLE", sound]:
            return before + sound.lower()
        case ["HIRAGANA" | "KATAKANA", "LETTER", *_, sound]:
            return before + sound.lower()
        # In the scripts of India a consonant has an a, until a sign gives it another vowel or none.
        case [script, "VOWEL", "SIGN", sound] if script in SYLLABLES:
            return before.removesuffix("a") + _short(sound)
        case [script, "SIGN", "VIRAMA"] if script in SYLLABLES:
            return before.removesuffix("a")
        case [script, "SIGN", "ANUSVARA" | "CANDRABINDU"] if script in SYLLABLES:
            return before + "n"
        case [script, "LETTER", sound] if script in SYLLABLES:
            return before + _short(sound)
        case [script, *named] if script in ALPHABETS:
            return before + _first_sound(next((one for one in named if one not in NO_SOUND), ""))
        case _:
            return before


def _short(sound: str) -> str:
    """Return a syllable of India as it is written without its marks: of `TTHII`, thi."""
    return re.sub(r"(.)\1+", r"\1", sound).lower()


def _first_sound(letter: str) -> str:
    """Return the sound with which the name of a letter begins, as that of SHEEN does with sh."""
    found = re.match(f"[{VOWELS}]|[^{VOWELS}]+", letter)
    return "" if found is None else found[0].lower()
