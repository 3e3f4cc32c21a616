"""Published tallies move in lots.

Polls in the middle of their vote keep what they have published. What was cast or changed since
then becomes one lot: full if it is large enough, else the one that fills.

Revision ID: 0009
Revises: 0008
"""

import json
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PUPPETS = 8
ORIGINS = ("here", "listed", "fediverse")
Json = sa.Text
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What stood of a voter when the tally last moved; nothing of one who has voted since.
BEFORE = """
UPDATE ballots SET lot = 1, before = (
    SELECT earlier.choices FROM ballots AS earlier
    WHERE earlier.poll = ballots.poll AND earlier.voter = ballots.voter
    AND earlier.id <= :counted_to AND earlier.replaced_at > :moved_at
    ORDER BY earlier.id DESC LIMIT 1
)
WHERE poll = :poll AND replaced_at IS NULL AND id > :counted_to
"""
# A change that was taken over from an added choice may be the same choice again.
FILLING = """
SELECT count(*) FROM ballots
WHERE poll = :poll AND replaced_at IS NULL AND lot = 1 AND (before IS NULL OR before <> choices)
"""
STANDING = """
SELECT choices, host, count(*) FROM ballots
WHERE poll = :poll AND replaced_at IS NULL GROUP BY choices, host
"""
OPEN = """
SELECT polls.id, polls.options, polls.counts_from, consultations.instances,
    tallies.changed, tallies.counted_to, tallies.moved_at
FROM polls
JOIN tallies ON tallies.poll = polls.id
JOIN proposals ON proposals.id = polls.proposal
JOIN consultations ON consultations.id = proposals.consultation
WHERE polls.closed_at IS NULL AND consultations.home IS NULL
"""
KEEP = """
UPDATE tallies SET lot = :lot, lot_voters = :voters, running = :running, held = :held,
    ready = :ready
WHERE poll = :poll
"""


def upgrade() -> None:
    """Let ballots and tallies know their lots."""
    op.add_column("ballots", sa.Column("lot", sa.Integer, nullable=False, server_default="0"))
    op.add_column("ballots", sa.Column("before", sa.Text, nullable=True))
    op.add_column("tallies", sa.Column("lot", sa.Integer, nullable=False, server_default="1"))
    op.add_column(
        "tallies", sa.Column("lot_voters", sa.Integer, nullable=False, server_default="0")
    )
    for name in ("running", "held", "ready"):
        op.add_column("tallies", sa.Column(name, Json, nullable=True))
    connection = op.get_bind()
    for poll in connection.execute(sa.text(OPEN)).all():
        _begin_lots(connection, poll)
    op.drop_column("tallies", "changed")
    op.drop_column("tallies", "counted_to")


def _begin_lots(connection: sa.Connection, poll: sa.Row[Any]) -> None:
    running = _count(connection, poll)
    if poll.counts_from <= 1:
        _keep(connection, poll.id, running=running, ready=running if poll.changed else None)
        return
    since = {"poll": poll.id, "counted_to": poll.counted_to, "moved_at": poll.moved_at or 0}
    connection.execute(sa.text(BEFORE), since)
    voters = connection.execute(sa.text(FILLING), {"poll": poll.id}).scalar_one()
    if voters >= poll.counts_from + PUPPETS:
        _keep(connection, poll.id, lot=2, running=running, held=running)
    else:
        _keep(connection, poll.id, voters=voters, running=running)


def _count(connection: sa.Connection, poll: sa.Row[Any]) -> list[int]:
    """Return ballots per option, then voters per origin."""
    options = len(json.loads(poll.options))
    listed = set(json.loads(poll.instances))
    counts = [0] * options
    voters: dict[str, int] = defaultdict(int)
    here = poll.id.split("/")[2]
    for choices, host, number in connection.execute(sa.text(STANDING), {"poll": poll.id}):
        for position in choices.split(","):
            counts[int(position)] += number
        origin = "here" if host == here else "listed" if host in listed else "fediverse"
        voters[origin] += number
    return [*counts, *(voters[origin] for origin in ORIGINS)]


def _keep(connection: sa.Connection, poll: str, **values: Any) -> None:
    kept = {"lot": 1, "voters": 0, "running": None, "held": None, "ready": None, **values}
    for name in ("running", "held", "ready"):
        kept[name] = None if kept[name] is None else json.dumps(kept[name])
    connection.execute(sa.text(KEEP), {"poll": poll, **kept})


def downgrade() -> None:
    """Forget them again."""
    op.add_column("tallies", sa.Column("changed", sa.Integer, nullable=False, server_default="0"))
    op.add_column("tallies", sa.Column("counted_to", RowId, nullable=False, server_default="0"))
    for name in ("lot", "lot_voters", "running", "held", "ready"):
        op.drop_column("tallies", name)
    for name in ("lot", "before"):
        op.drop_column("ballots", name)
