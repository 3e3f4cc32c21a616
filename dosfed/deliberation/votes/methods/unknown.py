"""A way to vote that this version of dosfed does not know: one votes at the poll's home."""

# ruff: noqa: ARG002 - nothing is made of what is given

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.votes.methods.by_name import ByName
from dosfed.deliberation.votes.methods.model import Cells, Choice, Options, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(ByName):
    """A method, a term or a secrecy that only the home understands (rule 1.12).

    Its options can be named; nothing else can be said of it.
    """

    is_known: bool = False
    fits_a_question: bool = False

    def with_terms(self, terms: Mapping[str, object]) -> Self:
        """Return the method as it is."""
        return self

    def read(self, said: Said, options: Options) -> Choice:
        """Refuse every ballot."""
        raise Refused(Refusal.VOTE_AT_HOME)

    def names(self, choice: Choice, options: Options) -> tuple[str, ...]:
        """Return nothing, even of a ballot that was sent while the method was known."""
        return ()

    def count_of(
        self, ballots: Sequence[int], details: Mapping[str, object], options: int
    ) -> Cells | None:
        """Return nothing: what the home counted is shown there."""
        return None
