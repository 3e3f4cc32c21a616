"""Replies deep in a thread, whose ancestors lie on other servers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import select

from dosfed.deliberation.debate.tables import Arguments
from dosfed.federation import reader
from dosfed.federation.reader import MAX_ANCESTORS
from tests.conftest import GivenClock
from tests.network.nodes import Network, Node, counts, proposal, until
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.mastodon import Document, Text
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.web.site import path_of

LEASE_SECONDS = 61
AWAY = Behaviour(status=503)
SILENT = Behaviour(is_silent=True)


@pytest.fixture
async def world(clock: GivenClock) -> AsyncIterator[Fediverse]:
    """Other servers, by the given clock."""
    async with fediverse(clock.now) as world:
        yield world


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A proposal of an instance, with people of two other servers who talk about it."""

    network: Network
    fr: Node
    poll: str
    world: Fediverse
    masto: SimulatedServer
    ana: SimulatedActor  # at masto
    bo: SimulatedActor  # elsewhere

    async def deliver(self, author: SimulatedActor, activity: Document) -> None:
        """Deliver an activity to the shared inbox of the instance."""
        inbox = self.fr.tools.house.instance.shared_inbox
        assert await self.world.post(author, inbox, activity) == 202

    async def parents(self) -> dict[str, str]:
        """Return what each argument answers."""
        async with self.fr.tools.database.read() as connection:
            rows = await connection.execute(select(Arguments.id, Arguments.in_reply_to))
            return {row.id: row.in_reply_to for row in rows}


@pytest.fixture
async def scene(network: Network, fr: Node, world: Fediverse) -> Scene:
    await fr.publish(proposal())
    masto = world.server("masto")
    return Scene(
        network=network,
        fr=fr,
        poll=fr.proposals["p"],
        world=world,
        masto=masto,
        ana=masto.actor("ana"),
        bo=world.server("other").actor("bo"),
    )


def answer(author: SimulatedActor, to: str, html: str) -> Document:
    """Let somebody answer a post; its server shows the answer from then on."""
    return author.reply(to, author.id, f"<p>{html}</p>")


def chain(author: SimulatedActor, root: str, length: int) -> list[Document]:
    """Let somebody answer themselves again and again; return the activities."""
    made: list[Document] = []
    for number in range(length):
        to = made[-1]["object"]["id"] if made else root
        made.append(answer(author, to, f"Mot {number}."))
    return made


@pytest.mark.rule("3.4")
async def test_a_reply_brings_its_unknown_ancestors_along(scene: Scene) -> None:
    above = chain(scene.ana, scene.poll, 4)
    reply = answer(scene.bo, above[-1]["object"]["id"], "Et alors ?")

    await scene.deliver(scene.bo, reply)
    await scene.fr.work()

    ids = [activity["object"]["id"] for activity in (*above, reply)]
    assert await scene.parents() == dict(zip(ids, [scene.poll, *ids], strict=False))
    words = await scene.fr.read(path_of(scene.poll))
    assert "Et alors ?" in words
    assert words.count(scene.ana.handle) >= 4
    assert await scene.fr.outcomes("argument") == [("admitted", None)]


@pytest.mark.rule("3.4")
async def test_what_hangs_on_nothing_here_is_refused(scene: Scene) -> None:
    above = scene.ana.post(Text(html="<p>Ailleurs.</p>"))["object"]["id"]
    await scene.deliver(scene.bo, answer(scene.bo, above, "Perdu."))
    await scene.fr.work()

    assert await scene.parents() == {}
    assert await scene.fr.outcomes("argument") == [("refused", "unknown-parent")]


async def test_a_chain_of_answers_in_a_circle_ends(scene: Scene) -> None:
    first, second, third = chain(scene.ana, scene.poll, 3)
    scene.ana.objects[first["object"]["id"]]["inReplyTo"] = third["object"]["id"]

    await scene.deliver(scene.bo, answer(scene.bo, second["object"]["id"], "En rond."))
    await scene.fr.work()

    assert await scene.parents() == {}
    assert await scene.fr.outcomes("argument") == [("refused", "unknown-parent")]


@pytest.mark.rule("3.4")
async def test_a_chain_without_end_is_followed_so_far_and_no_further(scene: Scene) -> None:
    above = chain(scene.ana, scene.poll, MAX_ANCESTORS + 20)

    await scene.deliver(scene.bo, answer(scene.bo, above[-1]["object"]["id"], "Loin."))
    await scene.fr.work()

    assert await scene.parents() == {}
    assert await scene.fr.outcomes("argument") == [("refused", "unknown-parent")]
    assert len([path for path in scene.masto.asked if "/statuses/" in path]) == MAX_ANCESTORS


