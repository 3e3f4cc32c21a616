"""What the home of a mirrored consultation may say, and what it is not believed."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.activitypub.reading import Document, Malformed
from dosfed.activitypub.tables import Followings
from dosfed.deliberation.consultations.mirrors import MirroredConsultation, keep_consultation
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Tallies
from dosfed.federation.seeing import see_post
from dosfed.storage.engine import Database
from dosfed.wire.proposals import write_proposal
from tests.conftest import START, GivenClock
from tests.federation.town import BASE, POLL, Town, found_town, person, reply

HOME = "https://ar.example"
GROUP, ORGANISER = f"{HOME}/c/quays", f"{HOME}/o/harbour"
OTHER = f"{HOME}/c/other"
THERE = POLL.replace(BASE, HOME)
ANA, BO = f"{BASE}/u/ana", person("bo", "other.example")
SENT = f"{BASE}/p/sentsentsentsent"
TITLE, TEXT = "Fermer les quais", "Le dimanche."


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town that mirrors the consultation of another, which has the same words."""
    town = await found_town(database, clock)
    async with database.write() as connection:
        for group in (GROUP, OTHER):
            await keep_consultation(connection, consultation(group), START)
            following = {
                "follow_id": f"{BASE}/follows/{group[-5:]}",
                "follower": f"{BASE}/actor",
                "followed": group,
                "state": "accepted",
                "asked_at": START,
            }
            await connection.execute(insert(Followings).values(following))
        sent = {
            "id": SENT,
            "consultation": GROUP,
            "ref": None,
            "title": TITLE,
            "text": TEXT,
            "html": f"<p>{TEXT}</p>",
            "language": "fr",
            "author": ANA,
            "author_name": "@ana@delib.example",
            "source": None,
            "state": PostState.SENT.value,
            "reason": None,
            "received_at": START,
            "published_at": None,
            "edited_at": None,
        }
        await proposals.insert_proposal(connection, sent)
    return town


def consultation(group: str) -> MirroredConsultation:
    return MirroredConsultation(
        id=group,
        address=f"{group.rpartition('/')[2]}@ar.example",
        home="ar.example",
        organiser=ORGANISER,
        organiser_name="harbour",
        organiser_title="Puerto",
        title="Cerrar",
        summary="",
        language="es",
        opens=START - timedelta(days=30),
        closes=START + timedelta(days=300),
        phases=(),
        eligible="anyone",
        instances=[],
    )


async def said(town: Town, **changes: Any) -> dict[str, Any]:
    """Return what the home says of its proposal."""
    async with town.database.read() as connection:
        record = await proposals.load_proposal(connection, POLL)
    assert record is not None
    moved = json.dumps(write_proposal(record)).replace(BASE, HOME)
    return {**json.loads(moved), **changes}


async def see(town: Town, document: Document) -> Any:
    """Let the mirror see what the home says; return what it made of it."""
    async with town.database.write() as connection:
        await see_post(connection, document, town.house, by=ORGANISER, at=START)
        rows = await connection.execute(
            select(Proposals.author, Proposals.author_name).where(Proposals.id == THERE)
        )
        return rows.one()


def mention(actor: str) -> list[dict[str, str]]:
    return [{"type": "Mention", "href": actor, "name": "@x"}]


def credited(actor: str, name: str, source: str | None = None) -> dict[str, Any]:
    return {"tag": mention(actor), "dosfed:credit": name, "dosfed:proposedIn": source}


async def test_a_citizen_of_ours_is_the_author_of_what_they_sent(town: Town) -> None:
    seen = await see(town, await said(town, **credited(ANA, "@maire@evil.example", SENT)))

    assert seen == (ANA, "@ana@delib.example")


