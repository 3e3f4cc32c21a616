"""Requests that failed verification: a counter per reason, host, hour, never the request."""

from collections import Counter
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Rejections
from dosfed.storage.clock import hour_of
from dosfed.storage.statements import insertion

# Attackers own endless sub-domains: beyond this many hosts an hour the rest share a row.
MAX_HOSTS = 1_000
OTHERS = "*"


class Reason(StrEnum):
    """Why a request was not let in."""

    UNSIGNED = "unsigned"
    MALFORMED_SIGNATURE = "malformed_signature"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNCOVERED = "uncovered"  # the signature leaves out what it has to cover
    MISSING_HEADER = "missing_header"
    DUPLICATE_HEADER = "duplicate_header"
    WRONG_HOST = "wrong_host"
    WRONG_DIGEST = "wrong_digest"
    STALE = "stale"
    FORGED = "forged"  # the signature is not of this request and this key
    BAD_KEY_ID = "bad_key_id"
    WEAK_KEY = "weak_key"
    KEY_GONE = "key_gone"
    KEY_REPLACED = "key_replaced"  # its owner lists another one by now
    KEY_UNCONFIRMED = "key_unconfirmed"  # its owner's own document does not list it
    KEY_UNREACHABLE = "key_unreachable"
    TOO_MANY_FETCHES = "too_many_fetches"
    BUSY = "busy"  # too much is asked of other servers just now
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    MALFORMED = "malformed"
    NOT_THE_ACTOR = "not_the_actor"
    BLOCKED = "blocked"
    OVER_BUDGET = "over_budget"  # too much of what its actor or its server sent was of no use
    BEHIND = "behind"  # too much waits to be judged


class RejectionCounter:
    """Counts in memory, bounded, until the worker writes the sums."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._hosts: set[str] = set()
        self._hour: datetime | None = None

    def add(self, reason: str, host: str) -> None:
        """Count one rejected request; `host` is the one it claims to come from, or ""."""
        host = host[:255]
        if host not in self._hosts:
            if len(self._hosts) >= MAX_HOSTS:
                host = OTHERS
            else:
                self._hosts.add(host)
        self._counts[reason, host] += 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted since the last time."""
        return not self._counts

    async def flush(self, connection: AsyncConnection, at: datetime) -> None:
        """Add what was counted to the rows of this hour."""
        counts, self._counts = self._counts, Counter()
        hour = hour_of(at)
        if hour != self._hour:
            self._hour, self._hosts = hour, set()
        await _add(connection, counts, hour)


async def purge_rejections(connection: AsyncConnection, *, before: datetime) -> None:
    """Forget the counts of hours that began before a moment."""
    await connection.execute(delete(Rejections).where(Rejections.hour < before))


async def _add(
    connection: AsyncConnection, counts: Counter[tuple[str, str]], hour: datetime
) -> None:
    if not counts:
        return
    statement = insertion(connection, Rejections)
    rows = [
        {"reason": reason, "host": host, "hour": hour, "count": count}
        for (reason, host), count in sorted(counts.items())
    ]
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["reason", "host", "hour"],
            set_={"count": Rejections.count + statement.excluded.count},
        ),
        rows,
    )
