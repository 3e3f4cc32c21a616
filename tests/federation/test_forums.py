"""Forums read `source`, file by `context`, and unwrap what a Group announces."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dosfed.activitypub.actors import delete_actor, local_actor, make_actor
from dosfed.activitypub.collections import outbox_page
from dosfed.activitypub.software import remember_software
from dosfed.activitypub.tables import Carried, Deliveries, Outbox
from dosfed.acts.documents import Asked, Found, Gone, document
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.model import PostArgument, Stance
from dosfed.deliberation.model import ActorId, ArgumentId, Group, ProposalId
from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.federation.town import (
    BASE,
    GROUP,
    POLL,
    Town,
    found_town,
    person,
    reply,
)

ANA, FAN = person("ana"), person("fan", "piefed.example")
CITIZEN, ARGUMENT = f"{BASE}/u/mia", f"{BASE}/a/argument00000001"
Document = dict[str, Any]


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town whose consultation a forum follows."""
    town = await found_town(database, clock)
    await follow(town, FAN)
    async with database.write() as connection:
        await remember_software(connection, {"piefed.example": "piefed"}, clock.now())
        await make_actor(
            connection, id=CITIZEN, handle="mia", kind="citizen", name="", at=clock.now()
        )
    return town


async def follow(town: Town, who: str) -> None:
    follow = {"id": f"{who}/f", "type": "Follow", "actor": who, "object": GROUP}
    assert (await town.receive(follow)).outcome == "admitted"


async def fetched(town: Town, path: str, **query: str) -> Document:
    asked = Asked(instance=town.house.instance, path=path, query=query, now=town.clock.now())
    async with town.database.read() as connection:
        found = await document(connection, asked)
    assert isinstance(found, Found)
    return found.document


async def argue(town: Town, **more: Any) -> Document:
    """Have a citizen argue for the proposal; return the Note."""
    given = {
        "id": ArgumentId(ARGUMENT),
        "proposal": ProposalId(POLL),
        "in_reply_to": POLL,
        "author": ActorId(CITIZEN),
        "author_name": "@mia@delib.example",
        "stance": Stance.FOR,
        "text": "Il y aura *moins* de bruit.",
        "html": "<p>Il y aura <em>moins</em> de bruit.</p>",
        "language": "fr",
        "url": ARGUMENT,
        "published": None,
        "clause": None,
        "sources": ("https://data.example/bruit",),
        "group": Group(name="Atelier *du* quai", size=12),
        **more,
    }
    async with town.database.write() as connection:
        submission = Submission(command=PostArgument(**given), at=town.clock.now())
        await perform_one(connection, submission, town.house)
    return await fetched(town, ARGUMENT.removeprefix(BASE))


async def test_a_thread_is_called_by_the_title_and_says_how_to_change_a_vote(town: Town) -> None:
    said = await fetched(town, POLL.removeprefix(BASE))

    first, *others = said["source"]["content"].split("\n\n")
    assert first == said["dosfed:title"] == "Fermer les quais"
    assert others == [
        "Le dimanche.",
        "Pour changer de vote avant la clôture, rendez-vous sur la page\N{NO-BREAK SPACE}: "
        f"<{POLL}>",
    ]
    assert said["content"].endswith(
        "<p>Pour changer de vote avant la clôture, rendez-vous sur la page\N{NO-BREAK SPACE}: "
        f'<a href="{POLL}">{POLL}</a></p>'
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "Para cambiar su voto antes del cierre"),
        ("ca", "To change your vote before"),
    ],
)
async def test_each_poll_says_so_in_its_language_and_without_text_says_more_than_its_title(
    database: Database, clock: GivenClock, language: str, words: str
) -> None:
    given = {"method": "agree", "closes": "2026-12-01T00:00:00Z"}
    proposal = {"ref": "p1", "title": "Sin coches", "text": "", "poll": given}
    town = await found_town(database, clock, language=language, proposals=[proposal])
    said = await fetched(town, POLL.removeprefix(BASE))
    title, *others = said["source"]["content"].split("\n\n")
    assert title == "Sin coches"
    assert others
    assert others[0].startswith(words)
    assert words in said["content"]


async def test_where_an_argument_stands_is_in_its_words(town: Town) -> None:
    said = await argue(town)

    assert said["content"] == (
        "<p><strong>Pour</strong></p>"
        "<p>Il y aura <em>moins</em> de bruit.</p>"
        '<p><a href="https://data.example/bruit">https://data.example/bruit</a></p>'
        "<p>— Atelier *du* quai (12 personnes)</p>"
    )
    assert said["source"]["content"] == (
        "**Pour**\n\nIl y aura *moins* de bruit.\n\n"
        "- <https://data.example/bruit>\n\n— Atelier \\*du\\* quai (12 personnes)"
    )


async def test_who_takes_no_side_says_none(town: Town) -> None:
    said = await argue(town, stance=Stance.NEUTRAL, sources=(), group=None)
    assert said["content"] == "<p>Il y aura <em>moins</em> de bruit.</p>"
    assert said["source"]["content"] == "Il y aura *moins* de bruit."


