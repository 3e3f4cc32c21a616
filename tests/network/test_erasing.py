"""Who voted what goes on both sides, some time after the end."""

from sqlalchemy import select

from dosfed.activitypub.tables import Deliveries, Inbox, Outbox
from dosfed.deliberation.tables import Ballots, SentBallots
from tests.network.nodes import END, Network, Node, counts, mirrored, vote


async def test_who_voted_what_is_erased_on_both_sides_after_the_end(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "Abstention")
    await network.settle()
    network.clock.moment = END
    await network.wait(seconds=3)
    await network.wait(days=91)
    for node in network.nodes:
        await node.worker.sweep()

    assert await fr.standing(poll) == {}
    for node in network.nodes:
        assert await evidence(node, ar.site.house.instance.citizen("ana")) == 0
    for tallies in (await fr.tallies(), await ar.tallies(f"quais@{fr.host}")):
        assert counts(tallies[poll]) == [0, 1, 0]


async def test_a_mirror_erases_even_if_its_home_is_never_heard_of_again(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "Abstention")
    await network.settle()
    network.wire.down.add(fr.host)
    network.clock.moment = END
    network.clock.advance(days=91)
    await ar.worker.sweep()

    assert await evidence(ar, ar.site.house.instance.citizen("ana")) == 0


async def evidence(node: Node, voter: str) -> int:
    """Return how many rows still tie a voter to a ballot."""
    async with node.tools.database.read() as connection:
        found = [
            (await connection.execute(select(Ballots.id).where(Ballots.voter == voter))).all(),
            (await connection.execute(select(SentBallots.poll))).all(),
            (
                await connection.execute(
                    select(Inbox.id).where(Inbox.actor == voter, Inbox.about.is_not(None))
                )
            ).all(),
            (
                await connection.execute(
                    select(Outbox.id).where(Outbox.is_ephemeral, Outbox.actor == voter)
                )
            ).all(),
            (
                await connection.execute(select(Deliveries.id).where(Deliveries.actor == voter))
            ).all(),
        ]
    return sum(map(len, found))
