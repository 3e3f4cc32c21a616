"""What happens by the clock: polls close, tallies move and go out, old things are dropped."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.notices import purge_notices
from dosfed.activitypub import budgets, inbox, order
from dosfed.activitypub.rejections import purge_rejections
from dosfed.acts import new_texts, publishing, turned_away
from dosfed.acts.erasing import drop_keys
from dosfed.acts.submission import House
from dosfed.deliberation.moderation.letters import drop_old_letters
from dosfed.deliberation.moderation.reports import REPORTS_KEPT, purge_reports
from dosfed.deliberation.proposals.corrections import drop_old_lines
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.deliberation.proposals.new_texts import find_lapsed
from dosfed.deliberation.votes import tallies
from dosfed.deliberation.votes.polls import PollRecord, load_due
from dosfed.deliberation.votes.rules import may_close
from dosfed.deliberation.votes.tallies import Counted

REJECTIONS_KEPT = timedelta(days=30)
NOTICES_KEPT = timedelta(days=90)  # once they were seen


async def count_ended(
    connection: AsyncConnection, house: House, *, now: datetime
) -> dict[str, Counted]:
    """Count the polls that may close now.

    That takes a while where many have voted, so it goes before the transaction that closes them
    and holds nothing: in an ended poll nobody votes any more.
    """
    here = house.instance.host
    return {
        record.poll.id: await tallies.count_whole(connection, record, here=here)
        for record in await load_due(connection, now, holds=False)
        if may_close(record.poll, has_unjudged=await _waits(connection, record), now=now)
    }


async def is_anything_due(connection: AsyncConnection, house: House, *, now: datetime) -> bool:
    """Whether a poll may have to close or to move, or a new text comes too late."""
    interval = house.tally_interval
    if await tallies.is_anything_due(connection, interval=interval, now=now):
        return True
    return bool(await find_lapsed(connection, now=now))


async def tick(
    connection: AsyncConnection, house: House, counted: Mapping[str, Counted], *, now: datetime
) -> bool:
    """Close what was counted, move and announce what is due, let go of what comes too late.

    Return whether anything is to be delivered.
    """
    due = [] if not counted else await load_due(connection, now, holds=True)
    # Asked again, now that nobody votes in these any more: something may have come in since.
    waits = [record.poll.id for record in due if await _waits(connection, record)]
    closed = await tallies.close_due(connection, counted, waits=waits, now=now)
    moved = await tallies.move_due(connection, interval=house.tally_interval, now=now)
    announced = await _announce(connection, house, now=now)
    lapsed = await new_texts.lapse_due(connection, house, now=now)
    return bool(closed or moved or announced or lapsed)


async def _waits(connection: AsyncConnection, record: PollRecord) -> bool:
    return await order.has_unjudged(connection, about=record.poll.id, before=record.poll.closes)


async def _announce(connection: AsyncConnection, house: House, *, now: datetime) -> int:
    """Send the published tallies that moved, rarely, to all who should know."""
    stale = await tallies.load_stale(connection, interval=house.tally_interval, now=now)
    for proposal in stale:
        record = await load_proposal(connection, proposal)
        await tallies.mark_announced(connection, proposal, now)
        if record is None:
            continue
        # PieFed takes an `Update` whose counts are all zero for an edit, and drops the votes.
        says_something = record.shown is not None and any(record.shown.counts)
        if says_something or record.closed_at is not None:
            await publishing.update_tally(connection, house, record, at=now)
    return len(stale)


async def sweep(connection: AsyncConnection, *, now: datetime, since: datetime | None) -> None:
    """Drop what was kept long enough; who voted what is erased beside it (`erasing`).

    `since` is when this process did so last.
    """
    await drop_keys(connection, now=now)
    await inbox.purge(connection, now, since=since)
    await budgets.purge(connection, now)
    await turned_away.purge(connection, now)
    await purge_rejections(connection, before=now - REJECTIONS_KEPT)
    await purge_notices(connection, before=now - NOTICES_KEPT)
    await drop_old_lines(connection, now=now)
    await drop_old_letters(connection, before=now - REPORTS_KEPT)
    await purge_reports(connection, before=now - REPORTS_KEPT)
