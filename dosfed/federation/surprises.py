"""What nobody foresaw: each kind is told once, however often it is sent."""

import traceback
from time import monotonic

import structlog

from dosfed.activitypub.throttle import Throttle

log = structlog.get_logger(__name__)

SECONDS = 3_600.0


class Surprises:
    """Writes a traceback to the log the first time in an hour that something fails in a place."""

    def __init__(self) -> None:
        self._told = Throttle(limit=1, seconds=SECONDS, max_names=100)

    def note(self, error: Exception) -> None:
        """Tell of an error unless its like was told: another sender of the same is no news."""
        # By its place in the code, not by its words: these may repeat what the sender wrote.
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        name, now = f"{type(error).__name__} {place}", monotonic()
        if self._told.seconds_left(name, now):
            return
        self._told.add(name, now)
        log.error("activity failed", place=place, exc_info=error)
