"""Polls are boosted again when their votes open, and before they end.

What was announced before is found in the outbox, so that it can be undone first. Nothing is due
at once: of polls that are open now, only their coming moments count.

Revision ID: 0008
Revises: 0007
"""

import time
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SOON = 2 * 24 * 3_600 * 1_000_000  # moments are microseconds since 1970
OPEN_POLLS = """
    SELECT polls.proposal, polls.opens, polls.closes, consultations.id AS consultation,
           consultations.organiser
    FROM polls
    JOIN proposals ON proposals.id = polls.proposal
    JOIN consultations ON consultations.id = proposals.consultation
    WHERE polls.closed_at IS NULL AND polls.closes > :now AND consultations.home IS NULL
      AND proposals.state IN ('published', 'hidden')
"""
# In parts: an outbox may be larger than memory.
SAID = """
    SELECT number, id, body, created_at FROM outbox
    WHERE number > :after AND actor IN :actors AND body IS NOT NULL AND is_public
    ORDER BY number LIMIT 1000
"""


def upgrade() -> None:
    """Make the table, with a row for each poll that is not over."""
    boosts = op.create_table(
        "boosts",
        sa.Column("proposal", sa.Text, nullable=False),
        sa.Column("created", sa.Text),
        sa.Column("announced", sa.Text),
        sa.Column("announced_at", sa.BigInteger),
        sa.Column("next_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("proposal", name="pk_boosts"),
    )
    op.create_index("ix_boosts_next_at", "boosts", ["next_at"])
    connection, now = op.get_bind(), time.time_ns() // 1_000
    polls = connection.execute(sa.text(OPEN_POLLS), {"now": now}).mappings().all()
    rows: dict[str, dict[str, Any]] = {
        poll["proposal"]: {
            "proposal": poll["proposal"],
            "created": None,
            "announced": None,
            "announced_at": None,
            "next_at": _next_at(poll["opens"], poll["closes"], now),
        }
        for poll in polls
    }
    if rows:
        actors = {poll[name] for poll in polls for name in ("consultation", "organiser")}
        _find_what_was_said(connection, rows, sorted(actors))
        op.bulk_insert(boosts, list(rows.values()))


def _next_at(opens: int, closes: int, now: int) -> int | None:
    moments = [opens, *([closes - SOON] if closes - SOON > opens else [])]
    return min((moment for moment in moments if moment > now), default=None)


def _find_what_was_said(
    connection: sa.Connection, rows: dict[str, dict[str, Any]], actors: list[str]
) -> None:
    statement = sa.text(SAID).bindparams(sa.bindparam("actors", expanding=True))
    after = -1
    while said := connection.execute(statement, {"after": after, "actors": actors}).all():
        for one in said:
            _note(orjson.loads(one.body), one.created_at, rows)
        after = said[-1].number


def _note(activity: dict[str, Any], at: int, rows: dict[str, dict[str, Any]]) -> None:
    thing = activity.get("object")
    match activity["type"], thing:
        case "Announce", str() if thing in rows:
            rows[thing] |= {"announced": activity["id"], "announced_at": at}
        case "Create", {"id": str() as uri} if uri in rows:
            rows[uri]["created"] = activity["id"]
        case _:
            pass


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("boosts")