async def test_each_proposal_is_a_thread_of_its_own_that_its_group_holds(town: Town) -> None:
    said = await argue(town)
    proposal = await fetched(town, POLL.removeprefix(BASE))
    await town.receive(reply(ANA, "<p>Non.</p>", in_reply_to=ARGUMENT))

    assert said["context"] == proposal["context"] == f"{POLL}/context"
    cover = await fetched(town, f"{POLL}/context".removeprefix(BASE))
    assert (cover["type"], cover["attributedTo"]) == ("OrderedCollection", GROUP)
    assert cover["totalItems"] == 3
    page = await fetched(town, f"{POLL}/context".removeprefix(BASE), page="1")
    assert page["orderedItems"][0] == POLL
    assert set(page["orderedItems"]) == {POLL, ARGUMENT, f"{ANA}/statuses/1"}
    # The consultation is reached by what everything in it names.
    assert said["audience"] == proposal["audience"] == GROUP
    group = await fetched(town, "/c/quays")
    whole = await fetched(town, group["context"].removeprefix(BASE), page="1")
    assert whole["orderedItems"][0] == POLL


async def test_a_long_thread_goes_on_page_after_page(town: Town) -> None:
    for number in range(70):
        await town.store(reply(ANA, f"<p>Non {number}.</p>", number=number))
    await town.judge_all()
    path = f"{POLL}/context".removeprefix(BASE)
    pages = [(await fetched(town, path, page=str(number)))["orderedItems"] for number in (1, 2)]
    assert [len(page) for page in pages] == [60, 11]
    assert len(set(pages[0] + pages[1])) == 71


async def test_who_comes_late_finds_what_was_before_announced_whole(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)  # nobody follows it
    async with database.read() as connection:
        page = await outbox_page(connection, GROUP, before=None)
    items = orjson.loads(orjson.dumps(page))["orderedItems"]

    whole = [item for item in items if isinstance(item["object"], dict)]
    bare = [item for item in items if isinstance(item["object"], str)]
    assert [item["object"]["object"]["id"] for item in whole] == [POLL]
    assert [item["object"] for item in bare] == [POLL]
    assert items == [*whole, *bare]  # PieFed reads up to the first boost
    assert town.house.instance.is_ours(whole[0]["id"])


async def announced(town: Town) -> list[Document]:
    """Return what the Group passes on to the forum of weights."""
    found = [item["object"] for item in await town.sent("Announce")]
    return [
        thing
        for thing in found
        if isinstance(thing, dict) and thing["type"] in {"Like", "Dislike", "Undo"}
    ]


async def test_likes_are_announced_to_forums_and_kept_nowhere(town: Town) -> None:
    await argue(town)
    like = {"id": f"{ANA}/likes/1", "type": "Like", "actor": ANA, "object": ARGUMENT}
    await town.receive({**like, "junk": "x" * 5_000})
    await town.receive(like | {"id": f"{ANA}/likes/2"})  # nothing new
    undo = {"id": f"{ANA}/undo/1", "type": "Undo", "actor": ANA, "object": like}
    await town.receive(undo)

    passed = await announced(town)
    assert passed == [
        like,
        {
            "id": f"{ANA}/undo/1",
            "type": "Undo",
            "actor": ANA,
            "object": {"type": "Like", "actor": ANA, "object": ARGUMENT},
        },
    ]
    async with town.database.read() as connection:
        rows = await connection.execute(
            select(Outbox.is_public, Outbox.is_ephemeral, Deliveries.inbox)
            .join(Deliveries, Deliveries.activity == Outbox.id)
            .join(Carried, Carried.activity == Outbox.id)
            .where(Carried.uri == ANA)
        )
        assert set(rows.all()) == {(False, True, "https://piefed.example/inbox")}


async def test_whoever_liked_and_leaves_is_named_in_nothing_that_waits(town: Town) -> None:
    await argue(town)
    like = {"id": f"{ANA}/likes/1", "type": "Like", "actor": ANA, "object": ARGUMENT}
    await town.receive(like)
    await town.receive({"id": f"{ANA}#d", "type": "Delete", "actor": ANA, "object": ANA})
    async with town.database.read() as connection:
        bodies = (await connection.execute(select(Outbox.body))).scalars()
        assert not [body for body in bodies if body and b"/likes/1" in body]


async def test_nobody_else_is_sent_wrapped_likes(database: Database, clock: GivenClock) -> None:
    town = await found_town(database, clock)
    await follow(town, person("fan"))
    async with database.write() as connection:
        await make_actor(
            connection, id=CITIZEN, handle="mia", kind="citizen", name="", at=clock.now()
        )
        await remember_software(connection, {"masto.example": "mastodon"}, clock.now())
    await argue(town)
    like = {"id": f"{ANA}/likes/1", "type": "Like", "actor": ANA, "object": ARGUMENT}
    await town.receive(like)
    assert await announced(town) == []


async def test_the_farewell_of_one_of_ours_can_be_verified(town: Town) -> None:
    async with town.database.write() as connection:
        before = await local_actor(connection, CITIZEN)
        await delete_actor(connection, CITIZEN, town.clock.now() + timedelta(seconds=1))
    asked = Asked(instance=town.house.instance, path="/u/mia", query={}, now=town.clock.now())
    async with town.database.read() as connection:
        found = await document(connection, asked)
    assert isinstance(found, Gone)
    assert before is not None
    assert found.document["type"] == "Tombstone"
    assert found.document["publicKey"] == {
        "id": f"{CITIZEN}#main-key",
        "owner": CITIZEN,
        "publicKeyPem": before.public_key,
    }
