"""Whatever a server says, it is judged by a rule, and no page of ours fails for it."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import insert, select

from dosfed.activitypub.reading import Malformed, one_id, read_document, text
from dosfed.activitypub.tables import Followings, Inbox
from dosfed.acts.meetings import load_document, plan
from dosfed.deliberation.consultations import mirrors
from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.model import ConsultationId, Role
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.federation.incoming import Ignored
from dosfed.federation.seeing import see_post
from dosfed.storage.engine import Database
from dosfed.wire.consultations import read_consultation
from dosfed.wire.proposals import write_proposal
from tests.conftest import START, GivenClock
from tests.federation.town import BASE, Town, found_town, person
from tests.network.mutations import mutated
from tests.people import add_user
from tests.web.conftest import IMPORT
from tests.web.site import JSON, Browser, Site, serve

DOCUMENTS = Path(__file__).parent.parent / "documents"
SEED = 20_261_130
HOME = "https://ar.example"
FOLLOWED = f"{HOME}/c/quays"


def samples() -> list[dict[str, Any]]:
    """Return documents as other servers send them."""
    return [json.loads(path.read_bytes()) for path in sorted(DOCUMENTS.glob("*/*.json"))]


def activities() -> list[dict[str, Any]]:
    """Return the activities among them, and what a Group passes on of each."""
    found = [document for document in samples() if "actor" in document]
    return found + [announced(activity) for activity in found]


def things() -> list[dict[str, Any]]:
    """Return what activities are about, whole, and actors."""
    inner = [document.get("object", document) for document in samples()]
    return [thing for thing in inner if isinstance(thing, dict)]


def announced(activity: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{HOME}/a/1", "type": "Announce", "actor": FOLLOWED, "object": activity}


def acceptable(chance: random.Random, number: int) -> Iterator[dict[str, Any]]:
    """Yield so many odd activities that the door of an inbox would store."""
    whole = activities()
    while number:
        activity = mutated(chance.choice(whole), chance)
        try:
            read = dict(read_document(json.dumps(activity).encode()))
            one_id(read, "id"), one_id(read, "actor"), text(read, "type")
        except Malformed:
            continue
        yield read
        number -= 1


async def judged(town: Town, activities: Sequence[dict[str, Any]], chance: random.Random) -> None:
    """Judge activities, and those that need documents beside odd ones."""
    await town.store_all(activities)
    found = things()
    while (batch := await town.judge_all()).number or batch.wanted:
        for want in batch.wanted:
            uri = want.uri
            for _ in range(8):
                document = {**mutated(chance.choice(found), chance), "id": uri}
                is_gone = chance.randrange(5) == 0
                fetched = {uri: None if is_gone else document}
                again = await town.judge.judge_with(want.row, fetched)
                if not again.wanted:
                    break
                uri = again.wanted[0].uri


@pytest.mark.parametrize("part", range(4))
async def test_no_activity_is_unforeseen(database: Database, clock: GivenClock, part: int) -> None:
    chance = random.Random(SEED + part)  # noqa: S311 - any chance will do
    town = await found_town(database, clock)
    async with database.write() as connection:
        for followed in (FOLLOWED, person("ana")):
            following = {
                "follow_id": f"{BASE}/follows/{followed}",
                "follower": f"{BASE}/actor",
                "followed": followed,
                "state": "accepted",
                "asked_at": START,
            }
            await connection.execute(insert(Followings).values(following))
    for _ in range(4):
        await judged(town, list(acceptable(chance, 100)), chance)
        clock.advance(seconds=3_600)

    async with database.read() as connection:
        rows = await connection.execute(
            select(Inbox.reason, Inbox.body).where(Inbox.reason.startswith("unforeseen"))
        )
        assert rows.all() == []


def moved(value: Any, base_url: str) -> Any:
    """Return a document as if another instance had written it."""
    return json.loads(json.dumps(value).replace(base_url, HOME))


async def written_at_home(site: Site) -> tuple[Any, Any, list[Any]]:
    """Return the Group, the organiser and the posts of a home, as documents."""
    await site.import_(IMPORT)
    asker = site.browser()
    actors = [
        json.loads((await asker.get(path, accept=JSON)).text) for path in ("/c/quais", "/o/mairie")
    ]
    async with site.database.write() as connection:
        published = Proposals.state == "published"
        records = await proposals.load_proposals(connection, published)
        posts = [write_proposal(record) for record in records]
        team = await add_user(connection, "team", Role.ORGANISER, site.house, at=START)
        planned = PlanMeeting(
            id=site.house.instance.note("0123456789abcdef"),
            consultation=ConsultationId(site.house.instance.consultation("quais")),
            by=team,
            title="Atelier",
            place="Mairie",
            url="https://visio.example/quais",
            summary="Ouvert à *toutes*.",
            starts=START + timedelta(days=3),
            ends=START + timedelta(days=3, hours=2),
        )
        await plan(connection, planned, at=START)
        meeting = await load_document(connection, planned.id)
    group, organiser, *said = (moved(one, site.base_url) for one in (*actors, *posts, meeting))
    return group, organiser, said


async def failing(reader: Browser, address: str, token: str) -> list[str]:
    """Open all that a mirror shows of a consultation and of a proposal; return what fails."""
    reader.site.forget()
    group = f"/c/{address}"
    whole = ("", "/feed.atom", "/card.png", "/tallies.json", "/calendar.ics", "/meetings")
    paths = [f"{group}{end}" for end in (*whole, "?sort=ballots", "/propose")]
    paths += [f"{group}/p/{token}{end}" for end in ("", "/feed.atom", "/card.png", "/report")]
    failed = []
    for path in (*paths, "/", "/search?q=quais", "/calendar.ics"):
        async with reader.http.get(f"{reader.site.base_url}{path}") as answer:
            await answer.read()
            if answer.status >= web.HTTPInternalServerError.status_code:
                failed.append(f"{path} answers {answer.status}")
    return failed


@pytest.mark.parametrize("part", range(2))
async def test_no_page_of_a_mirror_fails_whatever_its_home_says(
    database: Database, clock: GivenClock, part: int
) -> None:
    chance = random.Random(SEED + part)  # noqa: S311 - any chance will do
    async with serve(database, clock) as site:
        group, organiser, posts = await written_at_home(site)
        readers = (site.browser(), await site.signed_in("ana"))
        kept = 0
        for number in range(60):
            token = f"{part}{number:015}"
            said = {**chance.choice(posts), "id": f"{HOME}/p/{token}"}
            actors = [group, organiser]
            if number % 3 == 0:
                actors = [mutated(actor, chance) for actor in actors]
            with suppress(Malformed, Ignored):
                found = read_consultation(*actors)
                async with database.write() as connection:
                    await mirrors.keep_consultation(connection, found, START)
            for document in (said, mutated(said, chance), mutated(said, chance)):
                with suppress(Malformed, Ignored):
                    read = read_document(json.dumps(document).encode())
                    async with database.write() as connection:
                        await see_post(connection, read, site.house, by=organiser["id"], at=START)
                    kept += 1
                reader = chance.choice(readers)
                assert await failing(reader, "quais@ar.example", token) == [], (actors, document)
        assert kept > 60
