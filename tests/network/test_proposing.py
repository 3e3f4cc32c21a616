"""Proposals that are written at a mirror, and texts that change at home."""

import re

import orjson
import pytest
from sqlalchemy import select, update

from dosfed.deliberation.model import ActorId, Forget, Role
from dosfed.deliberation.proposals.tables import Proposals, ProposalTags
from dosfed.deliberation.votes.tables import Polls, Tallies
from tests.network.nodes import Network, Node, argue, mirrored, proposal, vote
from tests.web.site import JSON, Browser, path_of

FIELDS = {
    "title": "Planter des arbres",
    "text": "Des *platanes*.\n\nEt de l'eau.",
    "tags": "voies sur berge, ombre",
    "group_name": "Atelier du mardi",
    "group_size": "12",
}


@pytest.fixture
async def ana(network: Network, fr: Node, ar: Node) -> Browser:
    """A citizen of Argentina, where a consultation of France is followed."""
    await fr.publish(proposal())
    await network.follow(ar, fr)
    return await ar.site.signed_in("ana")


async def propose(network: Network, browser: Browser, fr: Node, **fields: str) -> str:
    """Propose at the mirror; return what the page says then."""
    page = mirrored(fr)
    answer = await browser.submit(
        f"{page}/propose", f"{page}/proposals", follow=True, **{**FIELDS, **fields}
    )
    assert answer.status == 200, answer.words
    await network.settle()
    return answer.words


async def rows(node: Node) -> list[tuple[str, str, str]]:
    async with node.tools.database.read() as connection:
        found = await connection.execute(
            select(Proposals.id, Proposals.state, Proposals.title).order_by(Proposals.position)
        )
        return [(row.id, row.state, row.title) for row in found if row.title != "Proposition p"]


async def decide(network: Network, fr: Node) -> str:
    """Let a facilitator of the home publish what waits; return its id."""
    fay = await fr.site.signed_in("fay", Role.FACILITATOR)
    ((waiting, _, _),) = await rows(fr)
    await fay.submit("/c/quais", f"{path_of(waiting)}/accept")
    await network.settle()
    return waiting


