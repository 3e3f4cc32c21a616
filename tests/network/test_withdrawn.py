"""What is deleted, changed, narrowed or hidden is said at no address, and kept in no file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.activitypub.software import remember_software
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Role
from dosfed.deliberation.moderation.model import Hide, HideReason
from dosfed.deliberation.proposals.tables import Proposals
from tests.conftest import GivenClock
from tests.network.crawling import crawl, kept, saying
from tests.network.nodes import Network, Node, argue, proposal
from tests.simulated.actors import SimulatedActor
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.mastodon import Document, Text
from tests.simulated.servers import Behaviour
from tests.web.site import Browser, path_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A home with a mirror, and somebody on another server who reads and writes there."""

    network: Network
    fr: Node
    ar: Node
    world: Fediverse
    ana: SimulatedActor
    page: str  # of the home's proposal

    async def deliver(self, activity: Document) -> None:
        """Let Ana's server deliver what she does, and all hear of it."""
        inbox = self.fr.tools.house.instance.shared_inbox
        assert await self.world.post(self.ana, inbox, activity) == 202
        await self.network.wait(seconds=1)

    async def say(self, browser: Browser, words: str) -> str:
        """Argue at home, let all hear of it, and return the argument's id."""
        await argue(browser, self.page, words)
        await self.network.wait(seconds=1)
        return await self.id_of(Arguments.id, Arguments.html, words)

    async def id_of(self, column: Any, text: Any, words: str, node: Node | None = None) -> str:
        async with (node or self.fr).tools.database.read() as connection:
            return str(
                (await connection.execute(select(column).where(text.contains(words)))).scalar_one()
            )

    async def submit(self, browser: Browser, title: str) -> str:
        """Propose something, and return its id."""
        await browser.submit(
            "/c/quais/propose", "/c/quais/proposals", title=title, text=f"{title} en somme."
        )
        await self.network.wait(seconds=1)
        return await self.id_of(Proposals.id, Proposals.title, title)

    async def clean(self) -> None:
        """Let the workers do what they do every few minutes."""
        await self.network.wait(seconds=1)
        for node in self.network.nodes:
            await node.worker.index()
            await node.worker.cleaner.sweep()
            await node.worker.cleaner.scrub()
            node.site.forget()


@pytest.fixture
async def square(network: Network, fr: Node, ar: Node, clock: GivenClock) -> AsyncIterator[Square]:
    async with fediverse(clock.now) as world:
        ana = world.server("lem", software="lemmy").actor("anabel")
        await fr.publish(proposal(), needs_facilitator=False)
        await network.follow(ar, fr)
        instance = fr.tools.house.instance
        group = instance.consultation("quais")
        scene = Square(
            network=network,
            fr=fr,
            ar=ar,
            world=world,
            ana=ana,
            page=path_of(fr.proposals["p"]),
        )
        for followed in (group, instance.organiser("mairie")):
            await scene.deliver(ana.follow(followed))
        async with fr.tools.database.write() as connection:
            await remember_software(connection, {world.server("lem").host: "lemmy"}, clock.now())
        yield scene


@pytest.mark.rule("4.6")
async def test_of_what_is_deleted_nothing_is_left(square: Square) -> None:
    fr, ana = square.fr, square.ana
    zoe = await fr.site.signed_in("zoe")
    max_ = await fr.site.signed_in("max")
    # An argument by form; one of another server; a proposal taken back; one that was edited.
    mine = await square.say(zoe, "Zanahoria de más.")
    reply = ana.reply(fr.proposals["p"], fr.proposals["p"], "Berenjena también.")
    await square.deliver(reply)
    deep = ana.reply(mine, zoe_of(fr), "Calabaza igual.")
    await square.deliver(deep)
    proposed = await square.submit(zoe, "Espárrago en todo")
    note = ana.post(Text(html="<p>Rábano propuesto</p>", mentions=(group_of(fr),)))
    await square.deliver(note)
    # Somebody who leaves by form.
    await square.say(max_, "Pimiento para todos.")
    await square.submit(max_, "Alcachofa municipal")
    await max_.submit("/account", "/account/name", display="Garbanzo Ochoa")
    await square.network.wait(seconds=1)
    words = ("Zanahoria", "Berenjena", "Espárrago", "Rábano", "Pimiento", "Alcachofa")
    said = await crawl(fr)
    for word in words:
        assert any("/activities/" in place for place in saying(said, word)), word
    for node, word in ((square.ar, "Berenjena"), (fr, "Garbanzo"), (square.ar, "Garbanzo")):
        assert saying(await crawl(node), word), word

    await zoe.submit(path_of(mine) + "/delete", path_of(mine) + "/delete")
    await square.deliver(ana.delete(reply["object"]["id"]))
    await zoe.submit(path_of(proposed) + "/delete", path_of(proposed) + "/delete")
    await square.deliver(ana.delete(note["object"]["id"]))
    await max_.submit("/account/delete", "/account/delete", name="max")
    await square.clean()

    await nothing_left(square, *words, "Garbanzo")
    said = await crawl(fr)
    citizen = fr.tools.house.instance.citizen("max")
    # Its own address alone says that there was somebody.
    assert {place.split()[0] for place in saying(said, citizen)} <= {path_of(citizen)}
    assert saying(said, "Calabaza")  # what others said stays


