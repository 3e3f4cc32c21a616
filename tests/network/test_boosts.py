"""Polls that join a consultation later, and what their boosts leave on a mirror."""

from collections import Counter
from datetime import timedelta

import orjson
from sqlalchemy import select

from dosfed.activitypub.tables import Deliveries, Outbox
from dosfed.acts.additions import import_into
from tests.network.nodes import END, Network, Node, counts, mirrored, proposal, vote
from tests.network.test_keeping_up import follow_there
from tests.web.site import path_of


async def kinds_sent(home: Node, mirror: Node) -> Counter[str]:
    """Count what went to a mirror and was then taken back."""
    async with home.tools.database.read() as connection:
        rows = await connection.execute(
            select(Outbox.body)
            .join(Deliveries, Deliveries.activity == Outbox.id)
            .where(Deliveries.host == mirror.host)
        )
        kinds = [orjson.loads(body)["type"] for body in rows.scalars() if body is not None]
    return Counter(kind for kind in kinds if kind == "Undo")


async def test_a_poll_that_is_added_is_voted_on_from_a_mirror_and_its_boosts_change_nothing(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    ana = await follow_there(ar, fr, "ana")
    opens = END - timedelta(days=40)
    added = proposal("later", opens=opens.isoformat())
    async with fr.tools.database.write() as connection:
        document = {"dosfed": 1, "consultations": [{"proposals": [added]}]}
        at = network.clock.now()
        [made, *_] = await import_into(connection, document, "quais", fr.site.house, at=at)
    await network.settle()

    assert "Proposition later" in await ar.read(mirrored(fr))
    assert (await ana.get("/notices")).words.count("There is a new proposal in") == 1
    page = mirrored(fr, made.id)
    network.clock.moment = opens
    await network.settle()
    await vote(await ar.site.signed_in("luis"), page, "D'accord")
    await network.settle()
    network.clock.moment = END - timedelta(days=2)
    await network.settle()

    assert await kinds_sent(fr, ar) == {"Undo": 3}  # of this poll two, of the other one
    for tallies in (await fr.tallies(), await ar.tallies(f"quais@{fr.host}")):
        assert counts(tallies[made.id]) == [1, 0, 0]
    assert (await ar.read(mirrored(fr))).count("Proposition later") == 1
    assert path_of(made.id) in (await fr.site.browser().get("/c/quais")).text