@pytest.mark.rule("3.15")
async def test_a_citizen_of_a_mirror_proposes_and_finds_it_published(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    said = await propose(network, ana, fr)
    assert "sent to the site that hosts this consultation" in said
    assert f"Sent to {fr.host}" in said
    assert [row[1:] for row in await rows(fr)] == [("waiting", "Planter des arbres")]

    made = await decide(network, fr)

    shown = await ana.get(mirrored(fr, made))
    assert "Des <em>platanes</em>." in shown.text
    assert "Atelier du mardi , 12 people, entered by @ana" in shown.words
    assert "voies sur berge" in shown.words
    assert f"Sent to {fr.host}" not in (await ana.get(mirrored(fr))).words
    ((note, state, _), _) = await rows(ar)
    assert state == "sent"
    assert (await ana.get(path_of(note))).url.endswith(mirrored(fr, made))


async def test_what_is_sent_is_a_public_note_that_anybody_can_fetch(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    ((note, _, _),) = await rows(ar)

    document = orjson.loads((await ar.site.browser().get(path_of(note), accept=JSON)).text)

    assert document["type"] == "Note"
    assert document["attributedTo"] == ar.site.house.instance.citizen("ana")
    assert fr.site.house.instance.consultation("quais") in document["cc"]
    assert [tag["type"] for tag in document["tag"]] == ["Mention", "Hashtag", "Hashtag"]
    assert "dosfed:kind" not in document


@pytest.mark.rule("3.15")
async def test_its_author_changes_it_before_it_is_decided_and_after(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    ((note, _, _),) = await rows(ar)
    edit = f"{path_of(note)}/edit"

    await ana.submit(edit, edit, title="Planter des tilleuls", text="Oui.", follows="1")
    await network.settle()
    assert [row[1:] for row in await rows(fr)] == [("waiting", "Planter des tilleuls")]

    made = await decide(network, fr)
    shown = await ana.get(mirrored(fr, made))
    assert f'href="{edit}"' in shown.text
    assert f"{fr.host} decides on the text you send." in (await ana.get(edit)).words
    page = await ana.submit(edit, edit, title="Abattre les arbres", text="Oui.", follows="2")
    await network.settle()

    assert page.url.partition("?")[0].endswith(mirrored(fr, made))
    assert f"You have sent a new text to {fr.host}." in page.words
    assert [row[1:] for row in await rows(fr)] == [("published", "Planter des tilleuls")]
    fay = await fr.site.signed_in("gil", Role.FACILITATOR)
    new = f"{path_of(made)}/new-text"
    await fay.submit(new, f"{new}/accept", number="1", version="1")
    await network.settle()
    ar.site.forget()
    shown = await ana.get(mirrored(fr, made))
    assert "Abattre les arbres" in shown.words
    assert "You have sent a new text" not in shown.words


async def test_what_people_vote_on_no_citizen_of_a_mirror_changes(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    ((note, _, _),) = await rows(ar)
    made = await decide(network, fr)
    async with ar.tools.database.write() as connection:
        of = select(Polls.id).where(Polls.proposal != made).limit(1).scalar_subquery()
        await connection.execute(update(Polls).where(Polls.id == of).values(proposal=made))
        await connection.execute(update(Tallies).values(voters=3))
    edit = f"{path_of(note)}/edit"

    page = await ana.submit("/", edit, title="Trop tard", text="Oui.", follows="1")

    assert page.status == 422
    assert "People have voted on this text" in page.words


@pytest.mark.rule("3.15")
async def test_its_author_takes_back_what_is_published(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    ((note, _, _),) = await rows(ar)
    made = await decide(network, fr)
    delete = f"{path_of(note)}/delete"
    assert f"{fr.host} will be asked to delete it." in (await ana.get(delete)).words

    await ana.submit(delete, delete)
    await network.settle()

    assert [state for _, state, _ in await rows(fr)] == ["deleted"]
    assert (await ana.get(mirrored(fr, made))).status in {404, 410}


async def test_its_author_takes_it_back_before_it_is_decided(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    ((note, _, _),) = await rows(ar)

    page = await ana.submit(f"{path_of(note)}/delete", f"{path_of(note)}/delete")
    await network.settle()

    assert "Your proposal has been withdrawn." in page.words
    assert await rows(fr) == []
    assert (await ana.get(path_of(note), accept=JSON)).status == 410


async def test_who_leaves_takes_what_waits_along(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    await ar.perform(Forget(actor=ActorId(ar.site.house.instance.citizen("ana"))))

    assert [state for _, state, _ in await rows(ar)] == ["deleted"]
    await network.settle()
    assert await rows(fr) == []


async def test_a_proposal_sent_twice_is_one(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await propose(network, ana, fr)
    await propose(network, ana, fr)

    assert len(await rows(ar)) == 1
    assert len(await rows(fr)) == 1


async def test_a_new_text_reaches_the_mirror_and_arguments_keep_their_clause(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    await fr.publish(
        {"ref": "long", "title": "Deux parts", "text": "Le dimanche.\n\nLes bus passent."},
        name="berges",
        title="Berges",
    )
    await network.follow(ar, fr, "berges")
    fay = await fr.site.signed_in("fay", Role.FACILITATOR)
    here = path_of(fr.proposals["long"])
    there = f"/c/berges@{fr.host}{here}"
    _, bus = re.findall(r'class="clause" id="(c-[0-9a-f]+)"', (await fay.get(here)).text)

    await fay.submit(
        f"{here}/edit",
        f"{here}/edit",
        title="Trois parts",
        text="Un préambule.\n\nLes bus passent toujours.\n\nLe dimanche.",
        note="Après le débat",
        follows="1",
    )
    await network.settle()

    shown = await ana.get(there)
    assert "Trois parts" in shown.words
    assert "version 2" in shown.words
    anchors = re.findall(r'class="clause" id="(c-[0-9a-f]+)"', shown.text)
    assert anchors[1] == bus
    assert "Les bus passent toujours." in shown.text.partition(f'id="{bus}"')[2]


async def test_a_text_that_somebody_voted_on_from_a_mirror_is_frozen(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    page = path_of(fr.proposals["p"])
    await vote(ana, mirrored(fr, fr.proposals["p"]), "D'accord")
    await network.settle()
    fay = await fr.site.signed_in("fay", Role.FACILITATOR)

    refused = await fay.submit(
        page, f"{page}/edit", title="Autre", text="Autre", note="Pourquoi pas", follows="1"
    )

    assert refused.status == 422
    assert "can no longer change" in refused.words
    assert "Proposition p" in await ar.read(mirrored(fr, fr.proposals["p"]))


async def test_tags_that_change_reach_the_mirror(
    network: Network, fr: Node, ar: Node, ana: Browser
) -> None:
    page = path_of(fr.proposals["p"])
    fay = await fr.site.signed_in("fay", Role.FACILITATOR)
    await vote(fay, page, "D'accord")
    await argue(ana, mirrored(fr, fr.proposals["p"]), "Oui.")

    await fay.submit(f"{page}/edit", f"{page}/tags", tags="ombre, eau")
    await network.settle()

    async with ar.tools.database.read() as connection:
        tags = (await connection.execute(select(ProposalTags.tag))).scalars().all()
    assert sorted(tags) == ["eau", "ombre"]
