"""Somebody deletes their account: who must know does, and nobody else."""

import orjson
from sqlalchemy import func, select

from dosfed.activitypub.tables import Deliveries, Outbox
from dosfed.deliberation.debate.tables import Arguments
from tests.network.nodes import Network, Node, argue, counts, mirrored, proposal, vote
from tests.web.site import Browser, path_of


async def delete(browser: Browser, name: str) -> str:
    page = await browser.submit("/account/delete", "/account/delete", name=name)
    return page.words


async def deliveries(node: Node, name: str) -> int:
    """Return how often anything was sent in the name of a citizen."""
    async with node.tools.database.read() as connection:
        rows = await connection.execute(
            select(func.count()).where(Deliveries.actor == node.site.house.instance.citizen(name))
        )
        return rows.scalar_one()


async def test_a_ballot_sent_to_another_home_is_taken_back_there(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    poll = fr.proposals["p"]
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "D'accord")
    await network.settle()
    assert len(await fr.standing(poll)) == 1

    assert "Your account has been deleted" in await delete(ana, "ana")
    await network.settle()

    assert await fr.standing(poll) == {}
    network.clock.advance(seconds=120)
    await network.settle()
    assert counts((await fr.tallies())[poll]) == [0, 0, 0]


async def test_an_argument_is_gone_wherever_it_was_passed_on(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    page = path_of(fr.proposals["p"])
    ana, luc = await fr.site.signed_in("ana"), await fr.site.signed_in("luc")
    await argue(ana, page, "Moins de bruit.")
    await argue(luc, page, "Et les commerces ?")
    await network.settle()
    assert "Moins de bruit." in await ar.read(mirrored(fr, fr.proposals["p"]))

    await delete(ana, "ana")
    await network.settle()

    shown = await ar.read(mirrored(fr, fr.proposals["p"]))
    assert "Moins de bruit." not in shown
    assert "Et les commerces ?" in shown
    async with fr.tools.database.read() as connection:
        rows = (await connection.execute(select(Outbox.body).where(Outbox.is_public))).scalars()
        public = [orjson.loads(body) for body in rows if body is not None]
    said = [orjson.dumps(one).decode() for one in public]
    assert not any("Moins de bruit." in text for text in said)
    assert any("Et les commerces ?" in text for text in said)
    async with ar.tools.database.read() as connection:
        html = (await connection.execute(select(Arguments.html))).scalars().all()
    assert not any("bruit" in text for text in html)


async def test_nobody_is_told_of_somebody_who_said_nothing_to_them(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    zoe = await fr.site.signed_in("zoe")
    await vote(zoe, path_of(fr.proposals["p"]), "D'accord")
    await network.settle()

    await delete(zoe, "zoe")
    await network.settle()

    assert await deliveries(fr, "zoe") == 0
