"""Blocks at the command line."""

import pytest

from dosfed.commands.blocks import NotDone, block, blocks, unblock
from dosfed.settings import Settings
from tests.conftest import GivenClock


async def test_a_server_is_blocked_listed_and_heard_again(
    settings: Settings, clock: GivenClock
) -> None:
    made = await block(settings, clock, target="*.Bad.example", reason="spam")
    listed = await blocks(settings, clock)
    await unblock(settings, clock, target="bad.example")

    assert made == [{"kind": "block", "target": "*.Bad.example", "dropped": 0}]
    assert listed == [{"kind": "block", "target": "bad.example", "reason": "spam"}]
    assert await blocks(settings, clock) == []


@pytest.mark.parametrize("target", ["delib.example", "com", "no name", ""])
async def test_what_cannot_be_blocked_is_one_line(
    settings: Settings, clock: GivenClock, target: str
) -> None:
    with pytest.raises(NotDone, match="bad-target"):
        await block(settings, clock, target=target, reason="")


async def test_there_is_nothing_to_lift(settings: Settings, clock: GivenClock) -> None:
    with pytest.raises(NotDone, match="not blocked"):
        await unblock(settings, clock, target="bad.example")
