"""Who voted what goes on both sides, some time after the end."""

import secrets

import pytest
from sqlalchemy import select

from dosfed.activitypub.tables import Deliveries, Inbox, Outbox
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.votes.tables import Ballots, SentBallots
from tests.network.nodes import END, Network, Node, argue, counts, mirrored, vote
from tests.traces import scrub, traces
from tests.web.site import path_of


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
        await node.worker.cleaner.sweep()

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
    await ar.worker.cleaner.sweep()

    assert await evidence(ar, ar.site.house.instance.citizen("ana")) == 0


@pytest.mark.rule("4.4")
async def test_no_file_of_either_side_ties_a_voter_to_a_ballot_once_it_is_erased(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    name = "v" + secrets.token_hex(6)
    voter = ar.site.house.instance.citizen(name)
    await vote(await ar.site.signed_in(name), mirrored(fr, poll), "Abstention")
    await network.settle()
    ballot = await sent_ballot(ar)
    assert await traces(fr.tools.database, voter)
    assert await traces(ar.tools.database, ballot)
    network.clock.moment = END
    await network.wait(seconds=3)
    await network.wait(days=91)
    for node in network.nodes:
        await node.worker.cleaner.sweep()
    for node in (ar, fr):  # where one server of PostgreSQL serves both, its log is the same
        await scrub(node.tools.database, network.clock)

    assert not await traces(fr.tools.database, voter, name, ballot)  # she did nothing but vote
    assert not await traces(ar.tools.database, ballot)


async def test_whoever_leaves_is_in_no_file_without_waiting_for_the_next_sweep(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    name = "v" + secrets.token_hex(6)
    ana = await ar.site.signed_in(name)
    await vote(ana, mirrored(fr, poll), "Abstention")
    await network.settle()
    ballot = await sent_ballot(ar)
    answer = await ana.submit("/account/delete", "/account/delete", name=name)
    assert "Your account has been deleted" in answer.words
    await network.settle()
    for node in network.nodes:
        await scrub(node.tools.database, network.clock)

    assert not await traces(fr.tools.database, ballot)
    assert not await traces(ar.tools.database, ballot)


@pytest.mark.rule("4.4")
async def test_words_that_somebody_deletes_are_in_no_file(
    network: Network, fr: Node, poll: str
) -> None:
    words = "w" + secrets.token_hex(6)
    ana = await fr.site.signed_in("ana")
    await argue(ana, path_of(poll), f"Moins de bruit : {words}.")
    await network.settle()
    assert await traces(fr.tools.database, words)
    (argument,) = await fr.arguments()
    author = ActorId(fr.site.house.instance.citizen("ana"))
    await fr.perform(Remove(id=argument, actor=author))
    await network.settle()
    for node in network.nodes:
        await node.worker.index()
        await scrub(node.tools.database, network.clock)
    assert not await traces(fr.tools.database, words)


async def sent_ballot(node: Node) -> str:
    """Return the id of the one ballot that was sent from here."""
    async with node.tools.database.read() as connection:
        activity = (await connection.execute(select(SentBallots.activity))).scalar_one()
    return str(activity).removesuffix("/activity")


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
