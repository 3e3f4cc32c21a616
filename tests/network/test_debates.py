"""A debate between a home and its mirror: both show the same of it, whoever acts where."""

import re
from typing import Any

import orjson
from sqlalchemy import select

from dosfed.deliberation.debate.arguments import load_clauses
from dosfed.deliberation.debate.tables import Weights
from dosfed.deliberation.moderation.tables import Reports
from dosfed.shown.arguments import anchor_of
from tests.network.nodes import Network, Node, argue, mirrored, proposal
from tests.web.site import path_of

SOURCE = "https://data.example/2025"


async def published(network: Network, fr: Node, ar: Node) -> str:
    """Publish one proposal in France, followed in Argentina; return its id."""
    await fr.publish(proposal())
    assert await network.follow(ar, fr) == "accepted"
    return fr.proposals["p"]


def sent(network: Network, to: Node, kind: str) -> list[dict[str, object]]:
    """Return what arrived of a kind, without what is announced."""
    return [orjson.loads(one.body) for one in network.wire.posts(to.host) if one.kind == kind]


async def weights(node: Node) -> dict[str, int]:
    async with node.tools.database.read() as connection:
        rows = await connection.execute(select(Weights.actor, Weights.weight))
        return {row.actor: row.weight for row in rows}


async def test_sources_clause_group_and_history_are_the_same_on_both_sides(
    network: Network, fr: Node, ar: Node
) -> None:
    poll = await published(network, fr, ar)
    ana, page = await ar.site.signed_in("ana"), mirrored(fr, poll)
    async with fr.tools.database.read() as connection:
        (clause,) = (await load_clauses(connection, [poll]))[poll]
    await ana.submit(
        page,
        f"{page}/arguments",
        text="Las clientes **vienen** en auto.",
        stance="against",
        sources=SOURCE,
        group_name="Taller",
        group_size="7",
        clause=clause,
    )
    await network.settle()
    (own,) = await ar.arguments()
    edit = f"{path_of(own)}/edit"
    await ana.submit(edit, edit, text="Las clientes caminan.", stance="for", sources=SOURCE)
    await network.settle()

    for node, place in ((ar, page), (fr, path_of(poll))):
        node.site.forget()
        about = await node.site.browser().get(f"{place}?clause={clause}")
        assert "Las clientes caminan." in about.words
        assert about.text.count(f'href="{SOURCE}"') == 1
        assert "On behalf of Taller , 7 people" in about.words
        assert "For 1 " in about.words
    below = f"{path_of(poll)}/arguments/{anchor_of(own)}"
    for node, history in ((ar, f"{path_of(own)}/history"), (fr, f"{below}/history")):
        shown = await node.site.browser().get(history)
        assert re.search(r"<del>\s*vienen en auto\.</del>", shown.text), shown.text


async def test_a_weight_given_on_a_mirror_is_counted_at_home(
    network: Network, fr: Node, ar: Node
) -> None:
    poll = await published(network, fr, ar)
    zoe, ana = await fr.site.signed_in("zoe"), await ar.site.signed_in("ana")
    await argue(zoe, path_of(poll), "Moins de bruit.")
    await network.settle()
    (argument,) = await ar.arguments()
    page, actor = mirrored(fr, poll), ar.site.house.instance.citizen("ana")

    for name, weight in (("strong", 1), ("weak", -1), ("weak", -1), ("neither", 0)):
        fields: dict[str, Any] = {name: anchor_of(argument)}
        await ana.submit(page, f"{page}/weights", **fields)
        await network.settle()
        expected = {actor: weight} if weight else {}
        assert await weights(ar) == expected
        assert await weights(fr) == expected

    kinds = [one.kind for one in network.wire.posts(fr.host)]
    assert [kind for kind in kinds if kind in {"Like", "Dislike", "Undo"}] == [
        "Like",
        "Undo",
        "Dislike",
        "Undo",
    ]


async def test_a_report_from_a_mirror_reaches_the_author_s_moderators_without_a_name(
    network: Network, fr: Node, ar: Node
) -> None:
    poll = await published(network, fr, ar)
    await argue(await fr.site.signed_in("zoe"), path_of(poll), "Bande de clowns.")
    await network.settle()
    (argument,) = await ar.arguments()
    ana, page = await ar.site.signed_in("ana"), mirrored(fr, poll)
    report = f"{page}/arguments/{anchor_of(argument)}/report"

    answer = await ana.submit(report, report, text="Una burla.", pass_on="1")
    await network.settle()

    assert "The moderators will review it." in answer.words
    (flag,) = sent(network, fr, "Flag")
    assert "/u/ana" not in orjson.dumps(flag).decode()
    for node, reporter in (
        (ar, ar.site.house.instance.citizen("ana")),
        (fr, ar.site.house.instance.actor),
    ):
        async with node.tools.database.read() as connection:
            statement = select(Reports.reporter, Reports.text, Reports.objects)
            (row,) = (await connection.execute(statement)).all()
        assert (row.reporter, row.text) == (reporter, "Una burla.")
        assert argument in row.objects


async def test_what_its_author_deletes_on_a_mirror_is_gone_at_home(
    network: Network, fr: Node, ar: Node
) -> None:
    poll = await published(network, fr, ar)
    ana, page = await ar.site.signed_in("ana"), mirrored(fr, poll)
    await argue(ana, page, "Me equivoqué.")
    await network.settle()
    (own,) = await fr.arguments()

    answer = await ana.submit(f"{path_of(own)}/delete", f"{path_of(own)}/delete")
    await network.settle()

    assert answer.url.startswith(f"{ar.site.base_url}{page}")
    assert await fr.arguments() == await ar.arguments() == []
    assert "Me equivoqué." not in await fr.read(path_of(poll))
