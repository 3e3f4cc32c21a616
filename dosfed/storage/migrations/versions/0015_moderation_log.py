"""What moderators did is kept in a log; until now only what came of it was.

Revision ID: 0015
Revises: 0014
"""

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)
NAMED = 100  # of what is told in the log, at most
FIRST, LAST = 0, 4_102_444_800_000_000  # moments that may be: 1970 to 2100, in microseconds
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
BOTH = "SELECT id FROM arguments WHERE hidden_at IS NOT NULL AND deleted_at IS NOT NULL ORDER BY id"
UNDATED = "SELECT id FROM proposals WHERE state = 'hidden' AND hidden_at IS NULL ORDER BY id"
DATE = """
UPDATE proposals SET hidden_at = coalesce(moderated_at, published_at, submitted_at)
WHERE state = 'hidden' AND hidden_at IS NULL
"""
MEND = "UPDATE proposals SET hidings = :hidings WHERE id = :id"


def upgrade() -> None:
    """Make the log, with what can still be told of what was done before it."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    connection = op.get_bind()
    both = connection.execute(sa.text(BOTH)).scalars().all()
    undated = connection.execute(sa.text(UNDATED)).scalars().all()
    if undated:
        connection.execute(sa.text(DATE))
    connection.execute(sa.text(ARGUMENTS))
    connection.execute(sa.text(REFUSED))
    unread = _log_proposals(connection)
    _tell(both, "arguments that are hidden and deleted: the record counts them again")
    _tell(undated, "hidden proposals without a date: hidden since they last changed")
    _tell(unread, "proposals of which it cannot be read when they were hidden: since the last time")


def _log_proposals(connection: sa.Connection) -> list[str]:
    """Log when proposals were hidden; return of which that could not be read, and mend them.

    Acts on a proposal are judged by it: what cannot be read would fail each of its pages.
    """
    rows: list[dict[str, Any]] = []
    unread: list[str] = []
    for proposal in connection.execute(sa.text(HIDDEN)).all():
        spans = _read(proposal.hidings)
        if spans is None:
            unread.append(proposal.id)
            since = proposal.hidden_at
            kept = None if since is None else json.dumps([[since, None]])
            connection.execute(sa.text(MEND), {"id": proposal.id, "hidings": kept})
        if proposal.state != "sent":  # the Note that one was made of
            rows += _acts(proposal, spans or [])
    if rows:
        connection.execute(moderation_log.insert(), rows)
    return unread


def _tell(ids: Sequence[str], what: str) -> None:
    if ids:
        log.warning("kept: %d %s: %s", len(ids), what, ", ".join(ids[:NAMED]))


def _acts(proposal: Any, spans: list[tuple[int, int | None]]) -> Iterator[dict[str, Any]]:
    """Tell each time a proposal was hidden, or shown again; only of the last it is known why."""
    if proposal.hidden_at is not None and not (spans and spans[-1][1] is None):
        spans = [*spans, (proposal.hidden_at, None)]
    act = {"post": proposal.id, "kind": "proposal", "code": None, "reason": None}
    reason = None if proposal.state == "deleted" else proposal.hidden_reason
    for since, until in spans:
        is_last = until is None
        why = {"code": proposal.hidden_code, "reason": reason} if is_last else {}
        yield {**act, "at": since, "was": "published", "became": "hidden"} | why
        if until is not None:
            yield {**act, "at": until, "was": "hidden", "became": "published"}


def _read(hidings: str | None) -> list[tuple[int, int | None]] | None:
    """Read since and until when a proposal was hidden; none if that cannot be."""
    try:
        spans = [
            (since, until) for since, until in json.loads("[]" if hidings is None else hidings)
        ]
    except (TypeError, ValueError, RecursionError):
        return None
    are_moments = all(
        _is_moment(since) and (until is None or _is_moment(until)) for since, until in spans
    )
    return spans if are_moments else None


def _is_moment(value: Any) -> bool:
    return type(value) is int and FIRST <= value <= LAST


def downgrade() -> None:
    """Drop it again."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
