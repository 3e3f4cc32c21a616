"""Answers for everybody: kept for a second, made once, forgotten when something changes."""

import asyncio

import pytest

from dosfed.web.cache import Cache, Kept, Recent


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
    cache, kitchen = Cache(clock=Ticks()), Kitchen()
    kitchen.gate.clear()
    asked = [asyncio.create_task(cache.get_or_make("a", kitchen.make)) for _ in range(50)]
    await asyncio.sleep(0)
    kitchen.gate.set()

    answers = await asyncio.gather(*asked)

    assert kitchen.made == 1
    assert {answer.body for answer in answers} == {b"x"}


async def test_one_who_leaves_does_not_take_the_answer_along() -> None:
    cache, kitchen = Cache(clock=Ticks()), Kitchen()
    kitchen.gate.clear()
    first = asyncio.create_task(cache.get_or_make("a", kitchen.make))
    second = asyncio.create_task(cache.get_or_make("a", kitchen.make))
    await asyncio.sleep(0)
    first.cancel()
    kitchen.gate.set()

    assert (await second).body == b"x"


async def test_what_was_being_made_before_a_change_is_not_kept() -> None:
    cache, kitchen = Cache(clock=Ticks()), Kitchen(b"old")
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
    cache = Cache(clock=Ticks(), max_bytes=1000)

    for number in range(10):
        await cache.get_or_make(number, Kitchen(b"x" * size).make)

    kept = [number for number in range(10) if cache.get(number) is not None]
    assert kept == list(range(10))[-(1000 // size) :]


async def test_long_questions_take_room_as_well() -> None:
    cache = Cache(clock=Ticks(), max_bytes=1000)
    questions = [("/p/x", f"{number}" * 400) for number in range(10)]

    for question in questions:
        await cache.get_or_make(question, Kitchen().make)

    assert [question for question in questions if cache.get(question)] == questions[-2:]


async def test_an_answer_larger_than_the_cache_is_given_and_not_kept() -> None:
    cache = Cache(clock=Ticks(), max_bytes=10)

    assert len((await cache.get_or_make("a", Kitchen(b"x" * 50).make)).body) == 50
    assert cache.get("a") is None


class Shelf:
    """Loads numbers, one higher each time."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.loaded = 0
        self.clears = False

    async def load(self) -> int:
        """Load a number; meanwhile something may have been written."""
        self.loaded += 1
        if self.clears:
            self.cache.clear()
        return self.loaded


async def test_what_pages_share_is_loaded_once_in_a_second() -> None:
    ticks, cache = Ticks(), Cache()
    shelf, recent = Shelf(cache), Recent[int](cache, clock=ticks)
    assert [await recent.get_or_load("a", shelf.load) for _ in range(3)] == [1, 1, 1]
    assert await recent.get_or_load("b", shelf.load) == 2
    ticks.now += 1.1
    assert await recent.get_or_load("a", shelf.load) == 3


async def test_what_pages_share_is_loaded_anew_after_something_was_written() -> None:
    cache = Cache()
    shelf, recent = Shelf(cache), Recent[int](cache, clock=Ticks())
    assert await recent.get_or_load("a", shelf.load) == 1
    cache.clear()
    assert await recent.get_or_load("a", shelf.load) == 2
    cache.clear()
    shelf.clears = True
    assert await recent.get_or_load("a", shelf.load) == 3
    shelf.clears = False
    assert await recent.get_or_load("a", shelf.load) == 4


async def test_only_so_much_is_shared() -> None:
    cache = Cache()
    shelf, recent = Shelf(cache), Recent[int](cache, clock=Ticks(), max_values=2)
    for key in ("a", "b", "c"):
        await recent.get_or_load(key, shelf.load)
    assert await recent.get_or_load("c", shelf.load) == 3
    assert await recent.get_or_load("a", shelf.load) == 4
