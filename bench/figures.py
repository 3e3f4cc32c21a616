"""A measured figure, printed as one line with its median, its range and its goal."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound that a median should keep to."""

    bound: float
    is_least: bool = False  # at least this much; else at most

    def is_met_by(self, value: float) -> bool:
        """Whether a value keeps to the bound."""
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.bound:,g}"


def at_least(bound: float) -> Goal:
    """Return the goal of not falling below."""
    return Goal(bound=bound, is_least=True)


def at_most(bound: float) -> Goal:
    """Return the goal of not going above."""
    return Goal(bound=bound)


def show(name: str, values: Sequence[float], goal: Goal | None = None) -> None:
    """Print one figure: the median of its runs, the range, and whether the goal is met."""
    median = statistics.median(values)
    line = f"{name:<{WIDTH}} {_number(median):>9}  ({_number(min(values))}..{_number(max(values))})"
    if goal is not None:
        verdict = "met" if goal.is_met_by(median) else "MISSED"
        line = f"{line:<{WIDTH + 32}} goal {goal}: {verdict}"
    print(line, flush=True)


def note(text: str) -> None:
    """Print a line that is no figure."""
    print(f"  {text}", flush=True)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
