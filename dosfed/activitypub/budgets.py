"""What other servers may waste of us in an hour, each of them and each of their people.

Whoever signs well may still send nonsense without end, and all of it would be read, judged and
kept. So what is ignored, malformed or refused is charged to its actor and to the actor's server,
by its size; reports are charged apart. Once a budget is spent, the inbox answers 429 to all but
ballots that count, and to people who delete what they wrote, or change or delete themselves,
until the hour is over. An actor's budget is a part of the server's: one vandal on a large
server does not silence it.
"""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.tables import Budgets
from dosfed.storage.clock import hour_of
from dosfed.storage.statements import insertion

# By the clock's hours, not over the last sixty minutes: a row for each name, not for each act
# (docs/decisions/0016). At the turn of an hour twice as much gets in.
HOUR = timedelta(hours=1)
PIECE = 4 * 1024  # what is useless and larger costs as much as several


class Spent(StrEnum):
    """What a budget is for."""

    USELESS = "useless"  # ignored, malformed, refused
    REPORTS = "reports"


# Rules 9.1 and 9.2. Ample for people who try a closed vote, or a server on which a debate goes
# on after its end.
PER_SERVER = {Spent.USELESS: 1_200, Spent.REPORTS: 30}
PER_ACTOR = {Spent.USELESS: 150, Spent.REPORTS: 30}
Charges = Counter[tuple[str, Spent]]  # by actor or server


def price_of(size: int) -> int:
    """Return what an act of so many bytes costs that was of no use: one for each piece begun."""
    return max(1, math.ceil(size / PIECE))


async def charge(
    connection: AsyncConnection, charges: Mapping[tuple[str, Spent], int], at: datetime
) -> None:
    """Add what a batch cost to this hour's budgets."""
    if not charges:
        return
    statement = insertion(connection, Budgets)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name", "what", "hour"],
            set_={"spent": Budgets.spent + statement.excluded.spent},
        ),
        [
            {"name": name, "what": what.value, "hour": hour_of(at), "spent": spent}
            # In one order, so that two processes never wait for each other.
            for (name, what), spent in sorted(charges.items())
        ],
    )


async def load_exhausted(connection: AsyncConnection, at: datetime) -> frozenset[tuple[str, Spent]]:
    """Return whose budgets for what are spent in this hour."""
    least = min(*PER_SERVER.values(), *PER_ACTOR.values())  # by an index, among very many
    is_actor = Budgets.name.contains("://")
    is_over = or_(
        *(
            and_(Budgets.what == what.value, who, Budgets.spent >= limits[what])
            for who, limits in ((is_actor, PER_ACTOR), (~is_actor, PER_SERVER))
            for what in Spent
        )
    )
    rows = await connection.execute(
        select(Budgets.name, Budgets.what).where(
            Budgets.hour == hour_of(at), Budgets.spent >= least, is_over
        )
    )
    return frozenset((row.name, Spent(row.what)) for row in rows)


async def purge(connection: AsyncConnection, now: datetime) -> None:
    """Forget the budgets of hours that are over."""
    await connection.execute(delete(Budgets).where(Budgets.hour < hour_of(now)))


async def forget(connection: AsyncConnection, actor: str) -> None:
    """Forget what somebody spent who left."""
    await connection.execute(delete(Budgets).where(Budgets.name == actor))


def seconds_left(at: datetime) -> int:
    """Return how long the hour of a moment goes on."""
    return max(1, int((hour_of(at) + HOUR - at).total_seconds()))
