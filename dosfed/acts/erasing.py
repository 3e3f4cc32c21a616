"""What the clock erases: who voted what, and what only helped to hear or to answer them."""

import random
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import inbox, outbox
from dosfed.activitypub.actors import drop_idle_keys
from dosfed.acts import strangers
from dosfed.acts.submission import House
from dosfed.deliberation.votes import erasing
from dosfed.deliberation.votes.polls import load_polls
from dosfed.storage.scrubbing import must_scrub


async def erase_some(
    connection: AsyncConnection, house: House, *, now: datetime, shuffle: random.Random
) -> bool:
    """Erase a part of what is due (rule 4.1); return whether there may be more.

    A transaction of its own for each part, so that others vote in between.
    """
    poll = await erasing.next_to_erase(connection, now)
    if poll is None:
        return False
    record = (await load_polls(connection, [poll])).get(poll)
    listed = record.listed if record is not None else ()
    here = house.instance.host
    # One kind after the other, and the next only once nothing is left of the last: the ballots
    # first, whose count must stay whole, then what proves them, then that they were sent.
    if await erasing.erase_ballots(connection, poll, listed=listed, here=here, shuffle=shuffle):
        return True
    if await erasing.drop_replaced(connection, poll):
        return True
    if await inbox.erase_about(connection, poll):
        return True
    await outbox.drop(connection, await erasing.load_sent(connection, poll))
    await erasing.end(connection, poll, now)
    await strangers.look_for_them(connection, erased=1)
    return True


async def drop_keys(connection: AsyncConnection, *, now: datetime) -> None:
    """Drop the private keys of whoever left and has nothing more to say."""
    if await drop_idle_keys(connection):
        await must_scrub(connection, now)
