"""Posts in the shapes in which others send them: strict in what decides, lenient in shape."""

from typing import Any

import pytest
from sqlalchemy import select

from dosfed import texts
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import (
    BASE,
    GROUP,
    ORGANISER,
    POLL,
    Town,
    found_town,
    person,
    reply,
    vote,
)

ANA = person("ana")
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PICTURE = {
    "type": "Document",
    "mediaType": "image/png",
    "url": "https://x.example/a.png",
    "name": "Plano del puerto",
}
LINK = {"type": "Link"}
LINKED = '<p><a href="https://x.example/a.png">Plano del puerto</a></p>'
WARNED = '<details><summary lang="es">Violencia</summary><p>Fuerte.</p></details>'
FOLDED = {
    "summary": "Violencia",
    "sensitive": True,
    "content": "<p>Fuerte.</p>",
    "contentMap": {"es": "<p>Fuerte.</p>"},
}


@pytest.mark.rule("3.3", "3.28")
@pytest.mark.parametrize(
    ("note", "html"),
    [
        ({"content": None, "contentMap": {"fr_FR": "<p>fr</p>"}}, "<p>fr</p>"),
        ({"content": "", "contentMap": {"es": "", "fr": "<p>fr</p>"}}, "<p>fr</p>"),
        ({"content": {"@value": "<p>fr</p>", "@language": "fr"}}, "<p>fr</p>"),
        ({"content": "<p><br>&nbsp;</p>", "contentMap": {"fr": "<p>fr</p>"}}, "<p>fr</p>"),
        ({"content": None, "contentMap": {"und": "", "fr": ["<p>fr</p>"]}}, "<p>fr</p>"),
        (
            {"content": None, "source": {"content": "*fr*", "mediaType": "text/markdown"}},
            "<p><em>fr</em></p>\n",
        ),
        (
            {"content": '<p>x</p><img alt="Plano del puerto" src="https://x.example/a.png"/>'},
            f"<p>x</p>{LINKED.removeprefix('<p>').removesuffix('</p>')}",
        ),
        (
            {"content": '<p>x <img class="emoji" alt=":)" src="https://x.example/e"></p>'},
            "<p>x :)</p>",
        ),
        ({"type": "Video", "name": "Lavoir"}, "<p><strong>Lavoir</strong></p><p>x</p>"),
        ({"attributedTo": None}, "<p>x</p>"),
        ({"attributedTo": [{"type": "Person", "id": ANA}, f"{ANA}/group"]}, "<p>x</p>"),
        ({"attributedTo": [f"{ANA}/group", ANA]}, "<p>x</p>"),
        ({"to": None, "cc": None}, "<p>x</p>"),
        ({"to": [], "cc": [], "audience": GROUP}, "<p>x</p>"),
        ({"content": "5 < 6\na > b", "mediaType": "text/plain"}, "<p>5 &lt; 6<br>a &gt; b</p>"),
        ({"content": "**x**", "mediaType": "text/markdown"}, "<p><strong>x</strong></p>\n"),
        ({"content": "", "attachment": [PICTURE]}, LINKED),
        ({"attachment": PICTURE}, f"<p>x</p>{LINKED}"),
        (FOLDED, WARNED),
        ({**FOLDED, "summaryMap": {"eu": "Violencia"}}, WARNED.replace("es", "eu", 1)),
        ({"content": "<p>@mairie Oui. #pour #lavoir</p>"}, "<p>Oui.</p>"),
        ({"content": "<p>Oui (#pour) [#lavoir]</p>"}, "<p>Oui</p>"),
        ({"content": "<p>J'aime le #lavoir</p>"}, "<p>J'aime le #lavoir</p>"),
        ({"type": "Article", "name": "A & B"}, "<p><strong>A &amp; B</strong></p><p>x</p>"),
        ({"type": ["Note", "x:Answer"]}, "<p>x</p>"),
    ],
)
async def test_a_reply_says_what_its_author_wrote(
    note: dict[str, Any], html: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    kept = await town.receive(reply(ANA, "<p>x</p>", **note))
    assert (kept.outcome, kept.reason) == ("admitted", None)
    assert await argued(database, "html") == [html]
    assert texts.sanitise(html) == html.replace(
        'png">', 'png" rel="nofollow noopener noreferrer ugc">'
    )


@pytest.mark.rule("3.28")
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://phish.example/login", f"{ANA}/statuses/1"),
        ("https://masto.example/@ana/1", "https://masto.example/@ana/1"),
        (
            [{"type": "Link", "href": "https://a.example"}, "https://masto.example/@ana/1"],
            "https://masto.example/@ana/1",
        ),
        (None, f"{ANA}/statuses/1"),
    ],
)
async def test_the_original_is_linked_on_its_authors_host_alone(
    url: Any, shown: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, "<p>x</p>", url=url))
    assert await argued(database, "url") == [shown]


