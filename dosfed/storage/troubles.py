"""What is said of a database that cannot be reached or written to: a line a minute."""

import time
from collections.abc import Callable

import structlog

SECONDS = 60.0

log = structlog.get_logger(__name__)


class Troubles:
    """Tells the log that something failed for now, once a minute for the whole process.

    While a database is away every request and every loop meets it: a line for each would say
    nothing more, and fill a disk that may be full already.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told_at: float | None = None
        self._untold = 0

    def note(self, error: BaseException, *, where: str) -> None:
        """Tell of a failure that may pass, or count it for the next line."""
        now = self._now()
        if self._told_at is not None and now < self._told_at + SECONDS:
            self._untold += 1
            return
        # What the database said, not the statement with its values.
        cause = getattr(error, "orig", None) or error
        said = " ".join(str(cause).split()) or type(cause).__name__
        log.error("database failed", where=where, said=said[:200], untold=self._untold)
        self._told_at, self._untold = now, 0
