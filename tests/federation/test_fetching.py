"""What is fetched of other servers: a few at each, and never all places for a few names."""

import asyncio
from collections import Counter

import pytest

from dosfed.activitypub import places
from dosfed.activitypub.places import PER_HOST
from dosfed.federation.fetching import Fetching

HANGING = [f"s{number}.example" for number in range(20)]


class Wanted:
    """Work that ends when it may, counted by host."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.may_end = asyncio.Event()
        self.fetching = Fetching(lambda: None)

    def want(self, host: str, times: int = 1) -> None:
        for _ in range(times):
            self.fetching.start(host, lambda: self._work(host))

    async def _work(self, host: str) -> None:
        self.begun[host] += 1
        await self.may_end.wait()


@pytest.fixture
async def wanted() -> Wanted:
    return Wanted()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_host_is_asked_for_four_things_at_once_and_the_rest_later(wanted: Wanted) -> None:
    wanted.want("masto.example", 10)
    await settle()
    assert wanted.begun["masto.example"] == PER_HOST

    wanted.may_end.set()
    await settle()
    assert wanted.begun["masto.example"] == 10


async def test_twenty_names_at_which_nothing_answers_do_not_hold_all_places(
    wanted: Wanted,
) -> None:
    for host in HANGING:
        wanted.want(host, 20)
    wanted.want("honest.example")
    await settle()
    assert wanted.begun["honest.example"] == 1
    await wanted.fetching.stop()


async def test_names_that_kept_us_waiting_share_a_few_places(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SLOW_AFTER_SECONDS", 0.0)
    wanted.may_end.set()
    for host in HANGING:
        wanted.want(host)
    await settle()
    wanted.begun.clear()
    wanted.may_end.clear()
    for host in HANGING:
        wanted.want(host, 20)
    await settle()
    assert wanted.begun.total() == 32
    await wanted.fetching.stop()