@pytest.mark.rule("3.7")
@pytest.mark.parametrize(
    ("html", "stance"),
    [
        ("Oui #pour #lavoir", "for"),
        ("Non, #contre.", "against"),
        ("#lavoir #contre Non.", "against"),
        ("Non (#contre) @mairie", "against"),
        ("Oui #pour !", "for"),
        ("#pour et #contre", "neutral"),
        ("Le #pour est long", "neutral"),
    ],
)
async def test_a_stance_is_a_hashtag_among_those_around_the_words(
    html: str, stance: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(reply(ANA, f"<p>@mairie {html}</p>"))
    assert await argued(database, "stance") == [stance]


@pytest.mark.rule("1.3")
@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("Ja &amp; nein &lt;b&gt;", "0"),
        ("Ja &amp;amp; nein &amp;lt;b&amp;gt;", "0"),
        ("Ja & nein", "0"),
        ("<p>Sí</p>", "1"),
        ("S&iacute;", "1"),
        ("<i>Otra</i>", None),
    ],
)
async def test_an_option_is_chosen_by_its_name_in_html_too(
    name: str, choice: str | None, database: Database, clock: GivenClock
) -> None:
    poll = {"method": "single", "options": ["Ja & nein <b>", "Sí"]}
    town = await found_town(database, clock, poll=poll)
    await town.receive(vote(ANA, name))
    assert await town.standing() == ({} if choice is None else {ANA: choice})


