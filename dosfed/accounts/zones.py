"""Time zones, by their names in the IANA database."""

from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

# What astimezone() and naive moments of the standard library mean by it too.
OF_SERVER: tzinfo | None = None


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all zones; to look for them takes a tenth of a second."""
    return frozenset(available_timezones())


def zone_of(name: str) -> tzinfo | None:
    """Return the zone of a name; the server's own for none, or one that this machine misses."""
    if not name:
        return OF_SERVER
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return OF_SERVER