async def test_somebody_who_deletes_their_account_elsewhere_leaves_no_word_and_no_name(
    square: Square,
) -> None:
    fr, ana = square.fr, square.ana
    zoe = await fr.site.signed_in("zoe")
    reply = ana.reply(fr.proposals["p"], fr.proposals["p"], "Berenjena también.")
    await square.deliver(reply)
    await argue(zoe, square.page, "Y yo a ella.", in_reply_to=reply["object"]["id"])
    await square.network.wait(seconds=1)
    assert saying(await crawl(fr), ana.id)

    square.world.server("lem").remove("anabel")
    await square.deliver(ana.delete_self())
    await square.clean()

    await nothing_left(square, "Berenjena")
    said = await crawl(fr)
    # The post's id, which begins with hers, stays where the thread needs its place.
    posts = {place: body.replace(reply["object"]["id"], "") for place, body in said.items()}
    assert saying(posts, ana.id, ana.handle) == []
    assert saying(said, "Y yo a ella.")


@pytest.mark.rule("4.6")
async def test_of_what_was_changed_only_its_history_tells(square: Square) -> None:
    fr, ana = square.fr, square.ana
    zoe = await fr.site.signed_in("zoe")
    mine = await square.say(zoe, "Zanahoria de más.")
    reply = ana.reply(fr.proposals["p"], fr.proposals["p"], "Berenjena también.")
    await square.deliver(reply)
    proposed = await square.submit(zoe, "Espárrago en todo")

    edit = path_of(mine) + "/edit"
    await zoe.submit(edit, edit, text="Nabo y nada más.", stance="for")
    await square.deliver(ana.edit(reply["object"]["id"], "<p>Puerro y ya.</p>"))
    edit = path_of(proposed) + "/edit"
    await zoe.submit(
        edit, edit, title="Lechuga en todo", text="Lechuga.", follows="1", note="Más claro."
    )
    await square.clean()

    said = await crawl(fr)
    for word in ("Zanahoria", "Berenjena", "Espárrago"):
        places = saying(said, word)
        assert places, word
        assert [one for one in places if "/history" not in one and "/versions" not in one] == []
    for word in ("Nabo", "Puerro", "Lechuga"):
        assert {"outbox", "activities"} <= {
            part
            for place in saying(said, word)
            for part in ("outbox", "activities")
            if part in place
        }, word


async def test_what_is_shown_to_followers_only_from_now_on_is_gone(square: Square) -> None:
    fr, ana = square.fr, square.ana
    reply = ana.reply(fr.proposals["p"], fr.proposals["p"], "Berenjena también.")
    await square.deliver(reply)
    note = ana.post(Text(html="<p>Rábano propuesto</p>", mentions=(group_of(fr),)))
    await square.deliver(note)
    assert saying(await crawl(square.ar), "Berenjena")

    for post, words in ((reply, "Secreto uno."), (note, "Secreto dos.")):
        update = ana.edit(post["object"]["id"], f"<p>{words}</p>")
        narrowed = {"to": [f"{ana.id}/followers"], "cc": []}
        await square.deliver({**update, **narrowed, "object": {**update["object"], **narrowed}})
    await square.clean()

    await nothing_left(square, "Berenjena", "Rábano", "Secreto")


async def test_what_is_hidden_is_said_nowhere_and_comes_back(square: Square) -> None:
    fr, ana = square.fr, square.ana
    zoe = await fr.site.signed_in("zoe")
    await fr.site.signed_in("mo", Role.MODERATOR)
    hidden = [
        await square.say(zoe, "Zanahoria de más."),
        await square.submit(zoe, "Espárrago en todo"),
    ]
    reply = ana.reply(fr.proposals["p"], fr.proposals["p"], "Berenjena también.")
    await square.deliver(reply)
    hidden.append(reply["object"]["id"])

    await hide(square, hidden, is_hidden=True)

    words = ("Zanahoria", "Espárrago", "Berenjena")
    for node in square.network.nodes:
        said = await crawl(node, *words)
        assert saying(said, *words, *(word.lower() for word in words)) == [], node.name

    await hide(square, hidden, is_hidden=False)

    for node in square.network.nodes:
        said = await crawl(node)
        for word in words:
            assert saying(said, word), (word, node.name)