async def test_an_ancestor_that_is_gone_ends_the_search(scene: Scene) -> None:
    (above,) = chain(scene.ana, scene.poll, 1)
    scene.ana.delete(above["object"]["id"])

    await scene.deliver(scene.bo, answer(scene.bo, above["object"]["id"], "Trop tard."))
    await scene.fr.work()

    assert await scene.parents() == {}
    ((outcome, _),) = await scene.fr.outcomes("unknown")
    assert outcome == "refused"


async def test_a_reply_waits_for_an_ancestor_s_server_to_come_back(scene: Scene) -> None:
    (above,) = chain(scene.ana, scene.poll, 1)
    reply = answer(scene.bo, above["object"]["id"], "Et alors ?")
    scene.masto.documents = AWAY
    await scene.deliver(scene.bo, reply)
    await scene.network.settle()
    await scene.network.wait(seconds=LEASE_SECONDS)
    assert await scene.fr.unjudged() == 1

    scene.masto.documents = Behaviour()
    await scene.network.wait(seconds=LEASE_SECONDS)

    assert await scene.fr.unjudged() == 0
    assert set(await scene.parents()) == {above["object"]["id"], reply["object"]["id"]}


async def test_after_an_hour_a_server_is_no_longer_waited_for(scene: Scene) -> None:
    (above,) = chain(scene.ana, scene.poll, 1)
    scene.masto.documents = AWAY
    await scene.deliver(scene.bo, answer(scene.bo, above["object"]["id"], "Et alors ?"))
    await scene.network.settle()

    await scene.network.wait(seconds=3601)

    ((outcome, reason),) = await scene.fr.outcomes("unknown")
    assert outcome == "refused"
    assert (reason or "").startswith("not to be had")


async def test_a_thread_that_takes_too_long_to_read_is_tried_again_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "RESOLVE_SECONDS", 0.3)
    above = chain(scene.ana, scene.poll, 20)
    scene.masto.documents = Behaviour(delay=0.05)
    await scene.deliver(scene.bo, answer(scene.bo, above[-1]["object"]["id"], "Et alors ?"))
    await scene.network.settle()
    assert await scene.fr.unjudged() == 1

    scene.masto.documents = Behaviour()
    monkeypatch.setattr(reader, "RESOLVE_SECONDS", 60.0)
    await scene.network.wait(seconds=LEASE_SECONDS)

    assert len(await scene.parents()) == len(above) + 1


async def test_nobody_else_s_acts_wait_for_an_ancestor(scene: Scene) -> None:
    (above,) = chain(scene.ana, scene.poll, 1)
    caro = scene.world.server("other").actor("caro")
    reply = answer(scene.bo, above["object"]["id"], "Et alors ?")
    await scene.deliver(scene.bo, reply)
    scene.masto.documents = SILENT
    judging = asyncio.create_task(scene.fr.worker.judge_all())

    async def is_asked() -> bool:
        return any("/statuses/" in path for path in scene.masto.asked)

    await until(is_asked)
    organiser = scene.fr.site.house.instance.organiser("mairie")
    await scene.deliver(caro, caro.vote(scene.poll, organiser, "D'accord"))
    other = asyncio.create_task(scene.fr.worker.judge_all())
    await until(partial(scene.fr.standing, scene.poll))

    await scene.fr.worker.tick()
    assert counts((await scene.fr.tallies())[scene.poll]) == [1, 0, 0]
    assert await scene.fr.unjudged() == 1
    await scene.fr.kill(judging, other)
    scene.masto.documents = Behaviour()
    await scene.network.wait(seconds=LEASE_SECONDS)
    assert reply["object"]["id"] in await scene.parents()


@pytest.mark.parametrize("is_one_batch", [True, False])
async def test_later_acts_of_the_same_actor_wait_for_the_ancestor(
    scene: Scene, *, is_one_batch: bool
) -> None:
    (above,) = chain(scene.ana, scene.poll, 1)
    reply = answer(scene.bo, above["object"]["id"], "Et alors ?")
    status = reply["object"]["id"]
    scene.masto.documents = AWAY
    await scene.deliver(scene.bo, reply)
    if not is_one_batch:
        await scene.network.settle()
    await scene.deliver(scene.bo, scene.bo.edit(status, "<p>Et maintenant ?</p>"))
    await scene.network.settle()
    assert await scene.fr.unjudged() == 2

    scene.masto.documents = Behaviour()
    await scene.network.wait(seconds=LEASE_SECONDS)

    assert await scene.fr.unjudged() == 0
    words = await scene.fr.read(path_of(scene.poll))
    assert "Et maintenant ?" in words
    assert "Et alors ?" not in words


async def test_an_argument_from_mastodon_reaches_a_mirror_with_its_author_s_name(
    scene: Scene, ar: Node
) -> None:
    await scene.network.follow(ar, scene.fr)

    await scene.deliver(scene.ana, answer(scene.ana, scene.poll, "Bonne idée."))
    await scene.network.settle()

    words = await ar.read(f"/c/quais@{scene.fr.host}{path_of(scene.poll)}")
    assert "Bonne idée." in words
    assert scene.ana.handle in words
