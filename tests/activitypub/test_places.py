"""Places for asking other servers: shared fairly, given back, never all for a few names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.places import (
    PER_ASKER,
    PER_ASKER_AND_HOST,
    PER_HOST,
    WAITING_PER_HOST,
    Busy,
    Errand,
    Places,
)


def errand(host: str = "a.example", asker: str | None = None, *, is_known: bool = False) -> Errand:
    return Errand(host=host, asker=asker, is_known=is_known)


@dataclass(slots=True, kw_only=True)
class Hall:
    """Places, with a clock for them that stands still."""

    seconds: float = 0.0
    total: int = 64
    slow: int = 4
    unproven: int = 64
    kept: int = 8
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(
            total=self.total,
            slow=self.slow,
            unproven=self.unproven,
            kept=self.kept,
            now=lambda: self.seconds,
        )

    @asynccontextmanager
    async def filled(self, *errands: Errand) -> AsyncIterator[None]:
        """Hold a place for each of these."""
        async with AsyncExitStack() as stack:
            for one in errands:
                await stack.enter_async_context(self.places.place(one))
            yield

    async def hang(self, host: str) -> None:
        """Let a server keep somebody waiting."""
        async with self.places.place(errand(host)):
            self.seconds += 3

    async def is_refused(self, wanted: Errand) -> bool:
        try:
            async with self.places.place(wanted):
                return False
        except Busy:
            return True


@pytest.fixture
def hall() -> Hall:
    return Hall()


async def test_one_place_at_each_server_is_for_actors_seen_before(hall: Hall) -> None:
    async with hall.filled(*[errand()] * (PER_HOST - 1)):
        assert not hall.places.has_room(errand())
        assert hall.places.has_room(errand("b.example"))
        async with hall.places.place(errand(is_known=True)):
            assert not hall.places.has_room(errand(is_known=True))


async def test_no_client_has_all_places_at_a_server(hall: Hall) -> None:
    hostile = errand(asker="203.0.113.66")
    async with hall.filled(*[hostile] * PER_ASKER_AND_HOST):
        assert not hall.places.has_room(hostile)
        assert hall.places.has_room(errand(asker="198.51.100.1"))


async def test_clients_whose_errands_led_to_nothing_have_one_place_together(hall: Hall) -> None:
    hostile = [
        Errand(host="a.example", asker=f"203.0.113.{number}", is_known=False, has_failed=True)
        for number in range(2)
    ]
    async with hall.filled(hostile[0]):
        assert not hall.places.has_room(hostile[1])
        assert hall.places.has_room(errand(asker="198.51.100.1"))


async def test_no_client_has_all_places_together(hall: Hall) -> None:
    hostile = [errand(f"s{n}.example", "203.0.113.66") for n in range(PER_ASKER)]
    async with hall.filled(*hostile):
        assert await hall.is_refused(errand("more.example", "203.0.113.66"))
        assert not await hall.is_refused(errand("more.example", "198.51.100.1"))


async def test_whoever_waits_gets_the_next_place_in_order(hall: Hall) -> None:
    order: list[int] = []

    async def come(number: int) -> None:
        async with hall.places.place(errand()):
            order.append(number)

    async with hall.filled(*[errand()] * (PER_HOST - 1)):
        coming = [asyncio.create_task(come(number)) for number in range(20)]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*coming)
    assert order == list(range(20))
    assert hall.places.has_room(errand())


async def test_a_client_that_has_its_share_waits_while_others_pass(hall: Hall) -> None:
    hostile, honest = errand(asker="203.0.113.66"), errand(asker="198.51.100.1")
    async with hall.filled(hostile, hostile):
        waiting = asyncio.create_task(hall.is_refused(hostile))
        await asyncio.sleep(0)
        assert not await hall.is_refused(honest)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert hall.places.has_room(hostile)


async def test_only_so_many_wait_at_a_server(hall: Hall) -> None:
    async with hall.filled(*[errand()] * (PER_HOST - 1)):
        waiting = [asyncio.create_task(hall.is_refused(errand())) for _ in range(WAITING_PER_HOST)]
        await asyncio.sleep(0)
        assert await hall.is_refused(errand())
    assert not any(await asyncio.gather(*waiting))


async def test_servers_that_hang_share_a_few_places_and_leave_the_others_theirs(
    hall: Hall,
) -> None:
    names = [f"s{number}.example" for number in range(20)]
    for name in names:
        await hall.hang(name)
    async with hall.filled(*(errand(name) for name in names[: hall.slow])):
        assert await hall.is_refused(errand(names[-1]))
        assert not await hall.is_refused(errand("honest.example"))


async def test_servers_that_never_answered_leave_places_to_those_that_have() -> None:
    hall = Hall(unproven=8)
    assert not await hall.is_refused(errand("proven.example"))
    async with hall.filled(*(errand(f"{number}.example") for number in range(8))):
        assert await hall.is_refused(errand("9.example"))
        assert not await hall.is_refused(errand("proven.example"))
    assert not await hall.is_refused(errand("9.example"))


async def test_a_server_that_answers_again_is_slow_no_longer(hall: Hall) -> None:
    for number in range(5):
        await hall.hang(f"s{number}.example")
    assert not await hall.is_refused(errand("s4.example"))  # and it answers at once
    async with hall.filled(*(errand(f"s{number}.example") for number in range(4))):
        assert not await hall.is_refused(errand("s4.example"))


async def test_one_address_that_hangs_does_not_make_a_server_slow_that_answers_at_others(
    hall: Hall,
) -> None:
    for number in range(4):
        await hall.hang(f"s{number}.example")
    assert not await hall.is_refused(errand("honest.example"))
    await hall.hang("honest.example")
    async with hall.filled(*(errand(f"s{number}.example") for number in range(4))):
        assert not await hall.is_refused(errand("honest.example"))


async def test_what_was_cut_off_early_says_nothing_of_a_server(hall: Hall) -> None:
    for number in range(5):
        await hall.hang(f"s{number}.example")
    with pytest.raises(asyncio.CancelledError):
        async with hall.places.place(errand("s4.example")):
            raise asyncio.CancelledError
    async with hall.filled(*(errand(f"s{number}.example") for number in range(4))):
        assert await hall.is_refused(errand("s4.example"))


async def test_strangers_leave_some_of_all_places_to_actors_seen_before(hall: Hall) -> None:
    crowd = [errand(f"s{number}.example") for number in range(hall.total - hall.kept)]
    async with hall.filled(*crowd):
        assert await hall.is_refused(errand("new.example"))
        assert not await hall.is_refused(errand("new.example", is_known=True))


STEP = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from([None, "x", "y"]),
    st.booleans(),
    st.sampled_from(["comes", "ends", "is cut off"]),
)


@dataclass(slots=True, kw_only=True)
class Crowd:
    """Those who come for places, and look whether a limit is passed while they hold one."""

    hall: Hall = field(default_factory=lambda: Hall(total=8, slow=2, kept=2))
    held: list[Errand] = field(default_factory=list)
    ends: list[asyncio.Event] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def step(self, wanted: Errand, what: str) -> None:
        """Let somebody come, or somebody who came be done, or give up."""
        if what == "comes":
            self.ends.append(asyncio.Event())
            self.tasks.append(asyncio.create_task(self._come(wanted, self.ends[-1])))
        elif self.tasks:
            number = len(self.held) % len(self.tasks)
            if what == "ends":
                self.ends[number].set()
            else:
                self.tasks[number].cancel()

    async def _come(self, wanted: Errand, end: asyncio.Event) -> None:
        async with self.hall.places.place(wanted):
            self.held.append(wanted)
            there = [one for one in self.held if one.host == wanted.host]
            assert len(there) <= PER_HOST
            assert sum(not one.is_known for one in there) < PER_HOST
            assert len(self.held) <= self.hall.total
            try:
                await end.wait()
            finally:
                self.held.remove(wanted)


@given(st.lists(STEP, max_size=60))
async def test_whatever_happens_no_limit_is_passed_and_all_places_come_back(
    steps: list[tuple[str, str | None, bool, str]],
) -> None:
    crowd = Crowd()
    for host, asker, is_known, what in steps:
        crowd.step(errand(host, asker, is_known=is_known), what)
        await asyncio.sleep(0)
    for end in crowd.ends:
        end.set()
    for outcome in await asyncio.gather(*crowd.tasks, return_exceptions=True):
        assert outcome is None or isinstance(outcome, Busy | asyncio.CancelledError)
    assert crowd.held == []
    async with crowd.hall.filled(*[errand("a", is_known=True)] * PER_HOST):
        assert not crowd.hall.places.has_room(errand("a", is_known=True))
