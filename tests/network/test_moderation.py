"""What a home hides, as other instances see it."""

import pytest
from sqlalchemy import select

from dosfed.deliberation.model import (
    ActorId,
    ArgumentId,
    Hide,
    HideReason,
    Refused,
    Role,
)
from dosfed.deliberation.tables import Arguments
from tests.network.nodes import Network, Node, argue, mirrored, proposal
from tests.web.site import path_of

WORDS = "Ils sont tous nuls."
REASON = "On discute sans insulter."


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
        id=ArgumentId(argument),
        by=ActorId(by),
        is_hidden=is_hidden,
        reason=REASON if is_hidden else "",
        code=HideReason.INSULT,
    )


async def argument_of(node: Node) -> str:
    async with node.site.database.read() as connection:
        return (await connection.execute(select(Arguments.id))).scalar_one()
