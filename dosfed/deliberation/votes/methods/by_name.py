"""Choosing options by their names: what the methods that a Question carries share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from dosfed import texts
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.votes.methods.model import (
    BadTerms,
    Cells,
    Choice,
    Names,
    Options,
    Said,
    Terms,
)

FIELD = "option"
_MOST_ESCAPED = 2  # times
_LONGEST_ESCAPED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionCounts:
    """How many ballots chose each option."""

    ballots: tuple[int, ...]

    @property
    def details(self) -> None:
        """Nothing: the numbers say it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByName:
    """A method by which a choice is the positions of some options, ascending."""

    word: str
    takes_several: bool = False
    own: Mapping[str, Options] = field(default_factory=dict)  # by language
    terms: Terms = field(default_factory=dict)
    version: int = 1
    is_known: bool = True
    fits_a_question: bool = True

    def with_terms(self, terms: Mapping[str, object]) -> Self:
        """Return the method itself: it goes by no terms."""
        if terms:
            raise BadTerms(f"{self.word} has no terms")
        return self

    def own_options(self, language: str) -> Options:
        """Return the options of its own in a language; other languages get English."""
        return self.own.get(language.partition("-")[0].lower(), self.own.get("en", ()))

    def said(self, typed: Callable[[str], Sequence[str]], options: Options) -> Said:  # noqa: ARG002 - others need them
        """Return the options that were ticked."""
        return Names(names=tuple(typed(FIELD)))

    def read(self, said: Said, options: Options) -> Choice:
        """Return the positions of options given by name (rules 1.3, 1.4 and 1.11)."""
        if not isinstance(said, Names):
            raise Refused(Refusal.BAD_CHOICE)
        chosen = set()
        for name in said.names:
            position = _position_of(name, options)
            if position is None:
                raise Refused(Refusal.UNKNOWN_OPTION)
            chosen.add(position)
        if not chosen or (len(chosen) > 1 and not self.takes_several):
            raise Refused(Refusal.WRONG_NUMBER)
        return tuple(sorted(chosen))

    def names(self, choice: Choice, options: Options) -> tuple[str, ...]:
        """Return the names of the options chosen; a mirror's may have been others since."""
        return tuple(options[position] for position in choice if position < len(options))

    def fields(self, choice: Choice, options: Options) -> list[tuple[str, str]]:
        """Return a field for each option chosen."""
        return [(FIELD, name) for name in self.names(choice, options)]

    def cells(self, options: int) -> int:
        """Return how many options there are: each has a cell."""
        return options

    def marks(self, choice: Choice) -> Iterable[int]:
        """Return the cells of the options chosen."""
        return choice

    def result(self, cells: Cells) -> OptionCounts:
        """Return the ballots of each option."""
        return OptionCounts(ballots=cells)

    def count_of(
        self,
        ballots: Sequence[int],
        details: Mapping[str, object],  # noqa: ARG002 - others have some
        options: int,
    ) -> Cells | None:
        """Return the ballots of each option."""
        return tuple(ballots) if len(ballots) == options else None


def fold_option(name: str) -> str:
    """Return a name as it is compared: NFC, trimmed, one kind of apostrophe (rule 1.3)."""
    return texts.normalise(name).strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _position_of(name: str, options: Options) -> int | None:
    """Return the option that a name is, as it stands or else as HTML says it (rule 1.3).

    Some servers escape the names that they were given, others take the tags out of them.
    """
    positions = _positions(options)
    position = positions.get(fold_option(name))
    for _ in range(_MOST_ESCAPED if len(name) <= _LONGEST_ESCAPED else 0):
        if position is not None:
            break
        name = texts.plain_text(name)
        position = positions.get(fold_option(name))
    return _positions_in_plain(options).get(fold_option(name)) if position is None else position


@lru_cache(maxsize=1_024)
def _positions_in_plain(options: Options) -> Mapping[str, int]:
    """Return the options by what is left of them without tags, if that is one of them alone."""
    names = [fold_option(texts.plain_text(option)) for option in options]
    return {name: place for place, name in enumerate(names) if name and names.count(name) == 1}


@lru_cache(maxsize=1_024)
def _positions(options: Options) -> Mapping[str, int]:
    return {fold_option(option): position for position, option in enumerate(options)}
