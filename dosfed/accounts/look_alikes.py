"""What a name looks like: letters of several alphabets that fonts draw alike are one.

UTS #39 lists thousands of such pairs. These are the ones with which a name of Latin letters can be
written so that a reader sees no difference: Cyrillic, Greek, Armenian, digits, and a few letters of
the Latin alphabet itself. Among Chinese characters, or in Arabic, nothing is compared.
"""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import unicodedata
from functools import lru_cache

# Capitals apart: the Greek eta is an H, and the small one an n.
_PAIRS = {
    # Cyrillic
    "АВЕЅІЈКМНОРСТУХҮԌԚԜӀѴ": "ABESIJKMHOPCTYXYGQWIV",
    "авеѕіјкмнорстухүԍԛԝӏѵһԁгпь": "abesijkmhopctyxygqwlvhdrnb",
    # Greek
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳ": "ABEZHIKMNOPTYXCj",
    "αβεηικνορτυχγωϲ": "abenikvoptuxywc",
    # Armenian
    "ՕՏՍԼօհոսցզյ": "OSULohnugqj",
    # Latin letters that do not come apart into a letter and its mark
    "øłđħıȷɑɡɩǀŧƅÐØŁĐĦŦ": "oldhijagiltbDOLDHT",
}
_ALIKE = str.maketrans(
    {
        letter: latin
        for letters, latins in _PAIRS.items()
        for letter, latin in zip(letters, latins, strict=True)
    }
)
# After capitals went: what is drawn as one stroke, and the round one.
_STROKES = str.maketrans("01i|", "olll")
# The alphabets that are drawn after one another. Others are told apart at a glance.
ALPHABETS = frozenset(
    {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU", "GOTHIC"}
)


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """Return what a name looks like: two with the same are taken for each other."""
    letters = unicodedata.normalize("NFKD", name)
    seen = "".join(
        letter
        for letter in letters
        if unicodedata.category(letter)[0] in "LN" and not unicodedata.combining(letter)
    )
    drawn = unicodedata.normalize("NFKD", seen.translate(_ALIKE).casefold()).translate(_ALIKE)
    return drawn.translate(_STROKES).replace("rn", "m").replace("vv", "w")


# Of these letters alone can a name be in more alphabets than one.
TWINS = frozenset(twin for letters in _PAIRS for one in letters for twin in skeleton(one))


def alphabets(name: str) -> frozenset[str]:
    """Return which of the alphabets that look alike a name is written in."""
    letters = unicodedata.normalize("NFKC", name)
    found = (unicodedata.name(one, "").partition(" ")[0] for one in letters if one.isalpha())
    return ALPHABETS.intersection(found)
