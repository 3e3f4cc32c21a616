"""Inboxes on another host than their actors': tried first, and nobody can point us at a victim."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete

from dosfed.activitypub.foreign import purge
from dosfed.activitypub.remote import read_actor, remember_all
from dosfed.activitypub.tables import Deliveries, ForeignInboxes, RemoteActors
from dosfed.storage.engine import Database
from tests.activitypub.sending import Sender, sender
from tests.conftest import GivenClock
from tests.simulated.actors import SimulatedActor
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.simulated.signing import pool_key

REFUSING = Behaviour(status=404)
GIVEN_UP = (0, True)


@pytest.fixture
async def us(database: Database, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Sender]:
    async with sender(database, clock, tmp_path) as us:
        yield us


@pytest.fixture
def victim(us: Sender) -> SimulatedServer:
    server = us.world.server("victim")
    server.inbox = REFUSING
    return server


async def known(us: Sender, host: str, inboxes: Sequence[str]) -> list[str]:
    """Let actors of a host be known who read at these inboxes; return the inboxes."""
    actors = []
    for number, inbox in enumerate(inboxes):
        actor = SimulatedActor(origin=f"http://{host}", name=f"u{number}", private=pool_key(0))
        actors.append(read_actor({**actor.document(), "inbox": inbox}, actor.id))
    async with us.database.write() as connection:
        await remember_all(connection, actors, us.clock.now())
    return list(inboxes)


def inboxes_at(server: SimulatedServer, *names: str) -> list[str]:
    return [f"{server.origin}/users/{name}/inbox" for name in names]


async def sent(us: Sender, number: int, inboxes: Sequence[str]) -> list[tuple[int | None, bool]]:
    """Publish an activity for these inboxes, deliver, and return what came of it."""
    uri = await us.put_to(number, inboxes)
    await us.deliver()
    rows = await us.rows(Deliveries)
    return [
        (row["status"], row["finished_at"] is not None) for row in rows if row["activity"] == uri
    ]


async def test_an_inbox_elsewhere_that_takes_the_first_delivery_gets_all(us: Sender) -> None:
    api = us.world.server("api")
    inboxes = await known(us, "blog.example", inboxes_at(api, "ana", "bo"))

    assert await sent(us, 1, inboxes) == [(202, True)] * 2
    assert await sent(us, 2, inboxes) == [(202, True)] * 2
    assert len(api.received) == 4


async def test_after_one_failed_trial_nothing_goes_there_for_a_day(
    us: Sender, victim: SimulatedServer
) -> None:
    inboxes = await known(us, "evil.example", inboxes_at(victim, "ana", "bo", "cy"))

    assert await sent(us, 1, inboxes) == [(404, True), GIVEN_UP, GIVEN_UP]
    us.clock.advance(hours=23)
    assert await sent(us, 2, inboxes) == [GIVEN_UP] * 3
    us.clock.advance(hours=2)
    assert await sent(us, 3, inboxes) == [(404, True), GIVEN_UP, GIVEN_UP]


async def test_a_trial_that_bars_nothing_any_more_is_forgotten(
    us: Sender, victim: SimulatedServer
) -> None:
    inboxes = await known(us, "evil.example", inboxes_at(victim, "ana"))
    await sent(us, 1, inboxes)
    for hours, left in ((23, 1), (1, 0)):
        us.clock.advance(hours=hours)
        async with us.database.write() as connection:
            await purge(connection, us.clock.now())
        assert len(await us.rows(ForeignInboxes)) == left


async def test_where_somebody_read_is_forgotten_with_them(us: Sender) -> None:
    inboxes = await known(us, "blog.example", inboxes_at(us.world.server("api"), "ana"))
    await sent(us, 1, inboxes)
    for left in (1, 0):
        async with us.database.write() as connection:
            await purge(connection, us.clock.now())
            await connection.execute(delete(RemoteActors))
        assert len(await us.rows(ForeignInboxes)) == left


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_no_answer_but_yes_passes_a_trial_and_none_is_asked_for_twice(
    us: Sender, victim: SimulatedServer, status: int
) -> None:
    victim.inbox = Behaviour(status=status)
    inboxes = await known(us, "evil.example", inboxes_at(victim, "ana", "bo"))

    assert await sent(us, 1, inboxes) == [(status, True), GIVEN_UP]
    us.clock.advance(hours=1)
    assert await us.deliver() == 0


async def test_many_hosts_cannot_each_have_a_trial_at_one_victim(
    us: Sender, victim: SimulatedServer
) -> None:
    inboxes = inboxes_at(victim, *(f"u{number}" for number in range(20)))
    for number, inbox in enumerate(inboxes):
        await known(us, f"e{number}.example", [inbox])

    statuses = await sent(us, 1, inboxes)
    assert sorted(statuses) == [GIVEN_UP] * 19 + [(404, True)]


async def test_who_reads_there_by_their_own_wish_is_served_on(
    us: Sender, victim: SimulatedServer
) -> None:
    (foreign,) = await known(us, "evil.example", inboxes_at(victim, "mallory"))
    own = await known(us, victim.host, inboxes_at(victim, "ana"))
    assert await sent(us, 1, [foreign]) == [(404, True)]

    victim.inbox = Behaviour()
    assert await sent(us, 2, [foreign, *own]) == [(202, True), GIVEN_UP]
    assert (await us.destination(victim))["failures"] == 0


async def test_nobody_takes_an_inbox_from_its_own_reader_by_naming_it(
    us: Sender, victim: SimulatedServer
) -> None:
    own = await known(us, victim.host, inboxes_at(victim, "ana"))
    await known(us, "evil.example", [*own, f"{victim.origin}/inbox"])
    victim.inbox = Behaviour(status=503)

    for number, inbox in enumerate((*own, f"{victim.origin}/inbox")):
        uri = await us.put_to(number, [inbox], is_ephemeral=True)
        assert (uri, None) in [
            (row["activity"], row["on_trial"]) for row in await us.rows(Deliveries)
        ]
    await us.deliver()
    assert await us.statuses() == [(503, False), (None, False)]
    victim.inbox = Behaviour()
    us.clock.advance(seconds=20)
    assert await us.deliver() == 2


async def test_a_trial_that_fails_does_not_end_what_has_passed(us: Sender) -> None:
    api = us.world.server("api")
    good = await known(us, "blog.example", inboxes_at(api, "ana"))
    assert await sent(us, 1, good) == [(202, True)]
    bad = await known(us, "evil.example", [*inboxes_at(api, "bogus"), *good])
    api.inbox = REFUSING
    assert await sent(us, 2, bad[:1]) == [(404, True)]

    api.inbox = Behaviour()
    assert await sent(us, 3, good) == [(202, True)]


async def test_what_has_passed_is_tried_again_like_anybody_when_it_is_down(us: Sender) -> None:
    api = us.world.server("api")
    inboxes = await known(us, "blog.example", inboxes_at(api, "ana"))
    await sent(us, 1, inboxes)
    api.inbox = Behaviour(status=503)
    assert await sent(us, 2, inboxes) == [(503, False)]

    api.inbox = Behaviour()
    us.clock.advance(seconds=20)
    assert await us.deliver() == 1


async def test_one_activity_goes_to_ten_inboxes_of_a_host_at_another_at_most(us: Sender) -> None:
    api = us.world.server("api")
    inboxes = await known(us, "evil.example", inboxes_at(api, *(f"u{n}" for n in range(30))))
    await sent(us, 1, inboxes)
    await sent(us, 2, inboxes)
    assert len(api.received) == 20
