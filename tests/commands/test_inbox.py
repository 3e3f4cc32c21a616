"""What came in is counted; who voted is not told."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from dosfed.activitypub.tables import Inbox, Rejections
from dosfed.commands.inbox import outcomes
from dosfed.settings import Settings
from dosfed.storage.engine import Database
from tests.conftest import GivenClock

POLL = "https://delib.example/p/0123456789abcdef"


def row(at: datetime, number: int, **values: Any) -> dict[str, Any]:
    return {
        "actor": "https://masto.example/users/ana",
        "activity": f"https://masto.example/activities/{number}",
        "digest": bytes([number]),
        "host": "masto.example",
        "shard": 0,
        "body": b"{}",
        "received_at": at,
        "kind": None,
        "outcome": None,
        "reason": None,
        "about": None,
        **values,
    }


async def test_outcomes_are_counted_by_kind_and_reason(
    settings: Settings, clock: GivenClock, database: Database
) -> None:
    ballot = {"kind": "ballot", "about": POLL}
    async with database.write() as connection:
        await connection.execute(
            insert(Inbox),
            [
                row(clock.now(), 1, kind="Follow", outcome="admitted"),
                row(clock.now(), 2, **ballot, outcome="admitted"),
                row(clock.now(), 3, **ballot, outcome="admitted"),
                row(clock.now(), 4, **ballot, outcome="refused", reason="not-open"),
                row(clock.now(), 5),
            ],
        )
        await connection.execute(
            insert(Rejections),
            [
                {"reason": "stale", "host": "old.example", "hour": clock.now(), "count": 2},
            ],
        )

    lines = await outcomes(settings, clock, whole=False)
    [whole] = await outcomes(settings, clock, whole=True)

    counted = {(line["activity"], line["outcome"]): line["count"] for line in whole["outcomes"]}
    assert counted == {
        ("Follow", "admitted"): 1,
        ("ballot", "admitted"): 2,
        ("ballot", "refused"): 1,
        (None, "waiting"): 1,
    }
    assert [line for line in lines if line["kind"] == "refusal"] == [
        {
            "kind": "refusal",
            "activity": "ballot",
            "outcome": "refused",
            "reason": "not-open",
            "poll": POLL,
            "host": "masto.example",
        }
    ]
    assert {"kind": "rejection", "reason": "stale", "host": "old.example", "count": 2} in lines
    assert "users/ana" not in str(lines)
