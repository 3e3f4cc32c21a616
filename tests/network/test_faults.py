"""Whole instances on a network that loses, repeats and reorders, and servers that die."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from dosfed.deliberation.votes.tables import Ballots
from tests.network.nodes import (
    CHANCE_SECONDS,
    END,
    INTERVAL,
    Network,
    Node,
    argue,
    counts,
    mirrored,
    proposal,
    until,
    vote,
)
from tests.network.wire import Crossing, Fate, Fates
from tests.web.site import Browser, path_of

OPTIONS = ("D'accord", "Abstention", "Pas d'accord")
LEASE_SECONDS = 91  # what a courier has claimed that is no more is claimed again after this
SEEDS = (1, 3)


@pytest.fixture
async def poll(network: Network, fr: Node, ar: Node) -> str:
    """The one proposal of a consultation that is at home in France and followed in Argentina."""
    await fr.publish(proposal())
    await network.follow(ar, fr)
    return fr.proposals["p"]


def deliveries_only(fate: Fate) -> Fates:
    return lambda crossing: fate if crossing.method == "POST" else Fate.ARRIVES


def to(host: str, fate: Fate) -> Fates:
    return lambda one: fate if (one.receiver, one.method) == (host, "POST") else Fate.ARRIVES


def badly(order: random.Random) -> Fates:
    """Lose a third of all requests: half of them before they arrive, half with their answer."""
    fates = (*[Fate.ARRIVES] * 4, Fate.LOST, Fate.UNANSWERED)
    return lambda _: order.choice(fates)


def after_a_lost_one(fates: Fates) -> Fates:
    """Lose the first delivery for certain, whatever becomes of what follows."""
    first = iter([Fate.LOST])
    return lambda one: (one.method == "POST" and next(first, None)) or fates(one)


async def citizens(fr: Node, ar: Node, poll: str) -> list[tuple[Browser, str]]:
    """Return people on both sides, each with the page on which they vote."""
    at_home = [(await fr.site.signed_in(name), path_of(poll)) for name in ("zoe", "luc")]
    away = [(await ar.site.signed_in(name), mirrored(fr, poll)) for name in ("ana", "bea", "caro")]
    return at_home + away


async def vote_again_and_again(
    network: Network, people: Sequence[tuple[Browser, str]], order: random.Random
) -> list[int]:
    """Let everybody vote some times, changing their minds; return what must be counted."""
    choices = [(person, page) for person, page in people for _ in range(order.randint(1, 3))]
    order.shuffle(choices)
    stands: dict[int, str] = {}
    for person, page in choices:
        option = order.choice(OPTIONS)
        await vote(person, page, option)
        stands[id(person)] = option
        network.clock.advance(seconds=1)
        if order.random() < 0.3:
            await network.wait(seconds=INTERVAL + 1)
    expected = Counter(stands.values())
    return [expected[option] for option in OPTIONS]


async def both_tallies(fr: Node, ar: Node) -> list[dict[str, dict[str, Any]]]:
    return [await fr.tallies(), await ar.tallies(f"quais@{fr.host}")]


@pytest.mark.parametrize("seed", SEEDS)
async def test_deliveries_that_come_twice_and_in_another_order_change_no_tally(
    network: Network, fr: Node, ar: Node, poll: str, seed: int
) -> None:
    order = random.Random(seed)  # noqa: S311 - what a test repeats
    people = await citizens(fr, ar, poll)
    network.wire.fate = deliveries_only(Fate.LATER)

    expected = await vote_again_and_again(network, people, order)
    network.clock.advance(seconds=INTERVAL + 1)
    await network.settle()
    while await network.wire.hand_over(order):
        await network.settle()

    assert len(await fr.standing(poll)) == len(people)
    await network.wait(seconds=INTERVAL + 1)
    while await network.wire.hand_over(order):
        await network.settle()

    home, mirror = await both_tallies(fr, ar)
    assert counts(home[poll]) == expected
    assert mirror == home
    for person, page in people[2:]:
        assert await says_counted(person, page)


async def test_what_arrives_twice_happens_once(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    people = await citizens(fr, ar, poll)
    network.wire.fate = deliveries_only(Fate.TWICE)
    for person, page in people:
        await vote(person, page, "Abstention")
        await argue(person, page, "Un mot.")
    await network.settle()
    await network.wait(seconds=INTERVAL + 1)

    assert await fr.outcomes("ballot") == [("admitted", None)] * 3
    assert len(await fr.arguments()) == len(people)
    assert await ar.arguments() == await fr.arguments()
    for tallies in await both_tallies(fr, ar):
        assert counts(tallies[poll]) == [0, len(people), 0]


@pytest.mark.parametrize("case", [(1, False), (2, False), (1, True)])
async def test_a_mirror_keeps_the_newest_tally_in_whatever_order_they_arrive(
    network: Network, fr: Node, ar: Node, poll: str, case: tuple[int, bool]
) -> None:
    seed, is_over = case
    network.wire.fate = deliveries_only(Fate.LATER)
    for number, option in enumerate((*OPTIONS, OPTIONS[0])):
        voter = await fr.site.signed_in(f"voter{number}")
        await vote(voter, path_of(poll), option)
        await network.wait(seconds=INTERVAL + 1)
    if is_over:
        network.clock.moment = END
        await network.wait(seconds=3)

    await network.wire.hand_over(random.Random(seed))  # noqa: S311 - what a test repeats
    await network.settle()

    home, mirror = await both_tallies(fr, ar)
    assert counts(home[poll]) == [2, 1, 1]
    assert home[poll]["closed"] is is_over
    assert mirror == home


@pytest.mark.parametrize("seed", SEEDS)
async def test_when_a_third_of_all_requests_is_lost_both_sides_agree_in_the_end(
    network: Network, fr: Node, ar: Node, poll: str, seed: int
) -> None:
    order = random.Random(seed)  # noqa: S311 - what a test repeats
    people = await citizens(fr, ar, poll)
    network.wire.fate = badly(order)

    expected = await vote_again_and_again(network, people, order)
    for person, page in (people[0], people[-1]):
        await argue(person, page, "Un mot.")
    await network.persist()
    await network.wait(seconds=INTERVAL + 1)
    await network.persist()

    home, mirror = await fr.tallies(), await ar.tallies(f"quais@{fr.host}")
    assert counts(home[poll]) == expected
    assert mirror == home
    assert len(await fr.arguments()) == 2
    assert await ar.arguments() == await fr.arguments()
    for person, page in people[2:]:
        assert await says_counted(person, page)


async def test_what_goes_to_one_server_keeps_its_order(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    order = random.Random(5)  # noqa: S311 - what a test repeats
    ana = await ar.site.signed_in("ana")
    network.wire.fate = after_a_lost_one(badly(order))
    page = mirrored(fr, poll)
    for number in range(4):
        await vote(ana, page, OPTIONS[number % 3])
        await argue(ana, page, f"Mot {number}.")
        network.clock.advance(seconds=1)

    await network.persist()

    attempts = [one.activity for one in network.wire.posts(fr.host)]
    assert list(dict.fromkeys(attempts)) == await ar.sent(fr.host)
    assert attempts == sorted(attempts, key=list(dict.fromkeys(attempts)).index)
    assert len(attempts) > len(set(attempts))


async def test_a_home_that_is_down_when_ballots_are_sent_loses_none(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    people = [await ar.site.signed_in(name) for name in ("ana", "bea", "caro")]
    network.wire.down.add(fr.host)
    for person in people:
        await vote(person, mirrored(fr, poll), "Abstention")
    for _ in range(10):
        await network.wait(seconds=CHANCE_SECONDS)
    assert await fr.standing(poll) == {}

    network.wire.down.clear()
    await network.persist()
    await network.wait(seconds=INTERVAL + 1)

    for tallies in await both_tallies(fr, ar):
        assert counts(tallies[poll]) == [0, 3, 0]


async def test_a_mirror_that_is_down_shows_the_last_tally_once_it_is_back(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    zoe, luc = await fr.site.signed_in("zoe"), await fr.site.signed_in("luc")
    network.wire.down.add(ar.host)
    for person in (zoe, luc):
        await vote(person, path_of(poll), "D'accord")
        await network.wait(seconds=INTERVAL + 1)
    before = await ar.tallies(f"quais@{fr.host}")

    network.wire.down.clear()
    await network.persist()

    assert counts(before[poll]) == [0, 0, 0]
    home, mirror = await both_tallies(fr, ar)
    assert home == mirror


async def test_a_server_that_fails_with_503_gets_everything_later(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    network.wire.fate = deliveries_only(Fate.FAILS)
    await vote(ana, mirrored(fr, poll), "D'accord")
    await network.settle()
    assert await fr.standing(poll) == {}

    network.wire.fate = deliveries_only(Fate.ARRIVES)
    await network.persist()

    assert len(await fr.standing(poll)) == 1


@pytest.mark.parametrize("fate", [Fate.HANGS, Fate.HANGS_AFTER])
async def test_a_killed_courier_s_successor_sends_what_was_in_flight_under_the_same_id(
    network: Network, fr: Node, ar: Node, poll: str, fate: Fate
) -> None:
    ana, bea = await ar.site.signed_in("ana"), await ar.site.signed_in("bea")
    await vote(ana, mirrored(fr, poll), "D'accord")
    await vote(bea, mirrored(fr, poll), "Abstention")
    network.wire.fate = to(fr.host, fate)
    delivering = asyncio.create_task(ar.worker.deliver_all())
    in_flight = await network.wire.wait_for(is_ballot)

    await ar.kill(delivering)
    network.wire.fate = deliveries_only(Fate.ARRIVES)
    await network.wait(seconds=LEASE_SECONDS)

    ballots = [one.activity for one in network.wire.crossed if is_ballot(one)]
    assert ballots.count(in_flight.activity) == 2
    assert len(set(ballots)) == 2
    assert len(await fr.standing(poll)) == 2
    async with fr.tools.database.read() as connection:
        assert len((await connection.execute(select(Ballots.id))).all()) == 2
    for person in (ana, bea):
        assert await says_counted(person, mirrored(fr, poll))


async def test_a_killed_home_judges_what_it_had_stored(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "D'accord")
    await ar.work()
    assert await fr.unjudged() == 1

    await fr.kill()
    await network.settle()

    assert len(await fr.standing(poll)) == 1
    assert await says_counted(ana, mirrored(fr, poll))


async def test_a_mirror_killed_while_it_fetches_fetches_again(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    zoe = await fr.site.signed_in("zoe")
    network.wire.fate = lambda one: Fate.HANGS if one.path.startswith("/a/") else Fate.ARRIVES
    await argue(zoe, path_of(poll), "Moins de bruit.")
    await fr.work()
    judging = asyncio.create_task(ar.worker.judge_all())
    await network.wire.wait_for(lambda one: one.path.startswith("/a/"))

    await ar.kill(judging)
    network.wire.fate = deliveries_only(Fate.ARRIVES)
    await network.wait(seconds=CHANCE_SECONDS)

    assert len(await ar.arguments()) == 1


async def test_a_peer_that_hangs_keeps_nobody_else_waiting(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    uy = await network.found("uy")
    await network.follow(uy, fr)
    zoe = await fr.site.signed_in("zoe")
    await vote(zoe, path_of(poll), "D'accord")
    await fr.worker.tick()
    network.wire.fate = to(uy.host, Fate.HANGS)

    delivering = asyncio.create_task(fr.worker.deliver_all())
    arrived = await network.wire.wait_for(
        lambda one: (one.receiver, one.kind, one.status) == (ar.host, "Update", 202)
    )
    await ar.worker.judge_all()

    assert arrived.sender == fr.host
    assert not delivering.done()
    assert counts((await ar.tallies(f"quais@{fr.host}"))[poll]) == [1, 0, 0]
    network.wire.fate = deliveries_only(Fate.ARRIVES)
    network.wire.free()
    await delivering
    await network.persist()
    assert counts((await uy.tallies(f"quais@{fr.host}"))[poll]) == [1, 0, 0]


async def test_a_document_that_never_comes_keeps_nobody_else_waiting(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    zoe = await fr.site.signed_in("zoe")
    ana = await ar.site.signed_in("ana")
    await argue(ana, mirrored(fr, poll), "Menos clientes.")
    network.wire.fate = lambda one: Fate.HANGS if one.path.startswith("/a/") else Fate.ARRIVES
    await argue(zoe, path_of(poll), "Moins de bruit.")
    await fr.work()
    await ar.worker.deliver_all()
    judging = asyncio.create_task(ar.worker.judge_all())
    await network.wire.wait_for(lambda one: one.path.startswith("/a/"))

    await fr.work()  # an answer of another actor arrives
    network.clock.advance(seconds=INTERVAL + 1)
    await vote(ana, mirrored(fr, poll), "D'accord")
    await ar.worker.deliver_all()
    await fr.work()
    other = asyncio.create_task(ar.worker.judge_all())
    await until(partial(says_counted, ana, mirrored(fr, poll)))

    network.wire.fate = deliveries_only(Fate.ARRIVES)
    network.wire.free()
    await asyncio.gather(judging, other)
    await network.persist()
    assert await ar.arguments() == await fr.arguments()


async def test_workers_that_run_by_themselves_are_stopped_and_started_without_loss(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    for option in OPTIONS:
        running = [asyncio.create_task(node.worker.run()) for node in network.nodes]
        await vote(ana, mirrored(fr, poll), option)
        await until(partial(says_counted, ana, mirrored(fr, poll)))
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for node in network.nodes:
            await node.kill()
        network.clock.advance(seconds=1)

    await network.wait(seconds=INTERVAL + 1)

    assert list((await fr.standing(poll)).values()) == ["2"]
    home, mirror = await both_tallies(fr, ar)
    assert home == mirror


async def test_what_fails_beside_its_documents_is_given_up_and_not_tried_for_ever(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    zoe = await fr.site.signed_in("zoe")
    await argue(zoe, path_of(poll), "Moins de bruit.")
    await network.settle()
    async with ar.tools.database.write() as connection:
        # One argument and no more: a failure that no rule foresees.
        await connection.execute(text("CREATE UNIQUE INDEX poison ON posts (about)"))
    await argue(zoe, path_of(poll), "Moins de poussière.")

    await network.settle()

    assert await ar.unjudged() == 0
    assert await ar.outcomes("unknown") == [("malformed", "unforeseen: IntegrityError")]


async def says_counted(voter: Browser, page: str) -> bool:
    return "has counted it" in (await voter.get(page)).words


def is_ballot(crossing: Crossing) -> bool:
    return crossing.kind == "Create"
