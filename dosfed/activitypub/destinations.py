"""What is known of each server we deliver to, with the rules by which it is tried again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.client import Form
from dosfed.activitypub.tables import Destinations

# Draft-cavage is the first knock: every server reads it, and some (snac) answer 202 to the
# other one and lose it.
FIRST_FORM: Form = "cavage"

# How long a server is left alone after the first, second, … failure in a row.
# A restart is over in a minute or two, an outage in a day or two. The last step is repeated until
# the server is given up.
SCHEDULE = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=24),
    timedelta(hours=48),
)
JITTER = 0.2
RETRY_AFTER = (timedelta(seconds=1), timedelta(days=1))  # what we let a server ask for
DEAD_AFTER = timedelta(days=7)  # as Mastodon counts: failures on seven days
# A back-off that grew beyond this many failures ends when the server speaks up. The shorter
# ones run their course, so that a server whose inbox fails is not tried at every word it says.
SHORT_FAILURES = 2
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LOCK = int.from_bytes(b"outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a server has answered lately, and from when it may be tried."""

    host: str
    form: Form
    next_at: datetime
    failures: int
    failing_since: datetime | None
    dead_at: datetime | None


def after_answer(standing: Standing, form: Form) -> Standing:
    """Return the standing of a server that answered for good, be it with a refusal."""
    if standing.failures == 0 and standing.form == form:
        return standing
    return replace(standing, form=form, failures=0, failing_since=None)


def after_failure(
    standing: Standing, at: datetime, retry_after: float | None, chance: float
) -> Standing:
    """Return the standing of a server that is to be tried again later, or that is dead.

    `retry_after` are the seconds it asked for itself; `chance`, from 0 to 1, spreads the
    attempts. A server is dead once it has failed for a week and at every step of the schedule: a
    week in which we were the ones who had stopped kills nobody.
    """
    since = standing.failing_since or at
    is_dead = at - since >= DEAD_AFTER and standing.failures >= len(SCHEDULE)
    delay = SCHEDULE[min(standing.failures, len(SCHEDULE) - 1)]
    if retry_after is not None:
        least, most = RETRY_AFTER
        asked = timedelta(seconds=min(max(retry_after, 0), most.total_seconds()))
        spread = 1 + JITTER * chance  # never before what was asked for
        delay = max(least, asked)
    else:
        spread = 1 - JITTER + 2 * JITTER * chance
    return replace(
        standing,
        next_at=at + delay * spread,
        failures=standing.failures + 1,
        failing_since=since,
        dead_at=at if is_dead else None,
    )


async def hold_queues(connection: AsyncConnection) -> None:
    """Make this transaction, until its end, the only one that numbers and queues activities.

    Numbers without gaps or late-comers, the order per destination, and no deadlock between
    those who mark destinations all follow from it. SQLite has one writer anyway.
    """
    # A sequence would be cheaper, and number two transactions in an order in which they may not
    # commit: a reader of the outbox that has seen 8 would never ask for 7, and a queue would send
    # 8 before it.
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


async def revive(connection: AsyncConnection, *hosts: str) -> None:
    """Try servers at once that were given up or left alone for long: they just signed a request."""
    away = (
        Destinations.host.in_(hosts),
        or_(Destinations.dead_at.is_not(None), Destinations.failures > SHORT_FAILURES),
    )
    found = list((await connection.execute(select(Destinations.host).where(*away))).scalars())
    if not found:
        return
    await hold_queues(connection)
    await connection.execute(
        update(Destinations)
        .where(Destinations.host.in_(found))
        .values(dead_at=None, failing_since=None, failures=SHORT_FAILURES - 1, next_at=LONG_AGO)
    )
