"""`dosfed block`, `unblock` and `blocks`: who is not listened to."""

from dosfed.activitypub.blocks import list_blocks
from dosfed.acts import blocking
from dosfed.acts.opening import open_instance
from dosfed.commands import Lines
from dosfed.deliberation.model import Refused
from dosfed.settings import Settings
from dosfed.storage.clock import Clock


class NotDone(ValueError):
    """The rules turned a block down, or there was none to lift."""


async def block(settings: Settings, clock: Clock, *, target: str, reason: str) -> Lines:
    """Block a server, or an account by its id or handle."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        try:
            dropped = await blocking.block(
                connection,
                {target: reason},
                by=None,
                here=opened.house.instance.host,
                at=await clock.stamp(connection),
            )
        except Refused as refused:
            raise NotDone(f"{target}: {refused.refusal.value}") from refused
    return [{"kind": "block", "target": target, "dropped": dropped}]


async def unblock(settings: Settings, clock: Clock, *, target: str) -> Lines:
    """Listen again to a server or an account."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        try:
            await blocking.lift(connection, target, by=None)
        except Refused as refused:
            raise NotDone(f"{target}: not blocked") from refused
    return [{"kind": "unblock", "target": target}]


async def blocks(settings: Settings, clock: Clock) -> Lines:
    """Return a line for each block."""
    async with open_instance(settings, clock) as opened, opened.database.read() as connection:
        found = await list_blocks(connection)
    return [{"kind": "block", "target": one.target, "reason": one.reason} for one in found]
