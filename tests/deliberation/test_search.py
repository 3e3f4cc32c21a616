"""Texts are found by their words, the same on both engines."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.tables import ArgumentPosts
from dosfed.deliberation.proposals.tables import ProposalPosts, ProposalTags
from dosfed.deliberation.search.finding import find, similar
from dosfed.deliberation.search.indexing import catch_up, is_behind
from dosfed.deliberation.search.tables import SearchEntries
from dosfed.deliberation.search.words import read_query
from dosfed.storage.engine import Database

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HERE = "https://delib.example"


def consultation(name: str = "quais") -> dict[str, Any]:
    return {
        "id": f"{HERE}/c/{name}",
        "address": name,
        "home": None,
        "organiser": f"{HERE}/o/mairie",
        "title": "Fermer les quais ?",
        "summary": "Une *consultation* de [Sauveterre](https://sauveterre.example).",
        "language": "fr",
        "opens": NOW,
        "closes": NOW,
        "eligible": "anyone",
        "instances": [],
        "needs_facilitator": False,
        "erase_after_days": 90,
        "created_at": NOW,
    }


def proposal(number: int, title: str, html: str = "", **values: Any) -> dict[str, Any]:
    return {
        "id": f"{HERE}/p/{number}",
        "kind": "proposal",
        "consultation": f"{HERE}/c/quais",
        "position": number,
        "title": title,
        "text": "",
        "html": html,
        "language": "fr",
        "state": "published",
        "received_at": NOW,
        "published_at": NOW,
        **values,
    }


def argument(name: str, html: str) -> dict[str, Any]:
    return {
        "id": f"{HERE}/a/{name}",
        "kind": "argument",
        "consultation": f"{HERE}/c/quais",
        "about": f"{HERE}/p/1",
        "in_reply_to": f"{HERE}/p/1",
        "author": f"{HERE}/u/ana",
        "author_name": "ana",
        "stance": "for",
        "state": "published",
        "html": html,
        "url": f"{HERE}/a/{name}",
        "published_at": NOW,
        "received_at": NOW,
    }


async def write(database: Database, *statements: Any) -> None:
    """Change texts, and let the index follow."""
    async with database.write() as connection:
        for statement in statements:
            await connection.execute(statement)
    async with database.write() as connection:
        while await catch_up(connection, batch=2):
            pass


async def found(database: Database, text: str) -> list[str]:
    async with database.read() as connection:
        return [one.id.removeprefix(HERE) for one in await find(connection, read_query(text))]


@pytest.fixture
async def searched(database: Database) -> Database:
    """A database with a few texts."""
    await write(
        database,
        insert(Consultations).values(consultation()),
        insert(ProposalPosts).values(
            [
                proposal(1, "Des vélos sur les quais", "<p>Et des <em>arbres</em>.</p>"),
                proposal(2, "Une navette fluviale", "<p>Moins de vélos, plus d&#39;eau.</p>"),
                proposal(3, "Le vélodrome", "<p class='x'>Rien.</p>", state="waiting"),
            ]
        ),
        insert(ArgumentPosts).values([argument("a", "<p>À vélo, l'œuvre est belle</p>")]),
    )
    return database


@pytest.mark.parametrize("text", ["vélo", "VELOS", "vel", "vélos, quais ?"])
async def test_accents_case_plurals_and_ends_do_not_matter(searched: Database, text: str) -> None:
    assert "/p/1" in await found(searched, text)


async def test_all_words_must_be_there(searched: Database) -> None:
    assert await found(searched, "vélo navette") == ["/p/2"]
    assert await found(searched, "vélo absent") == []


async def test_words_of_the_title_come_first_and_then_the_newest(searched: Database) -> None:
    assert await found(searched, "velo") == ["/p/1", "/a/a", "/p/2"]


async def test_all_kinds_of_texts_are_found(searched: Database) -> None:
    assert await found(searched, "sauveterre") == ["/c/quais"]
    assert await found(searched, "oeuvre") == ["/a/a"]
    assert await found(searched, "eau") == ["/p/2"]


@pytest.mark.parametrize("text", ["em", "class", "39", "https"])
async def test_marks_of_html_are_no_words(searched: Database, text: str) -> None:
    assert "/p/1" not in await found(searched, text)
    assert "/p/2" not in await found(searched, text)


@pytest.mark.parametrize(
    "text", ["", "'", '"', "a' OR 1=1", "velo:*", "velo & | !", "\x00", "(velo", "* - ^", "\ud7ff"]
)
async def test_signs_of_query_languages_are_nothing_but_signs(
    searched: Database, text: str
) -> None:
    assert set(await found(searched, text)) <= {"/p/1", "/p/2", "/a/a", "/c/quais"}


async def test_a_change_is_followed(searched: Database) -> None:
    one = ProposalPosts.id == f"{HERE}/p/1"
    await write(
        searched,
        update(ProposalPosts).where(one).values(title="Des bancs"),
        insert(ProposalTags).values(proposal=f"{HERE}/p/1", tag="Été"),
    )

    assert await found(searched, "banc") == ["/p/1"]
    assert await found(searched, "ete") == ["/p/1"]
    assert await found(searched, "quais") == ["/c/quais"]

    await write(searched, delete(ProposalTags))
    assert await found(searched, "ete") == []


async def test_what_is_published_is_found_and_what_is_withdrawn_is_not(
    searched: Database,
) -> None:
    assert await found(searched, "velodrome") == []
    one = ProposalPosts.id == f"{HERE}/p/3"

    await write(searched, update(ProposalPosts).where(one).values(state="published"))
    assert await found(searched, "velodrome") == ["/p/3"]

    await write(
        searched, update(ProposalPosts).where(one).values(state="deleted", title="", html="")
    )
    assert await found(searched, "velodrome") == []


@pytest.mark.parametrize("state", ["hidden", "deleted"])
async def test_hidden_and_deleted_arguments_are_not_found(searched: Database, state: str) -> None:
    await write(searched, update(ArgumentPosts).values(state=state))

    assert await found(searched, "oeuvre") == []
    async with searched.read() as connection:
        kept = (await connection.execute(select(SearchEntries.object))).scalars().all()
    assert f"{HERE}/a/a" not in kept


async def test_what_is_dropped_leaves_no_word(searched: Database) -> None:
    await write(searched, delete(ArgumentPosts), delete(ProposalPosts), delete(Consultations))

    async with searched.read() as connection:
        assert (await connection.execute(select(SearchEntries))).all() == []
        assert not await is_behind(connection)
    for text in ("velo", "sauveterre", "oeuvre"):
        assert await found(searched, text) == []


async def test_nothing_is_due_until_a_text_changes(searched: Database) -> None:
    async with searched.write() as connection:
        assert not await is_behind(connection)
        await connection.execute(update(ProposalPosts).values(position=ProposalPosts.position + 10))
        assert not await is_behind(connection)
        await connection.execute(update(ProposalPosts).values(title="Autre"))
        assert await is_behind(connection)


async def titles_like(connection: AsyncConnection, title: str, text: str = "") -> list[str]:
    alike = await similar(connection, f"{HERE}/c/quais", title, text)
    return [one.title for one in alike]


async def test_similar_proposals_share_the_telling_words(database: Database) -> None:
    await write(
        database,
        insert(ProposalPosts).values(
            [
                proposal(1, "Il faut planter des arbres dans la cour de l'école"),
                proposal(2, "Il faut planter des fleurs"),
                proposal(3, "Il faut une école de musique"),
                proposal(4, "Il faut plus de bus le soir"),
                proposal(5, "Planter des arbres", consultation=f"{HERE}/c/autre"),
                proposal(6, "Planter des arbres à l'école", state="waiting"),
            ]
        ),
    )

    async with database.read() as connection:
        alike = await titles_like(connection, "Plantons des arbres : planter l'arbre à l'ecole")
        assert alike[0] == "Il faut planter des arbres dans la cour de l'école"
        assert "Il faut plus de bus le soir" not in alike
        assert "Planter des arbres" not in alike
        assert "Planter des arbres à l'école" not in alike
        assert await titles_like(connection, "Bus du soir") == ["Il faut plus de bus le soir"]
        assert await titles_like(connection, "Sans rapport", "Rien de commun ici") == []
        for nothing in ("", "il faut", "?!"):
            assert await titles_like(connection, nothing) == []


async def test_similar_proposals_are_found_by_the_text_too(database: Database) -> None:
    await write(
        database,
        insert(ProposalPosts).values([proposal(1, "Des bus", "<p>La nuit, en navette.</p>")]),
    )

    async with database.read() as connection:
        assert await titles_like(connection, "Rouler", "Une navette la nuit, des bus") == [
            "Des bus"
        ]


async def test_a_title_of_one_word_is_similar_to_what_says_it_among_a_few(
    database: Database,
) -> None:
    await write(
        database,
        insert(ProposalPosts).values([proposal(1, "Más árboles"), proposal(2, "Árboles y bancos")]),
    )

    async with database.read() as connection:
        assert await titles_like(connection, "Plantar arboles en el barrio") == ["Más árboles"]
        assert await titles_like(connection, "Un árbol de datos abiertos y gratuitos") == []
