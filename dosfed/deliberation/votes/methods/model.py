"""What a way to vote is: how a choice is read, kept, counted and said.

A voter says a choice in some shape (`Said`). The method of the poll reads it as a `Choice`: a row
of whole numbers whose meaning is the method's own, such as the positions of the options that were
chosen. Equal choices are equal rows, so that one pair of functions keeps and takes back every
method's, in the order that the method gave them.

Ballots are counted into a row of cells. Each choice marks some of them, and a count is how often
each was marked. So ballots can be added to a count, and taken out of it, one by one and in any
order, whatever the method (lots.py). What a count says is the method's `Result`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Choice = tuple[int, ...]  # empty where somebody has no ballot
Cells = tuple[int, ...]
Terms = Mapping[str, int]
Options = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A choice said by the names of options, as votes in a Question are."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A choice said whole, as it is kept."""

    text: str


Said = Names | Written


class BadTerms(ValueError):
    """A method cannot go by these terms; the message is one line."""


class Result(Protocol):
    """What a count says; each method has its own type of it."""

    @property
    def ballots(self) -> Sequence[int]:
        """How many ballots say something of each option."""

    @property
    def details(self) -> Mapping[str, Any] | None:
        """What there is beyond `ballots`, as plain values for documents and files."""


class Method(Protocol):
    """A way to vote, with the terms of one poll."""

    @property
    def word(self) -> str:
        """Its name in files and documents."""

    @property
    def version(self) -> int:
        """Which edition of its rules this is: files of another are not counted by it."""

    @property
    def terms(self) -> Terms:
        """What it goes by in one poll; of a method as it is known, what is usual."""

    @property
    def is_known(self) -> bool:
        """False where this version of dosfed can neither take a ballot nor show a result."""

    @property
    def fits_a_question(self) -> bool:
        """Whether a Question can carry the poll."""

    @property
    def takes_several(self) -> bool:
        """Whether one may choose several options, and send them one by one."""

    def with_terms(self, terms: Mapping[str, object]) -> "Method":
        """Return the method with terms of a poll, or raise `BadTerms`."""

    def own_options(self, language: str) -> Options:
        """Return the options that the method brings along, none if it has none of its own."""

    def said(self, typed: Callable[[str], Sequence[str]], options: Options) -> Said:
        """Return what was chosen in a form; `typed` gives all values of a field."""

    def read(self, said: Said, options: Options) -> Choice:
        """Return a choice, or raise `Refused`."""

    def names(self, choice: Choice, options: Options) -> tuple[str, ...]:
        """Return a choice in words, a part each."""

    def fields(self, choice: Choice, options: Options) -> Sequence[tuple[str, str]]:
        """Return the fields of a form that say a choice."""

    def cells(self, options: int) -> int:
        """Return how many cells a count has."""

    def marks(self, choice: Choice) -> Iterable[int]:
        """Return the cells that a choice marks; none if it is empty."""

    def result(self, cells: Cells) -> Result:
        """Return what a count says."""

    def count_of(
        self, ballots: Sequence[int], details: Mapping[str, object], options: int
    ) -> Cells | None:
        """Return the count of a result that somebody else gives, or None if it cannot be one."""


def write_choice(choice: Choice) -> str:
    """Write a choice as it is kept: "0", "1,3"."""
    return ",".join(map(str, choice))


def read_choice(kept: str) -> Choice:
    """Read a choice as it is kept."""
    return tuple(int(number) for number in kept.split(",") if number)