async def test_old_words_leave_the_queues_of_servers_that_did_not_answer(square: Square) -> None:
    fr = square.fr
    server = square.world.server("lem")
    zoe = await fr.site.signed_in("zoe")
    server.inbox = Behaviour(status=503)
    gone = await square.say(zoe, "Zanahoria de más.")
    edited = await square.say(zoe, "Calabaza de más.")
    await zoe.submit(path_of(gone) + "/delete", path_of(gone) + "/delete")
    edit = path_of(edited) + "/edit"
    await zoe.submit(edit, edit, text="Nabo y nada más.", stance="for")
    await square.network.wait(seconds=1)
    server.inbox = Behaviour()
    await square.network.persist()

    got = [delivery.body.decode() for delivery in server.received]
    assert not any("Zanahoria" in body or "Calabaza" in body for body in got)
    told = [one.activity for one in server.received if "Nabo" in str(one)]
    assert [(one["type"], one["object"]["type"]) for one in told] == [
        ("Announce", "Create"),
        ("Update", "Note"),
        ("Announce", "Update"),
    ]


async def nothing_left(square: Square, *words: str) -> None:
    """Fail if any instance says or keeps any of these words, in either case."""
    asked = (*words, *(word.lower() for word in words))
    for node in square.network.nodes:
        assert saying(await crawl(node, *words), *asked) == [], node.name
        assert await kept(node, *asked) == [], node.name


async def test_whoever_was_sent_the_words_is_sent_what_hides_them_and_shows_them(
    square: Square,
) -> None:
    """Readers of a Group hear it of its moderator; who follows no more hears it as well."""
    fr, ana, world = square.fr, square.ana, square.world
    instance, lem = fr.tools.house.instance, world.server("lem")
    group, organiser = instance.consultation("quais"), instance.organiser("mairie")
    gone = world.server("once").actor("bo")
    follow = gone.follow(group)
    for act in (follow, gone.undo(follow)):
        assert await world.post(gone, instance.shared_inbox, act) == 202
        await square.network.wait(seconds=1)
    zoe = await fr.site.signed_in("zoe")
    await fr.site.signed_in("mo", Role.MODERATOR)
    mine = await square.say(zoe, "Zanahoria de más.")
    reply = ana.reply(fr.proposals["p"], fr.proposals["p"], "Berenjena también.")
    await square.deliver(reply)
    lem.received.clear()

    for is_hidden in (True, False):
        await hide(square, [mine, reply["object"]["id"]], is_hidden=is_hidden)

    told = [one.activity for one in lem.received]
    passed_on = [one["object"] for one in told if one["type"] == "Announce"]
    assert [(one["type"], one["actor"]) for one in passed_on] == [
        ("Update", instance.citizen("zoe")),
        ("Delete", organiser),
        ("Delete", organiser),
        ("Undo", organiser),
        ("Update", instance.citizen("zoe")),
        ("Undo", organiser),
    ]
    _, document = await world.get(group)
    _, moderators = await world.get(document["attributedTo"])
    assert moderators["orderedItems"] == [organiser]
    updates = [one.activity for one in world.server("once").received]
    assert [(one["type"], one["object"]["id"]) for one in updates if one["type"] == "Update"] == [
        ("Update", mine),
        ("Update", mine),
    ]
    assert "Zanahoria" not in str(updates[-2])
    assert "Zanahoria" in str(updates[-1])


async def hide(square: Square, uris: list[str], *, is_hidden: bool) -> None:
    """Let a moderator of the home hide posts, or show them again."""
    by = square.fr.tools.house.instance.citizen("mo")
    for uri in uris:
        square.network.clock.advance(seconds=1)
        await square.fr.perform(
            Hide(
                id=uri,
                by=ActorId(by),
                is_hidden=is_hidden,
                reason="Hors sujet." if is_hidden else "",
                code=HideReason.OFF_TOPIC,
            )
        )
    await square.clean()


def group_of(node: Node) -> tuple[str, str]:
    """Return the consultation of an instance, as a post mentions it."""
    return node.tools.house.instance.consultation("quais"), f"@quais@{node.host}"


def zoe_of(node: Node) -> str:
    return node.tools.house.instance.citizen("zoe")
