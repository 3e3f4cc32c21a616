"""How often something may happen for one name, in a table that never grows beyond its bound."""

from collections import OrderedDict


class Throttle:
    """Counts events per name in windows of some seconds; the oldest names are forgotten."""

    def __init__(self, *, limit: int, seconds: float, max_names: int = 10_000) -> None:
        self._limit = limit
        self._seconds = seconds
        self._max_names = max_names
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def add(self, name: str, now: float) -> None:
        """Count one event."""
        began, count = self._window(name, now)
        self._windows[name] = (began, count + 1)
        self._windows.move_to_end(name)
        if len(self._windows) > self._max_names:
            # Whoever was counted longest ago: a flood of names pushes out old ones, and the names
            # that go on are moved to the end each time.
            self._windows.popitem(last=False)

    def seconds_left(self, name: str, now: float, *, times: int = 1) -> float:
        """Return how long nothing more may happen for this name; 0 while it still may.

        A name that covers several others may do several times as much.
        """
        is_enough = self.count(name, now) >= self._limit * times
        return self.ends_in(name, now) if is_enough else 0

    def count(self, name: str, now: float) -> int:
        """Return how often something has happened for this name."""
        return self._window(name, now)[1]

    def ends_in(self, name: str, now: float) -> float:
        """Return how long what is counted for this name still counts."""
        return self._window(name, now)[0] + self._seconds - now

    def _window(self, name: str, now: float) -> tuple[float, int]:
        began, count = self._windows.get(name, (now, 0))
        # A window that begins after now was made before somebody set the clock back.
        return (began, count) if began <= now < began + self._seconds else (now, 0)
