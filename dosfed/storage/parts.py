"""Many values, in parts that a statement may be given."""

from collections.abc import Collection, Iterator
from typing import TypeVar

Value = TypeVar("Value")

# Both engines bind at least 32,766 values in a statement; the planner likes fewer.
AT_ONCE = 500


def in_parts(values: Collection[Value]) -> Iterator[list[Value]]:
    """Yield all values, in their order, some hundreds at a time."""
    found = list(values)
    for start in range(0, len(found), AT_ONCE):
        yield found[start : start + AT_ONCE]
