"""What happens by the clock: polls close, tallies move and go out, evidence is erased."""

import random
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.notices import purge_notices
from dosfed.activitypub import inbox, order
from dosfed.activitypub.rejections import purge_rejections
from dosfed.acts import people
from dosfed.acts.proposals import make_update_known
from dosfed.acts.submission import House
from dosfed.deliberation import tallies
from dosfed.deliberation.moderation import REPORTS_KEPT, purge_reports
from dosfed.deliberation.polls import load_due
from dosfed.deliberation.proposals import load_proposal

REJECTIONS_KEPT = timedelta(days=30)
NOTICES_KEPT = timedelta(days=90)  # once they were seen


async def tick(connection: AsyncConnection, house: House, *, now: datetime) -> bool:
    """Close, move and announce what is due; return whether anything is to be delivered."""
    here = house.instance.host
    waits = [
        record.poll.id
        for record in await load_due(connection, now)
        if await order.has_unjudged(connection, about=record.poll.id, before=record.poll.closes)
    ]
    closed = await tallies.close_due(connection, waits=waits, now=now, here=here)
    moved = await tallies.move_due(connection, interval=house.tally_interval, now=now, here=here)
    announced = await _announce(connection, house, now=now)
    return bool(closed or moved or announced)


async def _announce(connection: AsyncConnection, house: House, *, now: datetime) -> int:
    """Send the published tallies that moved, rarely, to all who should know."""
    stale = await tallies.load_stale(connection, interval=house.tally_interval, now=now)
    for proposal in stale:
        record = await load_proposal(connection, proposal)
        await tallies.mark_announced(connection, proposal, now)
        if record is None:
            continue
        says_something = record.shown is not None and any(record.shown.counts)
        if says_something or record.closed_at is not None:
            await make_update_known(connection, record, house, at=now)
    return len(stale)


async def sweep(
    connection: AsyncConnection, house: House, *, now: datetime, shuffle: random.Random
) -> None:
    """Erase and drop what was kept long enough."""
    await people.erase_due(connection, house, now=now, shuffle=shuffle)
    await inbox.purge(connection, now)
    await purge_rejections(connection, before=now - REJECTIONS_KEPT)
    await purge_notices(connection, before=now - NOTICES_KEPT)
    await purge_reports(connection, before=now - REPORTS_KEPT)
