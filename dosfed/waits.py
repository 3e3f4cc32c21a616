"""Waiting that ends: for an event, or for tasks that are told to stop.

`asyncio.wait_for` is not used anywhere. Before Python 3.12 it returns as if nothing had
happened when its task is cancelled in the very moment in which what it waits for comes true
(https://github.com/python/cpython/issues/86296): a loop that waits with it then goes on for
ever, and a process that waits for that loop never ends. Libraries may do the same, so whoever
ends tasks asks them twice, and waits no longer than it said.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog

AGAIN_SECONDS = 1.0

log = structlog.get_logger(__name__)


async def first(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not for longer than this."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def end(tasks: Iterable["asyncio.Task[Any]"], *, seconds: float) -> None:
    """Cancel tasks and wait until they have ended, a second longer than this at most."""
    left = set(tasks)
    for patience in (seconds, AGAIN_SECONDS):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=patience)
    for task in left:
        log.warning("still at work", task=getattr(task.get_coro(), "__qualname__", ""))
