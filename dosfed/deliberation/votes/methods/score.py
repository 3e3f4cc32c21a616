"""A score for each option, from 0 to a highest one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.votes.methods.model import (
    BadTerms,
    Cells,
    Choice,
    Options,
    Said,
    Terms,
    Written,
)

SCALE = 5
HIGHEST_SCALE = 10
MOST = 2_000_000_000  # ballots, of a count that somebody else gives
_NUMBERS = re.compile("[0-9]{1,2}(,[0-9]{1,2})*")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What each option was given: of each score, from 0 on, how many ballots gave it."""

    spread: tuple[tuple[int, ...], ...]

    @cached_property
    def ballots(self) -> tuple[int, ...]:
        """How many ballots scored each option."""
        return tuple(map(sum, self.spread))

    @cached_property
    def sums(self) -> tuple[int, ...]:
        """What each option was given by all together."""
        return tuple(
            sum(score * number for score, number in enumerate(numbers)) for numbers in self.spread
        )

    @cached_property
    def means(self) -> tuple[float | None, ...]:
        """What it was given on average, to the nearest tenth, halves up (rule 2.7)."""
        return tuple(
            (20 * total + number) // (2 * number) / 10 if number else None
            for total, number in zip(self.sums, self.ballots, strict=True)
        )

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The positions of the options, the highest sum first (rule 2.7)."""
        return tuple(sorted(range(len(self.sums)), key=lambda place: -self.sums[place]))

    @property
    def details(self) -> Mapping[str, Any]:
        """The spread, of which all the rest follows, with sums and means."""
        return {
            "scores": [list(numbers) for numbers in self.spread],
            "sums": list(self.sums),
            "means": list(self.means),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A method by which a choice is a score for each option, in their order (rule 1.13)."""

    scale: int = SCALE
    word: str = "score"
    version: int = 1
    is_known: bool = True
    fits_a_question: bool = False
    takes_several: bool = False

    @property
    def terms(self) -> Terms:
        """The highest score."""
        return {"scale": self.scale}

    def with_terms(self, terms: Mapping[str, object]) -> "Score":
        """Return the method with the highest score of a poll."""
        scale = terms.get("scale", SCALE)
        if type(scale) is not int or not 1 <= scale <= HIGHEST_SCALE:
            raise BadTerms(f"scale: expected a whole number from 1 to {HIGHEST_SCALE}")
        if not {"scale"}.issuperset(terms):
            raise BadTerms("score has no terms but scale")
        return Score(scale=scale)

    def own_options(self, language: str) -> Options:  # noqa: ARG002 - in none
        """Return no options: it brings none along."""
        return ()

    def said(self, typed: Callable[[str], Sequence[str]], options: Options) -> Said:
        """Return the scores that were ticked, one field for each option."""
        ticked = [typed(f"score-{place}") for place in range(len(options))]
        return Written(text=",".join(one[0] if len(one) == 1 else "" for one in ticked))

    def read(self, said: Said, options: Options) -> Choice:
        """Return a score for each option, all of them from 0 to the highest (rule 1.13)."""
        if not isinstance(said, Written) or _NUMBERS.fullmatch(said.text) is None:
            raise Refused(Refusal.BAD_CHOICE)
        scores = tuple(map(int, said.text.split(",")))
        if len(scores) != len(options) or max(scores) > self.scale:
            raise Refused(Refusal.BAD_CHOICE)
        return scores

    def names(self, choice: Choice, options: Options) -> tuple[str, ...]:
        """Return the options with their scores; a mirror's may have been others since."""
        return tuple(f"{name} ({score})" for name, score in zip(options, choice, strict=False))

    def fields(self, choice: Choice, options: Options) -> list[tuple[str, str]]:  # noqa: ARG002 - by place
        """Return a field for each option."""
        return [(f"score-{place}", str(score)) for place, score in enumerate(choice)]

    def cells(self, options: int) -> int:
        """Return how many cells there are: of each option, one for each score."""
        return options * (self.scale + 1)

    def marks(self, choice: Choice) -> list[int]:
        """Return of each option the cell of its score."""
        width = self.scale + 1
        return [place * width + score for place, score in enumerate(choice)]

    def result(self, cells: Cells) -> Scores:
        """Return the spread of scores of each option."""
        width = self.scale + 1
        return Scores(
            spread=tuple(cells[start : start + width] for start in range(0, len(cells), width))
        )

    def count_of(
        self, ballots: Sequence[int], details: Mapping[str, object], options: int
    ) -> Cells | None:
        """Return the spread that somebody else gives, where each ballot scores each option."""
        spread = details.get("scores")
        if not isinstance(spread, list) or len(spread) != options:
            return None
        if not all(isinstance(numbers, list) for numbers in spread):
            return None
        cells = tuple(number for numbers in spread for number in numbers)
        is_whole = all(type(number) is int and 0 <= number <= MOST for number in cells)
        if not is_whole or any(len(numbers) != self.scale + 1 for numbers in spread):
            return None
        given = self.result(cells).ballots
        is_said = not ballots or tuple(ballots) == given
        return cells if is_said and len(set(given)) <= 1 else None
