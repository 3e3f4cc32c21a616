"""Acts that nobody foresaw: they fail alone, at little cost, and are told of once."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from structlog.testing import capture_logs

from dosfed.activitypub.parsing import read_activity
from dosfed.activitypub.reading import Malformed
from dosfed.activitypub.tables import Inbox
from dosfed.federation.dispatch import dispatch
from dosfed.federation.incoming import Ignored, Incoming, NeedsDocument, TurnedDown
from dosfed.instance import Instance
from dosfed.storage.engine import Database
from dosfed.wire import terms
from tests.conftest import START, GivenClock
from tests.federation.town import BASE, GROUP, POLL, found_town, people, person, reply, vote

DOCUMENTS = Path(__file__).parent.parent / "documents"
ACTIVITIES = [
    activity
    for path in sorted(DOCUMENTS.glob("*/*.json"))
    if isinstance(activity := json.loads(path.read_bytes()), dict) and "actor" in activity
]
OWN: list[dict[str, Any]] = [
    {terms.KIND: kind, terms.CONSULTATION: GROUP} for kind in ("argument", "proposal", "meeting")
]
OF_OURS = [reply(person("ana"), "<p>Oui.</p>", **properties) for properties in OWN]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**18, "", "x", [], {}, [[]], [{}], {"a": 1}, ["proposal"]]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, inner in items if isinstance(value, dict | list) else ():
        found += places(inner, (*path, key)) if isinstance(inner, dict | list) else [(*path, key)]
    return found


def changed(document: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """Return a document with something else in one place."""
    if not path:
        return odd
    first, *rest = path
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[first] = changed(copy[first], tuple(rest), odd)
    return copy


def incoming(document: Mapping[str, Any]) -> Incoming:
    followed = frozenset({person("group"), "https://community.example/c/town"})
    return Incoming(
        activity=read_activity(document),
        document=document,
        at=START,
        instance=Instance(base_url=BASE),
        names={},
        followed=followed,
    )


@given(data=st.data())
def test_whatever_stands_in_a_property_reading_ends_in_words_that_are_foreseen(
    data: st.DataObject,
) -> None:
    document = data.draw(st.sampled_from([*ACTIVITIES, *OF_OURS]))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(document)))
        document = changed(document, path, data.draw(ODD))

    with suppress(Malformed, Ignored, TurnedDown, NeedsDocument):
        dispatch(incoming(document))


@pytest.mark.parametrize("odd", [["proposal"], [["proposal"]], {"x": 1}, [{}], 7, None])
async def test_a_kind_that_is_no_word_is_read_like_any_other_value(
    odd: Any, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    kept = await town.receive(reply(person("ana"), "<p>Oui.</p>", **{terms.KIND: odd}))
    assert "unforeseen" not in (kept.reason or "")
    assert (kept.outcome == "admitted") == (odd != ["proposal"])


async def test_an_act_that_fails_takes_no_other_down_and_is_found_in_few_steps(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    async with database.write() as connection:
        # Nobody may like what somebody else likes already: a failure that no rule foresees.
        await connection.execute(text("CREATE UNIQUE INDEX poison ON weights (object)"))
    voters = people(63)
    for number, voter in enumerate(voters):
        await town.store(vote(voter, "Abstention"))
        if number in {20, 40}:
            await town.store(like(voter))
    begun: list[object] = []
    event.listen(database.writer.sync_engine, "begin", begun.append)

    with capture_logs() as logs:
        judged = await town.judge_all()

    assert judged.number == 65
    assert len(await town.standing()) == 63
    assert await outcomes(database, "weigh") == [("admitted", None)]
    assert await outcomes(database, "unknown") == [("malformed", "unforeseen: IntegrityError")]
    assert len(begun) <= 20
    assert len([line for line in logs if "exc_info" in line]) == 1


def like(actor: str) -> dict[str, Any]:
    return {"id": f"{actor}/likes/1", "type": "Like", "actor": actor, "object": POLL}


async def outcomes(database: Database, kind: str) -> list[tuple[str | None, str | None]]:
    async with database.read() as connection:
        rows = await connection.execute(
            select(Inbox.outcome, Inbox.reason).where(Inbox.kind == kind).order_by(Inbox.id)
        )
        return [(row.outcome, row.reason) for row in rows]
