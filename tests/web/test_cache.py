"""Answers for everybody: kept for a second, made once, forgotten when something changes."""

import asyncio

import pytest

from dosfed.web.cache import Cache, Kept


class Ticks:
    """A clock in seconds that stands still."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Kitchen:
    """Makes answers, and counts them."""

    def __init__(self, body: bytes = b"x") -> None:
        self.made = 0
        self.body = body
        self.gate = asyncio.Event()
        self.gate.set()

    async def make(self) -> Kept:
        """Make an answer once the gate is open."""
        self.made += 1
        await self.gate.wait()
        return Kept(body=self.body)


async def test_an_answer_is_kept_for_a_second() -> None:
    ticks, kitchen = Ticks(), Kitchen()
    cache = Cache(clock=ticks)

    await cache.get_or_make("a", kitchen.make)
    ticks.now += 0.9
    await cache.get_or_make("a", kitchen.make)
    assert kitchen.made == 1
    ticks.now += 0.2
    assert cache.get("a") is None
    await cache.get_or_make("a", kitchen.make)
    assert kitchen.made == 2


async def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    cache, kitchen = Cache(), Kitchen()
    kitchen.gate.clear()
    asked = [asyncio.create_task(cache.get_or_make("a", kitchen.make)) for _ in range(50)]
    await asyncio.sleep(0)
    kitchen.gate.set()

    answers = await asyncio.gather(*asked)

    assert kitchen.made == 1
    assert {answer.body for answer in answers} == {b"x"}


async def test_one_who_leaves_does_not_take_the_answer_along() -> None:
    cache, kitchen = Cache(), Kitchen()
    kitchen.gate.clear()
    first = asyncio.create_task(cache.get_or_make("a", kitchen.make))
    second = asyncio.create_task(cache.get_or_make("a", kitchen.make))
    await asyncio.sleep(0)
    first.cancel()
    kitchen.gate.set()

    assert (await second).body == b"x"


async def test_what_was_being_made_before_a_change_is_not_kept() -> None:
    cache, kitchen = Cache(), Kitchen(b"old")
    kitchen.gate.clear()
    old = asyncio.create_task(cache.get_or_make("a", kitchen.make))
    await asyncio.sleep(0)
    cache.clear()
    new = await cache.get_or_make("a", Kitchen(b"new").make)
    kitchen.gate.set()

    assert (await old).body == b"old"
    assert new.body == b"new"
    kept = cache.get("a")
    assert kept is not None
    assert kept.body == b"new"


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    async def fail() -> Kept:
        await asyncio.sleep(0)
        raise LookupError("no")

    cache = Cache()
    answers = await asyncio.gather(
        *(cache.get_or_make("a", fail) for _ in range(3)), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [LookupError] * 3
    assert (await cache.get_or_make("a", Kitchen().make)).body == b"x"


@pytest.mark.parametrize("size", [400, 900])
async def test_the_cache_never_grows_beyond_its_bound(size: int) -> None:
    cache = Cache(max_bytes=1000)

    for number in range(10):
        await cache.get_or_make(number, Kitchen(b"x" * size).make)

    kept = [number for number in range(10) if cache.get(number) is not None]
    assert kept == list(range(10))[-(1000 // size) :]


async def test_an_answer_larger_than_the_cache_is_given_and_not_kept() -> None:
    cache = Cache(max_bytes=10)

    assert len((await cache.get_or_make("a", Kitchen(b"x" * 50).make)).body) == 50
    assert cache.get("a") is None
