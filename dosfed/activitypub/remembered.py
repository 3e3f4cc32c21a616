"""What was learnt a moment ago, in a table that never grows beyond its bound."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Keeps a value per name for some seconds; the oldest are forgotten first."""

    def __init__(self, *, seconds: float, max_names: int) -> None:
        self._seconds = seconds
        self._max_names = max_names
        self._values: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def put(self, name: str, value: Value, now: float) -> None:
        """Keep a value from now on."""
        self._values[name] = (now + self._seconds, value)
        self._values.move_to_end(name)
        if len(self._values) > self._max_names:
            self._values.popitem(last=False)

    def forget(self, name: str) -> None:
        """Keep nothing of a name any more."""
        self._values.pop(name, None)

    def get(self, name: str, now: float) -> Value | None:
        """Return what is kept of a name, if it still is."""
        until, value = self._values.get(name, (now, None))
        return value if now < until else None

    def seconds_left(self, name: str, now: float) -> float:
        """Return for how long a value is still kept; 0 if none is."""
        until, _ = self._values.get(name, (now, None))
        return max(0.0, until - now)
