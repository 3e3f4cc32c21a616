"""A mirror takes up what the home of its consultation changes: from the home alone, in order."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dosfed.activitypub.verification import Verified
from dosfed.deliberation.consultations.mirrors import (
    keep_consultation,
)
from dosfed.deliberation.consultations.phases import load_phases_of
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.federation.test_hostile_homes import GROUP, HOME, ORGANISER, OTHER, consultation
from tests.federation.town import Town, found_town
from tests.simulated.actors import SimulatedActor
from tests.simulated.signing import pool_key

LATER = "2027-06-01T00:00:00Z"
PHASE = {"dosfed:kind": "voting", "dosfed:opens": "2026-06-01T00:00:00Z", "dosfed:closes": LATER}


@pytest.fixture
async def town(database: Database, clock: GivenClock) -> Town:
    """A town that mirrors two consultations of another."""
    founded = await found_town(database, clock)
    async with database.write() as connection:
        for group in (GROUP, OTHER):
            await keep_consultation(connection, consultation(group), START)
    return founded


def group(changes: dict[str, Any] | None = None, uri: str = GROUP) -> dict[str, Any]:
    """Return what a Group says of itself, with what was changed."""
    name = uri.rpartition("/")[2]
    actor = SimulatedActor(origin=HOME, name=name, private=pool_key(0))
    return {
        **actor.document(),
        "id": uri,
        "type": "Group",
        "preferredUsername": name,
        "name": "Cerrar los muelles",
        "inbox": f"{uri}/inbox",
        "publicKey": [],
        "dosfed:kind": "consultation",
        "dosfed:organiser": ORGANISER,
        "dosfed:organiserTitle": "Puerto Nuevo",
        "dosfed:language": "es",
        "dosfed:eligible": "anyone",
        "dosfed:instances": [],
        "dosfed:opens": "2026-01-01T00:00:00Z",
        "dosfed:closes": LATER,
        "dosfed:phases": [PHASE],
        "dosfed:edition": 2,
        "source": {"content": "Otro texto.", "mediaType": "text/markdown"},
        **(changes or {}),
    }


async def judge(town: Town, document: dict[str, Any] | str, *, by: str = GROUP) -> str:
    """Let somebody send an Update of a document, and judge it."""
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{by}#update-{len(orjson.dumps(document))}",
        "type": "Update",
        "actor": by,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "object": document,
    }
    await town.receiver.receive(
        Verified(actor=by, key_id=f"{by}#main-key"), orjson.dumps(activity), activity
    )
    await town.judge_all()
    return (await town.last()).outcome or ""


async def kept(town: Town, uri: str = GROUP) -> tuple[Any, ...]:
    async with town.database.read() as connection:
        row = await connection.execute(
            select(
                Consultations.title,
                Organisers.title,
                Consultations.closes,
                Consultations.withdrawn_reason,
            )
            .join(Organisers, Organisers.id == Consultations.organiser)
            .where(Consultations.id == uri)
        )
        title, organiser, closes, reason = row.one()
        phases = await load_phases_of(connection, uri)
    return title, organiser, f"{closes:%Y-%m}", reason, len(phases)


BEFORE = ("Cerrar", "Puerto", "2027-02", None, 0)
AFTER = ("Cerrar los muelles", "Puerto Nuevo", "2027-06", None, 1)


@pytest.mark.rule("10.9")
async def test_what_the_home_changes_is_taken_up(town: Town) -> None:
    assert await kept(town) == BEFORE
    assert await judge(town, group()) == "admitted"

    assert await kept(town) == AFTER
    assert (await kept(town, OTHER))[0] == "Cerrar"


@pytest.mark.rule("10.9")
@pytest.mark.parametrize(
    ("document", "by"),
    [
        (group(), OTHER),  # another Group of the same server
        (group(), ORGANISER),
        (group(), "https://evil.example/c/quays"),
        (group(uri=OTHER), GROUP),
        (group({"dosfed:organiser": f"{HOME}/o/another"}), GROUP),
        (group({"dosfed:organiser": "https://evil.example/o/harbour"}), GROUP),
        (group({"dosfed:phases": [{"dosfed:kind": "?"}]}), GROUP),
        (group({"dosfed:closes": "mañana"}), GROUP),
    ],
)
async def test_nobody_else_changes_it(town: Town, document: dict[str, Any], by: str) -> None:
    assert await judge(town, document, by=by) != "admitted"

    assert await kept(town) == BEFORE
    assert await kept(town, OTHER) == BEFORE


@pytest.mark.rule("10.9")
async def test_what_comes_late_replaces_nothing_newer(town: Town) -> None:
    newest = group({"dosfed:edition": 3, "name": "El más nuevo"})
    await judge(town, newest)
    for late in (group(), group({"dosfed:edition": True}), group({"dosfed:edition": "4"})):
        await judge(town, late)

        assert (await kept(town))[0] == "El más nuevo"


@pytest.mark.rule("10.6", "10.9")
async def test_a_withdrawn_consultation_says_so_on_its_mirrors(town: Town) -> None:
    await judge(town, group({"dosfed:withdrawn": "Sin fondos."}))

    assert (await kept(town))[3] == "Sin fondos."
