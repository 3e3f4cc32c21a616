"""Somebody signs in from a Mastodon, and takes part in their own name."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.accounts.tables import FediverseAccounts, Sessions
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.web import elsewhere
from tests.network.nodes import Network, Node, argue, mirrored, proposal, vote
from tests.simulated.fediverse import fediverse
from tests.simulated.servers import Behaviour, SimulatedServer
from tests.web.site import Answer, Browser, path_of
from tests.web.visitors import visitor

LONG = "Les quais sont à tout le monde, et surtout le dimanche. " * 20


@pytest.fixture
async def masto(network: Network) -> AsyncIterator[SimulatedServer]:
    """A server with Ana's account."""
    async with fediverse(network.clock.now) as world:
        server = world.server("masto")
        server.actor("ana")
        yield server


@pytest.fixture
async def page(fr: Node, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a proposal with a poll; what is posted elsewhere is not waited for."""
    monkeypatch.setattr(elsewhere, "ARRIVAL_SECONDS", 0.0)
    await fr.publish(proposal())
    return path_of(fr.proposals["p"])


async def say(browser: Browser, page: str, text: str, **fields: Any) -> Answer:
    return await browser.submit(page, f"{page}/arguments", text=text, **fields)


async def tokens(node: Node) -> list[bytes | None]:
    async with node.tools.database.read() as connection:
        return list((await connection.execute(select(FediverseAccounts.token))).scalars())


async def test_a_ballot_is_cast_and_changed_here_under_their_own_actor(
    network: Network, fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto)
    assert "D'accord" in await vote(browser, page, "D'accord")
    await vote(browser, page, "Abstention")
    assert await fr.standing(fr.proposals["p"]) == {masto.actors["ana"].id: "1"}
    # From their own server it is the same voter.
    ana = masto.actors["ana"]
    await network.settle()
    tally = (await fr.tallies())[fr.proposals["p"]]
    assert tally["origins"] == {"here": 0, "listed": 0, "fediverse": 1}
    assert masto.api.posted == []
    assert ana.handle not in await fr.read(page)


@pytest.mark.rule("7.4")
async def test_an_argument_is_their_own_post_and_comes_here_from_there(
    network: Network, fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    answer = await say(browser, page, "Du calme, *enfin*.", stance="for", language="fr")

    assert answer.status == 200
    assert "Your server has your argument" in answer.words
    (posted,) = masto.api.posted
    assert posted["visibility"] == "public"
    assert posted["language"] == "fr"
    assert posted["status"].endswith("#pour")
    assert f"@mairie@{fr.host}" in posted["status"]

    await network.settle()
    async with fr.tools.database.read() as connection:
        (kept,) = await connection.execute(
            select(Arguments.id, Arguments.author, Arguments.stance, Arguments.in_reply_to)
        )
    ana = masto.actors["ana"]
    assert kept.id in ana.objects
    assert (kept.author, kept.stance, kept.in_reply_to) == (ana.id, "for", fr.proposals["p"])
    assert "Du calme" in await fr.read(page)


async def test_an_argument_that_comes_at_once_is_shown_at_once(
    fr: Node, masto: SimulatedServer, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "ARRIVAL_SECONDS", 60.0)
    browser = await visitor(fr.site, masto, posting=True)
    posting = asyncio.create_task(say(browser, page, "Du calme.", stance="against"))
    while not posting.done():
        await fr.work()
        await asyncio.wait([posting], timeout=0.02)
    answer = posting.result()
    assert "Your argument has been published" in answer.words
    assert "Du calme." in answer.words


async def test_an_answer_names_whom_it_answers(
    network: Network, fr: Node, masto: SimulatedServer, page: str
) -> None:
    luis = await fr.site.signed_in("luis")
    await argue(luis, page, "Et les commerces ?", stance="against")
    (argument,) = await fr.arguments()
    browser = await visitor(fr.site, masto, posting=True)
    await say(browser, page, "Ils y gagnent.", stance="neutral", in_reply_to=argument)
    (posted,) = masto.api.posted
    assert f"@luis@{fr.host}" in posted["status"]
    assert "#" not in posted["status"]
    await network.settle()
    assert len(await fr.arguments()) == 2


async def test_the_same_form_sent_twice_is_one_post(
    network: Network, fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    for _ in range(2):
        await say(browser, page, "Du calme.", stance="for")
    await network.settle()
    assert len(masto.actors["ana"].objects) == 1
    assert len(await fr.arguments()) == 1


@pytest.mark.rule("7.4")
async def test_nothing_is_posted_that_would_be_turned_down_here(
    fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    for fields in ({"text": "  "}, {"text": "x" * 20_001}, {"text": "Oui", "stance": "nonsense"}):
        answer = await say(browser, page, **fields)
        assert answer.status == 422
    assert masto.api.posted == []
    assert await fr.arguments() == []


async def test_without_a_grant_the_page_says_how_to_go_on_and_keeps_the_words(
    fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto)
    answer = await browser.submit("/", f"{page}/arguments", text=LONG, stance="for")
    assert answer.status == 422
    assert "Your server must give its permission first" in answer.words
    assert LONG.strip() in answer.words
    assert "/interact?uri=" in answer.text
    assert f'name="return_to" value="{page}"' in answer.text
    assert masto.api.posted == []


async def test_a_grant_that_was_withdrawn_is_noticed_and_forgotten(
    fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    masto.api.gate.tokens.clear()
    answer = await say(browser, page, "Du calme.", stance="for")
    assert answer.status == 422
    assert "Your server must give its permission first" in answer.words
    assert "Du calme." in answer.words
    assert await tokens(fr) == [None]
    # A ballot needs no grant.
    assert "D'accord" in await vote(browser, page, "D'accord")


async def test_a_text_that_is_too_long_for_their_server_is_kept(
    fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    answer = await say(browser, page, LONG, stance="for")
    assert answer.status == 422
    assert "it may be too long" in answer.words
    assert LONG.strip() in answer.words
    assert await tokens(fr) != [None]


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (Behaviour(status=500), "is not answering at the moment"),
        (Behaviour(status=302), "is not answering at the moment"),
        (Behaviour(status=429), "received too many requests"),
    ],
)
async def test_a_server_that_does_not_answer_can_be_asked_again(
    fr: Node, masto: SimulatedServer, page: str, behaviour: Behaviour, says: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    masto.answers = behaviour
    answer = await say(browser, page, "Du « calme » <b>.", stance="against")
    assert answer.status == 422
    assert says in answer.words
    assert '<input type="hidden" name="stance" value="against">' in answer.text
    assert "<b>" not in answer.text


async def test_what_their_server_cannot_find_is_not_answered(
    fr: Node, masto: SimulatedServer, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await visitor(fr.site, masto, posting=True)

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr("tests.simulated.api._document", nothing)
    answer = await say(browser, page, "Du calme.", stance="for")
    assert answer.status == 422
    assert "cannot find the post you are replying to" in answer.words
    assert masto.api.posted == []


async def test_a_proposal_is_their_own_post_that_names_the_consultation(
    network: Network, fr: Node, masto: SimulatedServer, page: str
) -> None:
    assert page
    browser = await visitor(fr.site, masto, posting=True)
    answer = await browser.submit(
        "/c/quais/propose",
        "/c/quais/proposals",
        title="Une navette",
        text="Le samedi.",
        language="fr",
        tags="transport",
    )
    assert answer.status == 200, answer.words
    assert "Your server has your proposal" in answer.words
    (posted,) = masto.api.posted
    assert posted["status"].startswith(f"@quais@{fr.host} Une navette")
    await network.settle()
    async with fr.tools.database.read() as connection:
        rows = await connection.execute(
            select(Proposals.title, Proposals.author, Proposals.state, Proposals.source).where(
                Proposals.author.is_not(None)
            )
        )
        (kept,) = rows
    ana = masto.actors["ana"]
    assert (kept.title, kept.author, kept.state) == ("Une navette", ana.id, "waiting")
    assert kept.source in ana.objects


WRITTEN = "- Voir [le plan](https://exemple.fr/p)\n- *vite*"


async def words_of(node: Node) -> list[str | None]:
    async with node.tools.database.read() as connection:
        return list((await connection.execute(select(Arguments.html))).scalars())


@pytest.mark.parametrize("software", ["gotosocial", "akkoma"])
async def test_markdown_is_posted_as_such_where_their_server_says_that_it_takes_it(
    network: Network, fr: Node, page: str, software: str
) -> None:
    async with fediverse(network.clock.now) as world:
        server = world.server("there", software=software)
        server.api.formats = ("text/plain", "text/markdown")
        browser = await visitor(fr.site, server, posting=True)
        await say(browser, page, WRITTEN, stance="for", language="fr")

        (posted,) = server.api.posted
        assert posted["content_type"] == "text/markdown"
        assert posted["status"] == f"@mairie@{fr.host}\n\n{WRITTEN}\n\n#pour"
        await network.settle()
        (words,) = await words_of(fr)
        assert words is not None
        assert '<li>Voir <a href="https://exemple.fr/p"' in words
        assert "<em>vite</em>" in words
        assert "@mairie" not in words
        assert "#pour" not in words


async def test_elsewhere_it_is_posted_as_plain_text_that_reads_well(
    fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    await say(browser, page, WRITTEN, stance="for", language="fr", sources="https://exemple.fr/e")

    (posted,) = masto.api.posted
    assert "content_type" not in posted
    assert posted["status"] == (
        f"@mairie@{fr.host}\n\n- Voir le plan (https://exemple.fr/p)\n- vite"
        "\n\nhttps://exemple.fr/e\n\n#pour"
    )


async def test_a_proposal_in_markdown_keeps_its_title_as_it_was_written(
    network: Network, fr: Node, page: str
) -> None:
    assert page
    async with fediverse(network.clock.now) as world:
        server = world.server("there", software="gotosocial")
        server.api.formats = ("text/markdown",)
        browser = await visitor(fr.site, server, posting=True)
        fields: dict[str, Any] = {
            "title": "Une *navette* [le samedi]",
            "text": "**Le** samedi.",
            "language": "fr",
        }
        await browser.submit("/c/quais/propose", "/c/quais/proposals", **fields)
        (posted,) = server.api.posted
        assert posted["content_type"] == "text/markdown"
        await network.settle()
        async with fr.tools.database.read() as connection:
            (kept,) = await connection.execute(
                select(Proposals.title, Proposals.text).where(Proposals.author.is_not(None))
            )
        assert (kept.title, kept.text) == (fields["title"], fields["text"])


async def test_on_snac_one_s_sign_out_stops_nobody_and_a_boost_hides_no_post(
    network: Network, fr: Node, page: str
) -> None:
    async with fediverse(network.clock.now) as world:
        snac = world.server("snac", software="snac")
        browsers = [await visitor(fr.site, snac, name, posting=True) for name in ("ana", "bruno")]
        ana, bruno = browsers
        (before,) = snac.api.gate.apps
        await ana.submit(page, "/sign-out")
        assert snac.api.gate.apps == {}

        # Found as a boost, with the post in it.
        answer = await say(bruno, page, "Du calme.", stance="for", language="fr")
        assert "Your server has your argument" in answer.words
        (posted,) = snac.api.posted
        assert snac.api.statuses[posted["in_reply_to_id"]] == fr.proposals["p"]

        carla = await visitor(fr.site, snac, "carla", posting=True)
        (after,) = snac.api.gate.apps
        assert after != before
        await say(carla, page, "Vite.", stance="against", language="fr")
        await network.settle()
        assert len(await fr.arguments()) == 2


async def test_on_a_mirror_they_are_led_to_the_home(
    network: Network, fr: Node, ar: Node, masto: SimulatedServer, page: str
) -> None:
    assert await network.follow(ar, fr) == "accepted"
    mirror = mirrored(fr, fr.proposals["p"])
    browser = await visitor(ar.site, masto, posting=True)
    shown = await browser.get(mirror)
    assert 'name="option"' not in shown.text
    assert f"Open it on {fr.host}" in shown.words
    refused = await browser.submit("/", f"{mirror}/ballot", option="D'accord")
    assert refused.status == 422
    assert await fr.standing(fr.proposals["p"]) == {}

    # An argument reaches the home, and the mirror from there.
    await say(browser, mirror, "Du calme.", stance="for")
    await network.settle()
    assert len(await fr.arguments()) == 1
    assert "Du calme." in await fr.read(page)
    assert "Du calme." in await ar.read(mirror)


async def test_who_leaves_their_server_leaves_here_too(
    network: Network, fr: Node, masto: SimulatedServer, page: str
) -> None:
    browser = await visitor(fr.site, masto, posting=True)
    await vote(browser, page, "D'accord")
    ana = masto.actors["ana"]
    gone = ana.delete_self()
    async with fediverse(network.clock.now) as world:
        await world.post(ana, f"{fr.site.base_url}/inbox", gone)
    await network.settle()
    assert await tokens(fr) == []
    async with fr.tools.database.read() as connection:
        assert list(await connection.execute(select(Sessions.user))) == []
    assert await fr.standing(fr.proposals["p"]) == {}
    assert "Sign out" not in (await browser.get(page)).words


async def test_tokens_of_sessions_that_ended_go_back(
    network: Network, fr: Node, masto: SimulatedServer
) -> None:
    await visitor(fr.site, masto, posting=True)
    await fr.worker.give_tokens_back()
    assert len(masto.api.gate.person_tokens()) == 1
    network.clock.advance(days=31)
    await fr.worker.give_tokens_back()
    assert masto.api.gate.person_tokens() == []
    assert await tokens(fr) == [None]
