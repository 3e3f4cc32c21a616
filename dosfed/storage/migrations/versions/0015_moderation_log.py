"""What moderators did is kept in a log; until now only what came of it was.

Revision ID: 0015
Revises: 0014
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)
metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(column_0_N_label)s", "pk": "pk_%(table_name)s"}
)
moderation_log = sa.Table(
    "moderation_log",
    metadata,
    sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("post", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text),
    sa.Column("was", sa.Text, nullable=False),
    sa.Column("became", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
)
# What was deleted while it was hidden has lost its reason, as it does from now on.
ARGUMENTS = """
INSERT INTO moderation_log (post, kind, at, was, became, code, reason)
SELECT id, 'argument', hidden_at, 'published', 'hidden', hidden_code,
    CASE WHEN deleted_at IS NULL THEN hidden_reason END
FROM arguments WHERE hidden_at IS NOT NULL ORDER BY hidden_at
"""
# When a proposal was refused was not kept.
REFUSED = """
INSERT INTO moderation_log (post, kind, at, was, became)
SELECT proposals.id, 'proposal', submitted_at, 'waiting', 'refused'
FROM proposals JOIN consultations ON consultations.id = proposals.consultation
WHERE state = 'refused' AND consultations.home IS NULL ORDER BY submitted_at
"""
HIDDEN = """
SELECT id, state, hidden_at, hidden_code, hidden_reason, hidings FROM proposals
WHERE hidings IS NOT NULL OR hidden_at IS NOT NULL
"""
BOTH = "SELECT count(*) FROM arguments WHERE hidden_at IS NOT NULL AND deleted_at IS NOT NULL"


def upgrade() -> None:
    """Make the log, with what can still be told of what was done before it."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    connection = op.get_bind()
    connection.execute(sa.text(ARGUMENTS))
    connection.execute(sa.text(REFUSED))
    rows = [
        row
        for proposal in connection.execute(sa.text(HIDDEN)).all()
        if proposal.state != "sent"  # the Note that one was made of
        for row in _acts(proposal)
    ]
    if rows:
        connection.execute(moderation_log.insert(), rows)
    both = connection.execute(sa.text(BOTH)).scalar_one()
    if both:
        log.warning("%d arguments were hidden and deleted; the record counts them again", both)


def _acts(proposal: Any) -> Iterator[dict[str, Any]]:
    """Tell each time a proposal was hidden, or shown again; only of the last it is known why."""
    act = {"post": proposal.id, "kind": "proposal", "code": None, "reason": None}
    spans = _spans(proposal)
    for since, until in spans:
        is_last = until is None
        why = {"code": proposal.hidden_code, "reason": proposal.hidden_reason} if is_last else {}
        yield {**act, "at": since, "was": "published", "became": "hidden"} | why
        if until is not None:
            yield {**act, "at": until, "was": "hidden", "became": "published"}


def _spans(proposal: Any) -> list[tuple[int, int | None]]:
    """Read since and until when it was hidden; one that cannot be read is named and left."""
    try:
        spans = [
            (int(since), None if until is None else int(until))
            for since, until in json.loads(proposal.hidings or "[]")
        ]
    except (TypeError, ValueError):
        log.warning("when %s was hidden cannot be read", proposal.id)
        spans = []
    if proposal.hidden_at is not None and not (spans and spans[-1][1] is None):
        spans.append((proposal.hidden_at, None))
    return spans


def downgrade() -> None:
    """Drop it again."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