@pytest.mark.rule("3.24")
@pytest.mark.parametrize(
    "changes",
    [
        credited(ANA, "@ana@delib.example"),
        credited(ANA, "@ana@delib.example", f"{BASE}/p/nothere"),
        credited(f"{BASE}/u/zoe", "@zoe@delib.example", SENT),
        {**credited(ANA, "@ana@delib.example", SENT), "dosfed:title": "Chasser les voisins"},
        {
            **credited(ANA, "@ana@delib.example", SENT),
            "source": {"mediaType": "text/markdown", "content": "Qu'ils partent."},
        },
        {**credited(ANA, "@ana@delib.example", SENT), "dosfed:consultation": OTHER},
        # Nor is somebody named by an address on whose server they are not.
        credited("https://third.example/u/bo", "@ana@delib.example"),
        {"tag": [], "dosfed:credit": "@ana@delib.example"},
        # Nor does something beside an address, or another at sign, make it a plain name.
        {"tag": [], "dosfed:credit": "@ana@delib.example \N{CHECK MARK}"},
        {"tag": [], "dosfed:credit": "Ana (@ana@delib.example)"},
        {"tag": [], "dosfed:credit": "\uff20ana\uff20delib.example"},
        credited("https://ar.example/u/bo", "@ana@delib.example."),
    ],
)
async def test_a_home_gives_nobody_s_name_to_what_they_did_not_say(
    town: Town, changes: dict[str, Any]
) -> None:
    assert await see(town, await said(town, **changes)) == (None, None)


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        ("https://third.example/u/bo", "@bo@third.example"),
        (f"{HOME}/u/eva", "@eva@ar.example"),
        (f"{HOME}/u/eva", "Eva"),
    ],
)
async def test_a_home_names_who_wrote_to_it(town: Town, actor: str, name: str) -> None:
    assert await see(town, await said(town, **credited(actor, name))) == (actor, name)


async def test_a_name_from_a_home_is_a_line_that_can_be_read(town: Town) -> None:
    name = "\u202eEva\u202c\nPaz\u200b"
    seen = await see(town, await said(town, **{"dosfed:credit": name, "tag": []}))

    assert seen.author_name == "Eva Paz"


@pytest.mark.rule("3.24")
@pytest.mark.parametrize("number", [1, 2, 4])
async def test_a_poll_keeps_its_options(town: Town, number: int) -> None:
    whole = await said(town, **{"dosfed:tally": "shown"})
    await see(town, whole)
    options = [*whole["oneOf"], *whole["oneOf"]][:number]

    with pytest.raises(Malformed):
        await see(town, {**whole, "oneOf": options})
    with pytest.raises(Malformed):
        await see(town, {**whole, "type": "Note"})
    with pytest.raises(Malformed):
        await see(town, {**whole, "oneOf": whole["oneOf"][::-1]})


@pytest.mark.parametrize(
    "origins",
    [{}, {"here": 1}, {"here": 1, "listed": 2, "fediverse": "3"}, {"mars": 3}, [1, 2, 3], "x"],
)
async def test_origins_are_told_whole_or_not_at_all(town: Town, origins: object) -> None:
    await see(town, await said(town, **{"dosfed:origins": origins, "dosfed:tally": "shown"}))

    async with town.database.read() as connection:
        kept = await connection.execute(select(Tallies.origins).where(Tallies.poll == THERE))
        assert kept.scalar_one() is None


@pytest.mark.rule("3.24")
@pytest.mark.parametrize("answered", [POLL, THERE, f"{HOME}/p/other"])
async def test_a_group_says_what_is_gone_of_its_own_consultation_alone(
    town: Town, answered: str
) -> None:
    await see(town, await said(town))
    elsewhere = {"id": f"{HOME}/p/other", "dosfed:consultation": OTHER, "context": OTHER}
    await see(town, await said(town, **elsewhere))
    await town.receive(reply(BO, "<p>Oui</p>", in_reply_to=answered))
    argument = f"{BO}/statuses/1"
    announced = {
        "id": f"{HOME}/activities/1",
        "type": "Announce",
        "actor": GROUP,
        "object": {"id": f"{BO}/d/1", "type": "Delete", "actor": BO, "object": argument},
    }
    await town.store(announced)
    wanted = await town.judge_all()
    # Its server does not have it, or does not show it to us.
    for want in wanted.wanted:
        await town.judge.judge_with(want.row, {want.uri: None})

    async with town.database.read() as connection:
        rows = await connection.execute(
            select(Arguments.deleted_at).where(Arguments.id == argument)
        )
        assert (rows.scalar_one() is not None) is (answered == THERE)
