"""Many short proposals: citizens' own, from a file, or else made up."""

import csv
import os
import random
from collections.abc import Sequence
from pathlib import Path

# A CSV file with a column `proposition`, such as make.org's open data.
VARIABLE = "DOSFED_BENCH_TEXTS"
SYLLABLES = ("ba", "bri", "cho", "dre", "fa", "gru", "lou", "mi", "noi", "pré", "ra", "té", "vo")
WORDS = 6_000
LONGEST = 200


def proposal_texts(number: int) -> tuple[list[str], str]:
    """Return so many texts, and where they come from; a file that is too short is repeated."""
    path = os.environ.get(VARIABLE)
    if path:
        with Path(path).open(encoding="utf-8", newline="") as file:
            found = [" ".join(row["proposition"].split()) for row in csv.DictReader(file)]
        return [found[place % len(found)] for place in range(number)], Path(path).name
    chance = random.Random(1)
    words = made_up_words(chance)
    # As in a language: the second word is half as frequent as the first.
    weights = [1 / (place + 2) for place in range(len(words))]
    texts = [
        "Il faut " + " ".join(chance.choices(words, weights, k=chance.randint(5, 25)))
        for _ in range(number)
    ]
    return texts, "made up"


def made_up_words(chance: random.Random) -> list[str]:
    """Return words that look like French."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(WORDS)]


def telling_words(texts: Sequence[str], number: int) -> list[str]:
    """Return words of six letters and more from here and there in the texts, for searches."""
    chance = random.Random(2)
    words = {word for text in texts[::7] for word in text.split() if word.isalpha()}
    long = sorted(word for word in words if len(word) >= 6)
    return chance.sample(long, min(number, len(long)))
