"""Debates: threads, their order, and pages that stay light."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from dosfed.deliberation.debate.tables import ArgumentPosts, Weights
from tests.conftest import START
from tests.web.site import Site

LIGHT = 60_000


async def argue(site: Site, proposal: str, *rows: dict[str, Any]) -> None:
    """Store arguments as other servers sent them."""
    defaults = {
        "kind": "argument",
        "consultation": f"{site.base_url}/c/quais",
        "about": proposal,
        "in_reply_to": proposal,
        "author": "https://a.example/u/x",
        "author_name": "@x@a.example",
        "stance": "for",
        "text": None,
        "language": None,
        "published_at": START,
        "received_at": START,
        "edited_at": None,
        "state": "published",
    }
    values = [
        defaults | {"url": row["id"], "html": f"<p>{row['id'][-6:]}</p>"} | row for row in rows
    ]
    async with site.database.write() as connection:
        await connection.execute(insert(ArgumentPosts), values)
    site.forget()


def uri(name: str) -> str:
    """Return the id of an argument on another server."""
    return f"https://a.example/n/{name}"


async def test_the_weightiest_argument_stands_first(site: Site, proposals: dict[str, str]) -> None:
    await argue(site, proposals["sans"], {"id": uri("first_")}, {"id": uri("second")})
    async with site.database.write() as connection:
        await connection.execute(
            insert(Weights),
            [
                {"object": uri("second"), "actor": "https://a.example/u/1", "weight": 1},
                {"object": uri("first_"), "actor": "https://a.example/u/1", "weight": -1},
            ],
        )

    page = (await site.browser().get(f"{proposals['sans']}?sort=best")).words

    assert page.index("second") < page.index("first_")
    assert "1 person finds this convincing" in page
    assert "1 finds it unconvincing" in page


async def test_a_deleted_argument_keeps_its_place_while_something_answers_it(
    site: Site, proposals: dict[str, str]
) -> None:
    await argue(
        site,
        proposals["sans"],
        {"id": uri("parent"), "state": "deleted", "html": "", "author_name": ""},
        {"id": uri("answer"), "in_reply_to": uri("parent")},
        {"id": uri("lonely"), "state": "deleted", "html": "", "author_name": ""},
    )

    page = (await site.browser().get(proposals["sans"])).words

    assert page.count("This argument was deleted by its author.") == 1
    assert "answer" in page
    assert "1 argument " in page


async def test_a_thread_may_be_deeper_than_any_stack(site: Site, proposals: dict[str, str]) -> None:
    depth = 3_000
    rows = [
        {
            "id": uri(f"d{number:05}"),
            "in_reply_to": uri(f"d{number - 1:05}") if number else proposals["sans"],
            "published_at": START + timedelta(seconds=number),
        }
        for number in range(depth)
    ]
    await argue(site, proposals["sans"], *rows)

    page = await site.browser().get(proposals["sans"])

    assert page.status == 200
    assert f"{depth:,} arguments" in page.words
    assert f"{depth - 8:,} more replies" in page.words


async def test_arguments_that_answer_each_other_in_a_circle_do_no_harm(
    site: Site, proposals: dict[str, str]
) -> None:
    await argue(
        site,
        proposals["sans"],
        {"id": uri("one___"), "in_reply_to": uri("two___")},
        {"id": uri("two___"), "in_reply_to": uri("one___")},
        {"id": uri("self__"), "in_reply_to": uri("self__")},
    )

    assert (await site.browser().get(proposals["sans"])).status == 200


async def test_a_long_debate_is_read_page_by_page_and_each_page_is_light(
    site: Site, proposals: dict[str, str]
) -> None:
    words = "Un argument comme on en écrit, avec quelques phrases. " * 6
    stances = ("for", "against", "neutral")
    rows = [
        {
            "id": uri(f"n{number:05}"),
            "stance": stances[number % 3],
            "html": f"<p>{words}</p>",
            "published_at": START + timedelta(seconds=number),
        }
        for number in range(200)
    ]
    await argue(site, proposals["sans"], *rows)
    browser = site.browser()

    pages = [await browser.get(f"{proposals['sans']}?page={number}") for number in range(1, 9)]

    assert max(len(page.text.encode()) for page in pages) < LIGHT
    assert sum(page.text.count('<article class="argument') for page in pages) == 200
    assert "Page 8 of 8" in pages[-1].words


@pytest.mark.parametrize(("path", "most"), [("/", 5), ("/c/quais", 8), ("proposal", 8)])
async def test_a_page_takes_a_handful_of_statements(
    site: Site, proposals: dict[str, str], path: str, most: int
) -> None:
    rows = [{"id": uri(f"n{number:05}")} for number in range(50)]
    await argue(site, proposals["sans"], *rows)
    browser = site.browser()
    statements: list[str] = []
    engine = site.database.reader.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    await browser.get(proposals["sans"] if path == "proposal" else path)
    event.remove(engine, "before_cursor_execute", count)

    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert 0 < len(selects) <= most
