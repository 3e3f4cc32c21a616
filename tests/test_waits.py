"""Waiting that ends, however what is waited for behaves."""

import asyncio
from contextlib import suppress
from time import monotonic

import pytest

from dosfed.waits import end, first


async def test_who_is_cancelled_in_the_moment_of_the_event_is_cancelled() -> None:
    """`asyncio.wait_for` returns in this case, on Python 3.11: a loop would go on."""
    event = asyncio.Event()
    waiting = asyncio.create_task(first(event, 30))
    await asyncio.sleep(0)
    event.set()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_event_that_does_not_come_is_not_waited_for_longer() -> None:
    await first(asyncio.Event(), 0.01)


async def test_a_task_that_swallows_one_cancellation_is_ended_all_the_same() -> None:
    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)

    await end([task], seconds=0.05)

    assert task.cancelled()


async def test_a_task_that_cannot_be_ended_is_waited_for_so_long_and_no_longer() -> None:
    is_over = asyncio.Event()

    async def stubborn() -> None:
        while not is_over.is_set():
            with suppress(asyncio.CancelledError):
                await is_over.wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    began = monotonic()

    await end([task], seconds=0.1)

    assert not task.done()
    assert monotonic() - began < 10
    is_over.set()
    await task


async def test_nothing_to_end_takes_no_time() -> None:
    await end([], seconds=30)
