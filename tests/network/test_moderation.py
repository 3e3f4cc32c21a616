"""What a home hides, as other instances see it."""

import pytest
from sqlalchemy import select

from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Refused, Role
from dosfed.deliberation.moderation.model import Hide, HideReason
from dosfed.deliberation.proposals.tables import Proposals
from tests.network.nodes import Network, Node, argue, counts, mirrored, proposal, vote
from tests.web.site import JSON, path_of

WORDS = "Ils sont tous nuls."
REASON = "On discute sans insulter."


@pytest.mark.rule("5.5")
async def test_what_a_home_hides_is_hidden_on_its_mirrors_and_comes_back(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    page, mirror = path_of(fr.proposals["p"]), mirrored(fr, fr.proposals["p"])
    await argue(await fr.site.signed_in("zoe"), page, WORDS)
    await network.settle()
    assert WORDS in await ar.read(mirror)

    await hide(fr)
    await network.settle()
    hidden_here, hidden_there = await fr.read(page), await ar.read(mirror)
    await hide(fr, is_hidden=False)
    await network.settle()

    for shown in (hidden_here, hidden_there):
        assert WORDS not in shown
        assert REASON in shown
    assert WORDS in await fr.read(page)
    assert WORDS in await ar.read(mirror)


async def test_a_mirror_s_own_words_are_hidden_by_the_home(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    page, mirror = path_of(fr.proposals["p"]), mirrored(fr, fr.proposals["p"])
    await argue(await ar.site.signed_in("ana"), mirror, WORDS)
    await network.settle()
    assert WORDS in await fr.read(page)

    await hide(fr)
    await network.settle()

    assert WORDS not in await ar.read(mirror)
    assert REASON in await ar.read(mirror)


async def test_a_mirror_hides_for_its_own_pages_only(network: Network, fr: Node, ar: Node) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    page, mirror = path_of(fr.proposals["p"]), mirrored(fr, fr.proposals["p"])
    await argue(await fr.site.signed_in("zoe"), page, WORDS)
    await network.settle()

    await hide(ar)
    await network.settle()

    assert WORDS not in await ar.read(mirror)
    assert WORDS in await fr.read(page)


async def test_another_consultation_hides_nothing(network: Network, fr: Node, ar: Node) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    await argue(await fr.site.signed_in("zoe"), path_of(fr.proposals["p"]), WORDS)
    await network.settle()
    argument = await argument_of(ar)

    with pytest.raises(Refused):
        await ar.perform(hiding(argument, by="https://evil.example/c/quais"))

    assert WORDS in await ar.read(mirrored(fr, fr.proposals["p"]))


async def hide(node: Node, *, is_hidden: bool = True) -> None:
    """Let a moderator hide the one argument of an instance, or show it again."""
    moderator = node.site.house.instance.citizen("mod")
    if is_hidden:
        await node.site.signed_in("mod", Role.MODERATOR)
    await node.perform(hiding(await argument_of(node), by=moderator, is_hidden=is_hidden))


def hiding(argument: str, *, by: str, is_hidden: bool = True) -> Hide:
    return Hide(
        id=argument,
        by=ActorId(by),
        is_hidden=is_hidden,
        reason=REASON if is_hidden else "",
        code=HideReason.INSULT,
    )


async def argument_of(node: Node) -> str:
    async with node.site.database.read() as connection:
        return (await connection.execute(select(Arguments.id))).scalar_one()


async def test_a_proposal_that_a_home_hides_is_hidden_on_its_mirrors_and_comes_back(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    ana = await ar.site.signed_in("ana")
    page, mirror = path_of(fr.proposals["p"]), mirrored(fr, fr.proposals["p"])
    await vote(ana, mirror, "D'accord")
    await network.settle()

    await hide_proposal(network, fr)
    for node, path in ((fr, page), (ar, mirror), (fr, "/c/quais"), (ar, mirrored(fr))):
        assert "Proposition p" not in await node.read(path)
    assert REASON in await fr.read(page)
    assert REASON in await ar.read(mirror)
    assert await fr.tallies() == await ar.tallies(f"quais@{fr.host}") == {}
    await hide_proposal(network, fr, is_hidden=False)

    for node, path in ((fr, page), (ar, mirror), (fr, "/c/quais"), (ar, mirrored(fr))):
        assert "Proposition p" in await node.read(path)
    assert list(await fr.standing(fr.proposals["p"])) == [ar.site.house.instance.citizen("ana")]
    (here,), (there,) = (
        (await fr.tallies()).values(),
        (await ar.tallies(f"quais@{fr.host}")).values(),
    )
    assert counts(here) == counts(there) == [1, 0, 0]


async def test_a_ballot_that_a_mirror_sends_meanwhile_is_refused_and_its_voter_told(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    ana, mirror = await ar.site.signed_in("ana"), mirrored(fr, fr.proposals["p"])
    await hide_proposal(network, fr, settles=False)
    await vote(ana, mirror, "D'accord")  # the mirror has not heard of it yet
    await network.settle()

    assert ("refused", "hidden") in await fr.outcomes("ballot")
    assert await fr.standing(fr.proposals["p"]) == {}
    await hide_proposal(network, fr, is_hidden=False)
    assert "A moderator has hidden this proposal." in (await ana.get(mirror)).words
    await vote(ana, mirror, "D'accord")
    await network.settle()
    assert len(await fr.standing(fr.proposals["p"])) == 1


async def test_a_mirror_hides_a_proposal_for_its_own_pages_only(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    page, mirror = path_of(fr.proposals["p"]), mirrored(fr, fr.proposals["p"])

    await hide_proposal(network, ar, fr.proposals["p"])
    zoe = await fr.site.signed_in("zoe")
    await vote(zoe, page, "D'accord")
    await network.settle()  # a tally arrives, which changes nothing

    assert "Proposition p" not in await ar.read(mirror)
    assert "Proposition p" in await fr.read(page)
    await hide_proposal(network, ar, fr.proposals["p"], is_hidden=False)
    assert "Proposition p" in await ar.read(mirror)
    (there,) = (await ar.tallies(f"quais@{fr.host}")).values()
    assert counts(there) == [1, 0, 0]


async def test_who_follows_later_learns_nothing_of_it_before_it_is_shown(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal("p"), proposal("q"))
    await hide_proposal(network, fr)
    await network.follow(ar, fr)
    assert "Proposition p" not in await ar.read(mirrored(fr))
    assert "Proposition q" in await ar.read(mirrored(fr))

    network.clock.advance(seconds=1)
    await hide_proposal(network, fr, is_hidden=False)

    assert "Proposition p" in await ar.read(mirrored(fr, fr.proposals["p"]))


async def test_the_note_of_a_mirror_s_citizen_says_why_as_well(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    ana, there = await ar.site.signed_in("ana"), mirrored(fr)
    await ana.submit(f"{there}/propose", f"{there}/proposals", title="Un gros mot", text="Oui.")
    await network.settle()
    fay = await fr.site.signed_in("fay", Role.FACILITATOR)
    async with fr.site.database.read() as connection:
        made = select(Proposals.id, Proposals.source).where(Proposals.title == "Un gros mot")
        waiting, source = (await connection.execute(made)).one()
    note = str(source)
    await fay.submit("/c/quais", f"{path_of(waiting)}/accept")
    await network.settle()
    assert "gros mot" in (await ana.get(note, accept=JSON)).text

    await hide_proposal(network, fr, waiting)

    ar.site.forget()
    hidden = await ana.get(note, accept=JSON)
    assert (hidden.status, "gros mot" in hidden.text, REASON in hidden.text) == (200, False, True)
    assert (await ana.get(path_of(note))).url.endswith(mirrored(fr, waiting))
    for path in ("/u/ana/outbox?page=true", there):
        assert "gros mot" not in (await ana.get(path)).text
    told = (await ana.get("/notices")).words
    assert "A moderator has hidden your proposal in Fermer les quais aux voitures ?" in told
    await hide_proposal(network, fr, waiting, is_hidden=False)
    ar.site.forget()
    assert "gros mot" in (await ana.get(note, accept=JSON)).text


async def hide_proposal(
    network: Network, node: Node, uri: str = "", *, is_hidden: bool = True, settles: bool = True
) -> None:
    """Let a moderator hide a proposal, or show it again, and others hear of it."""
    moderator = node.site.house.instance.citizen("mod")
    if is_hidden:
        await node.site.signed_in("mod", Role.MODERATOR)
    command = hiding(uri or node.proposals["p"], by=moderator, is_hidden=is_hidden)
    await node.perform(command)
    if settles:
        await network.wait(seconds=1)