@pytest.mark.rule("3.2", "3.28")
@pytest.mark.parametrize(
    ("post", "title", "text"),
    [
        ({"type": "Page"}, "Un título", "Un texto."),
        ({"type": "Article", "summary": "Un texto"}, "Un título", "Un texto."),
        ({"type": "Article", "summary": "En corto."}, "Un título", "En corto.\n\nUn texto."),
        ({"type": "Page", "content": None}, "Un título", ""),
        (
            {
                "type": "Page",
                "content": None,
                "attachment": [{"type": "Link", "href": f"{BASE}/x"}],
            },
            "Un título",
            f"[{BASE}/x]({BASE}/x)",
        ),
        (
            {"type": "Question", "anyOf": [{"name": "Rojo"}, {"name": "A <b>"}]},
            "Un título",
            "Un texto.\n\n- Rojo\n- A",
        ),
        (
            {
                "type": "Event",
                "startTime": "2026-12-24T10:00:00Z",
                "location": {"type": "Place", "name": "Puerto"},
            },
            "Un título",
            "Un texto.\n\n2026-12-24 10:00 UTC\n\nPuerto",
        ),
        (
            {"type": "Event", "startTime": "2026-12-24T10:00:00Z", "inLanguage": "es"},
            "Un título",
            "Un texto.\n\nCuándo: 2026-12-24 10:00 UTC",
        ),
        ({"type": "Video"}, "Un título", "Un texto."),
        (
            {"summary": "Violencia", "content": "<p>A</p><p>B</p>"},
            "Un título",
            "::: spoiler Violencia\nA\n\nB\n:::",
        ),
        (
            {"name": None, "summary": "Violencia"},
            "Violencia",
            "::: spoiler Violencia\nUn texto.\n:::",
        ),
        ({"type": "Page", "content": None, "summary": "Ojo", "sensitive": True}, "Un título", ""),
        ({"type": "Page", "content": "<h1>Un título</h1><p>Sigue.</p>"}, "Un título", "Sigue."),
        (
            {"type": "Page", "source": {"content": "Un título\n\nA", "mediaType": "text/markdown"}},
            "Un título",
            "A",
        ),
        (
            {
                "type": "Article",
                "content": '<p>A</p><img src="https://x.example/a.png" alt="Mapa">',
            },
            "Un título",
            "A\n\n[Mapa](https://x.example/a.png)",
        ),
        (
            {
                "type": "Article",
                "content": "<table><tr><th>a</th><th>b</th></tr>"
                "<tr><td><p>1</p></td><td>2|3</td></tr></table><p>Fin</p>",
            },
            "Un título",
            "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |\n\nFin",
        ),
        (
            {"type": "Page", "content": "<p>Un <b>mot</b></p><ul><li>a</li><li>b</li></ul>"},
            "Un título",
            "Un **mot**\n\n- a\n- b",
        ),
        ({"name": None}, "Un texto.", ""),
        ({"type": "Page", "content": "<p>Llueve. @quays</p>"}, "Un título", "Llueve."),
    ],
)
async def test_a_thread_is_a_proposal_with_all_that_it_says(
    post: dict[str, Any], title: str, text: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    made = await propose(
        town, {"type": "Note", "name": "Un título", "content": "<p>Un texto.</p>", **post}
    )
    assert made == (title, text)


@pytest.mark.rule("3.28")
async def test_what_a_proposal_warns_of_folds_it_here_and_on_other_servers(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, needs_facilitator=False)
    post = {"type": "Note", "name": "Un título", "content": "<p>Un texto.</p>"}
    await propose(town, {**post, "summary": "Violencia <3", "sensitive": True})
    async with database.read() as connection:
        html = select(Proposals.html).where(Proposals.source.is_not(None))
        said = (await connection.execute(html)).scalar_one()
    assert said.startswith("<details><summary>Violencia &lt;3</summary><p>Un texto.</p>")
    assert texts.said_openly(said) == texts.lead(said, 99) == "Violencia <3"
    sent = (await town.sent("Create"))[-1]["object"]
    assert (sent["summary"], sent["sensitive"]) == ("Violencia <3", True)
    assert "::: spoiler Violencia <3\nUn texto.\n:::" in sent["source"]["content"]


@pytest.mark.rule("3.3")
@pytest.mark.parametrize(
    ("audience", "expected"),
    [([PUBLIC], ("admitted", None)), ([f"{ANA}/followers"], ("refused", "not-public"))],
)
async def test_who_is_addressed_the_activity_says_and_for_whom_it_is_the_post(
    audience: list[str], expected: tuple[str, str | None], database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    post = {"id": f"{ANA}/posts/1", "type": "Note", "attributedTo": ANA, "content": "<p>x</p>"}
    create = {"id": f"{ANA}/posts/1#c", "type": "Create", "actor": ANA, "to": [PUBLIC]}
    kept = await town.receive({**create, "cc": [GROUP], "object": {**post, "to": audience}})
    assert (kept.outcome, kept.reason) == expected


@pytest.mark.rule("3.29")
@pytest.mark.parametrize("to", [ORGANISER, GROUP])
async def test_who_writes_in_private_is_told_once_where_one_takes_part(
    to: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    for number in (1, 2):
        message = reply(ANA, "<p>Hola</p>", number=number, contentMap={"es": "<p>Hola</p>"})
        note = {**message["object"], "to": [to], "cc": [], "inReplyTo": None}
        kept = await town.receive({**message, "to": [to], "cc": [], "object": note})
        assert (kept.outcome, kept.body, kept.actor) == ("refused", None, None)
    (letter,) = [sent for sent in await town.sent("Create") if sent["to"] == [ANA]]
    assert (letter["actor"], letter["to"], letter["object"]["to"]) == (ORGANISER, [ANA], [ANA])
    assert to in letter["object"]["content"]
    assert "Hola" not in letter["object"]["content"]
    assert list(letter["object"]["contentMap"]) == ["es"]


@pytest.mark.rule("3.29")
@pytest.mark.parametrize("to", [ORGANISER, GROUP])
async def test_who_names_no_language_is_answered_in_that_of_the_consultation(
    to: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    message = reply(ANA, "<p>…</p>")
    note = {**message["object"], "to": [to], "cc": [], "inReplyTo": None}
    await town.receive({**message, "to": [to], "cc": [], "object": note})
    (letter,) = [sent for sent in await town.sent("Create") if sent["to"] == [ANA]]
    assert list(letter["object"]["contentMap"]) == ["fr"]


async def propose(town: Town, post: dict[str, Any]) -> tuple[str, str]:
    addressed = {"to": [GROUP, PUBLIC], "cc": []}
    uri = f"{ANA}/posts/1"
    thing = {"id": uri, "attributedTo": ANA, **addressed, **post}
    create = {"id": f"{uri}/c", "type": "Create", "actor": ANA, **addressed, "object": thing}
    assert (await town.receive(create)).outcome == "admitted"
    async with town.database.read() as connection:
        row = (
            await connection.execute(
                select(Proposals.title, Proposals.text).where(Proposals.source == uri)
            )
        ).one()
        return row.title, row.text


async def argued(database: Database, column: str) -> list[str]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(getattr(Arguments, column)).where(Arguments.in_reply_to == POLL)
        )
        return list(rows.scalars())
