"""A consultation of one instance, followed from another."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from dosfed.activitypub.tables import Outbox
from dosfed.acts import consequences
from dosfed.acts.facts import ProposalWithdrawn
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.model import EditArgument, Remove, Stance
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Role
from dosfed.deliberation.proposals.kept import empty_proposal, load_proposal
from dosfed.deliberation.proposals.tables import Proposals
from tests.network.nodes import (
    END,
    INTERVAL,
    Network,
    Node,
    argue,
    counts,
    mirrored,
    proposal,
    vote,
)
from tests.people import block
from tests.web.site import JSON, path_of

SENT = "Your vote has been sent to the site that hosts this consultation"
NOT_YET = "Sent. The site that hosts this consultation has not answered yet"
COUNTED = "The site that hosts this consultation has counted it."
ANA = re.compile(r"\bana\b")  # not three letters of a random id


async def test_what_a_home_has_is_shown_where_it_is_followed(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal("a"), proposal("b", method="single", options=["Nord", "Sud"]))
    page = path_of(fr.proposals["a"])
    zoe = await fr.site.signed_in("zoe")
    await vote(zoe, page, "D'accord")
    await argue(zoe, page, "Moins de bruit.")
    await network.settle()

    assert await network.follow(ar, fr) == "accepted"

    shown = await ar.read(mirrored(fr))
    assert "Fermer les quais aux voitures ?" in shown
    assert f"Hosted by {fr.host}" in shown
    assert "Moins de bruit." in await ar.read(mirrored(fr, fr.proposals["a"]))
    assert await ar.tallies(f"quais@{fr.host}") == await fr.tallies()
    assert counts((await ar.tallies(f"quais@{fr.host}"))[fr.proposals["a"]]) == [1, 0, 0]


@pytest.mark.rule("1.9")
async def test_a_ballot_from_a_mirror_is_counted_at_home_and_the_page_says_so(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    page = mirrored(fr, poll)
    ana = await ar.site.signed_in("ana")

    said_first = await vote(ana, page, "D'accord")
    await network.settle()
    said_then = (await ana.get(page)).words

    assert SENT in said_first
    assert COUNTED in said_then
    assert await fr.standing(poll) == {ar.site.house.instance.citizen("ana"): "0"}
    assert await ar.standing(poll) == {}
    home, mirror = await fr.tallies(), await ar.tallies(f"quais@{fr.host}")
    assert counts(home[poll]) == [1, 0, 0]
    assert home == mirror
    assert home[poll]["origins"] == {"here": 0, "listed": 0, "fediverse": 1}


async def test_a_changed_ballot_replaces_the_earlier_one(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    page = mirrored(fr, poll)
    ana = await ar.site.signed_in("ana")
    await vote(ana, page, "D'accord")
    await network.settle()

    said = await vote(ana, page, "Pas d'accord")
    assert SENT in said
    await network.wait(seconds=INTERVAL + 1)

    assert COUNTED in (await ana.get(page)).words
    assert list((await fr.standing(poll)).values()) == ["2"]
    for tallies in (await fr.tallies(), await ar.tallies(f"quais@{fr.host}")):
        assert counts(tallies[poll]) == [0, 0, 1]


async def test_two_ballots_sent_before_the_home_heard_any_count_as_the_last(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    page = mirrored(fr, poll)
    ana = await ar.site.signed_in("ana")
    for option in ("D'accord", "Abstention", "Pas d'accord"):
        await vote(ana, page, option)
        network.clock.advance(seconds=1)

    await network.settle()

    assert list((await fr.standing(poll)).values()) == ["2"]
    assert COUNTED in (await ana.get(page)).words


async def test_several_choices_cross_as_one_ballot(network: Network, fr: Node, ar: Node) -> None:
    await fr.publish(proposal(method="multiple", options=["Bancs", "Arbres", "Eau"]))
    await network.follow(ar, fr)
    poll = fr.proposals["p"]
    page = mirrored(fr, poll)
    ana = await ar.site.signed_in("ana")

    await vote(ana, page, "Bancs", "Arbres", "Eau")
    await network.settle()
    first = counts((await fr.tallies())[poll])
    network.clock.advance(seconds=1)
    await vote(ana, page, "Arbres", "Eau")
    await network.wait(seconds=INTERVAL + 1)

    assert first == [1, 1, 1]
    for tallies in (await fr.tallies(), await ar.tallies(f"quais@{fr.host}")):
        assert counts(tallies[poll]) == [0, 1, 1]
        assert tallies[poll]["voters"] == 1


async def test_a_late_ballot_is_told_with_its_reason(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    page = mirrored(fr, poll)
    network.clock.moment = END.replace(month=6, day=30)
    ana = await ar.site.signed_in("ana")
    network.wire.down.add(fr.host)
    await vote(ana, page, "D'accord")
    await network.settle()
    network.wire.down.clear()

    await network.wait(days=1.01)

    assert await fr.standing(poll) == {}
    assert "refused it: This vote is not open." in (await ana.get(page)).words


async def test_a_ballot_of_somebody_who_may_not_vote_is_told_with_its_reason(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal(), eligible=["uy.example"])
    await network.follow(ar, fr)
    page = mirrored(fr, fr.proposals["p"])
    ana = await ar.site.signed_in("ana")

    assert 'name="option"' not in (await ana.get(page)).text


async def test_a_home_s_refusal_is_told_with_its_reason(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    page = mirrored(fr, poll)
    ana = await ar.site.signed_in("ana")
    async with fr.tools.database.write() as connection:
        # The organiser changes who may vote; the mirror has not heard of it.
        await connection.execute(update(Consultations).values(eligible=["uy.example"]))

    await vote(ana, page, "D'accord")
    await network.settle()

    assert await fr.outcomes("ballot") == [("refused", "not-eligible")]
    said = (await ana.get(page)).words
    assert "refused it: This vote is not open to accounts from your server." in said


async def test_who_voted_what_is_in_no_page_of_either(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "D'accord")
    await network.settle()

    (sent,) = [one for one in network.wire.posts(fr.host) if one.kind == "Create"]
    for node, page in ((fr, path_of(poll)), (ar, mirrored(fr, poll))):
        assert not ANA.search(await node.read(page))
        tallies = await node.tallies("quais" if node is fr else f"quais@{fr.host}")
        assert not ANA.search(str(tallies))
    stranger = ar.site.browser()
    assert (await stranger.get(path_of(sent.activity), accept=JSON)).status == 404
    async with ar.tools.database.read() as connection:
        statement = select(Outbox.body).where(Outbox.id == sent.activity)
        assert (await connection.execute(statement)).scalar_one() is None


async def test_arguments_cross_both_ways_and_are_shown_once(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    uy = await network.found("uy")
    await network.follow(uy, fr)
    zoe, ana = await fr.site.signed_in("zoe"), await ar.site.signed_in("ana")

    await argue(zoe, path_of(poll), "Moins de bruit.")
    said = await argue(ana, mirrored(fr, poll), "Più lento.", stance="against")
    await network.settle()

    assert "Più lento." in said
    assert len(await fr.arguments()) == 2
    assert await fr.arguments() == await ar.arguments() == await uy.arguments()
    for node, page in (
        (fr, path_of(poll)),
        (ar, mirrored(fr, poll)),
        (uy, mirrored(fr, poll)),
    ):
        words = await node.read(page)
        assert words.count("Moins de bruit.") == words.count("Più lento.") == 1
        assert ("@ana" if node is ar else f"@ana@{ar.host}") in words


async def test_an_answer_hangs_below_what_it_answers_on_the_other_side(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    zoe, ana = await fr.site.signed_in("zoe"), await ar.site.signed_in("ana")
    await argue(zoe, path_of(poll), "Moins de bruit.")
    await network.settle()
    (first,) = await ar.arguments()

    await argue(ana, mirrored(fr, poll), "Moins de clients.", in_reply_to=first)
    await network.settle()

    for node in (fr, ar):
        async with node.tools.database.read() as connection:
            rows = await connection.execute(select(Arguments.in_reply_to).order_by(Arguments.id))
            assert set(rows.scalars()) == {poll, first}


async def test_an_edit_and_a_deletion_cross_both_ways(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    zoe, ana = await fr.site.signed_in("zoe"), await ar.site.signed_in("ana")
    await argue(zoe, path_of(poll), "Moins de bruit.")
    await argue(ana, mirrored(fr, poll), "Menos clientes.")
    await network.settle()
    network.clock.advance(seconds=5)

    for node, name in ((fr, "zoe"), (ar, "ana")):
        actor = ActorId(node.site.house.instance.citizen(name))
        (own,) = [uri for uri in await node.arguments() if uri.startswith(node.site.base_url)]
        words = f"Mot de {name}."
        await node.perform(
            EditArgument(
                updated=None,
                id=own,
                author=actor,
                stance=Stance.NEUTRAL,
                title="",
                text=words,
                html=f"<p>{words}</p>",
                markdown=words,
                language="fr",
            )
        )
    await network.settle()
    pages = ((fr, path_of(poll)), (ar, mirrored(fr, poll)))
    edited = [await node.read(page) for node, page in pages]

    for node, name in ((fr, "zoe"), (ar, "ana")):
        actor = ActorId(node.site.house.instance.citizen(name))
        (own,) = [uri for uri in await node.arguments() if uri.startswith(node.site.base_url)]
        await node.perform(Remove(id=own, actor=actor))
    await network.settle()
    removed = [await node.read(page) for node, page in pages]

    for words in edited:
        assert "Mot de zoe." in words
        assert "Mot de ana." in words
        assert "bruit" not in words
        assert "clientes" not in words
    for words in removed:
        assert "Mot de" not in words
    assert await fr.arguments() == await ar.arguments() == []


async def test_the_final_tally_crosses(network: Network, fr: Node, ar: Node, poll: str) -> None:
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "Abstention")
    await network.settle()
    network.clock.moment = END
    await network.wait(seconds=3)

    home, mirror = await fr.tallies(), await ar.tallies(f"quais@{fr.host}")

    assert home[poll]["closed"]
    assert counts(home[poll]) == [0, 1, 0]
    assert home == mirror
    assert "Abstention 1 100%" in await ar.read(mirrored(fr, poll))
    assert 'name="option"' not in (await ana.get(mirrored(fr, poll))).text


async def test_a_poll_that_ends_with_few_ballots_says_so_on_the_mirror_and_gives_no_counts(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal(counts_from=5))
    await network.follow(ar, fr)
    poll = fr.proposals["p"]
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "Abstention")
    await network.settle()
    network.clock.moment = END
    await network.wait(seconds=3)

    home, mirror = await fr.tallies(), await ar.tallies(f"quais@{fr.host}")
    assert home == mirror
    assert home[poll]["closed"]
    assert counts(home[poll]) == [None, None, None]
    assert "Fewer than 5 votes" in await ar.read(mirrored(fr, poll))


async def test_counts_hidden_until_the_end_are_hidden_on_the_mirror_too(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal(counts="hidden"))
    await network.follow(ar, fr)
    poll = fr.proposals["p"]
    ana = await ar.site.signed_in("ana")
    await vote(ana, mirrored(fr, poll), "Abstention")
    await network.settle()
    await network.wait(seconds=INTERVAL + 1)

    before = await ar.tallies(f"quais@{fr.host}")
    network.clock.moment = END
    await network.wait(seconds=3)
    after = await ar.tallies(f"quais@{fr.host}")

    assert before[poll]["voters"] is None
    assert counts(before[poll]) == [None, None, None]
    assert counts(after[poll]) == [0, 1, 0]


async def test_a_proposal_that_is_withdrawn_at_home_goes_from_the_mirror(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal("a"), proposal("b"))
    await network.follow(ar, fr)
    async with fr.tools.database.write() as connection:
        record = await load_proposal(connection, fr.proposals["a"])
        assert record is not None
        await empty_proposal(connection, record.id, network.clock.now())
        gone = ProposalWithdrawn(id=record.id, at=network.clock.now(), record=record)
        await consequences.follow(connection, [gone], fr.site.house)

    await network.settle()

    assert set(await fr.tallies()) == {fr.proposals["b"]}
    assert set(await ar.tallies(f"quais@{fr.host}")) == {fr.proposals["b"]}


async def test_a_proposal_published_later_arrives(network: Network, fr: Node, ar: Node) -> None:
    await fr.publish(proposal("a"))
    await network.follow(ar, fr)
    zoe = await fr.site.signed_in("zoe", Role.FACILITATOR)
    sent = await zoe.submit("/c/quais", "/c/quais/proposals", title="Une navette", text="Samedi.")
    assert sent.status == 200, sent.words
    async with fr.tools.database.read() as connection:
        statement = select(Proposals.id).where(Proposals.title == "Une navette")
        found = (await connection.execute(statement)).scalar_one()
    accepted = await zoe.submit(path_of(found), f"{path_of(found)}/accept")
    assert accepted.status == 200, accepted.words

    await network.settle()

    assert "Une navette" in await ar.read(mirrored(fr))


async def test_a_blocked_instance_is_answered_403_and_leaves_nothing(
    network: Network, fr: Node, ar: Node, poll: str
) -> None:
    ana = await ar.site.signed_in("ana")
    async with fr.tools.database.write() as connection:
        await block(connection, ar.host, "spam", network.clock.now())
        await fr.tools.blocklist.load(connection)

    await vote(ana, mirrored(fr, poll), "D'accord")
    await argue(ana, mirrored(fr, poll), "Un mot.")
    await network.settle()

    asked = [one.status for one in network.wire.posts(fr.host)][-2:]
    assert asked == [403, 403]
    assert await fr.standing(poll) == {}
    assert await fr.arguments() == []
    assert NOT_YET in (await ana.get(mirrored(fr, poll))).words
    await ar.worker.note_undelivered()
    assert "It was refused." in (await ana.get(mirrored(fr, poll))).words


@pytest.mark.rule("10.7", "10.9")
async def test_what_organisers_change_reaches_mirrors(network: Network, fr: Node, ar: Node) -> None:
    await fr.publish(proposal("a"))
    assert await network.follow(ar, fr) == "accepted"
    team = await fr.site.signed_in("team", Role.ORGANISER)
    poll = f"poll-{fr.proposals['a']}"
    words: dict[str, Any] = {
        "edition": "1",
        "title": "Les quais",
        "summary": "Autrement.",
        "reason": "",
    }
    dates: dict[str, Any] = {"edition": "2", "closes": "2027-03-01T00:00", "reason": "Trop court."}
    moved: dict[str, Any] = {poll: "2027-02-01T00:00"}
    manage = "/c/quais/manage"
    await team.submit(manage, f"{manage}/words", **words)
    await team.submit(manage, f"{manage}/dates", **dates, **moved)
    await network.settle()

    shown = await ar.read(mirrored(fr))
    assert "Les quais" in shown
    assert "1 March 2027" in shown or "Mar 2027" in shown or "1 mars 2027" in shown
    assert "Feb" in await ar.read(mirrored(fr, fr.proposals["a"]))
