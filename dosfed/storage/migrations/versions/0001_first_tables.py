"""The first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger  # microseconds since 1970 UTC
Json = sa.Text

sa.Table(
    "kept",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
sa.Table(
    "actors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("handle", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=True),
    sa.Column("private_key", sa.Text, nullable=False),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("proof_key", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("deleted_at", Instant, nullable=True),
)
sa.Table(
    "remote_actors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False, index=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=True),
    sa.Column("inbox", sa.Text, nullable=False),
    sa.Column("shared_inbox", sa.Text, nullable=True),
    sa.Column("fetched_at", Instant, nullable=False),
    sa.Column("gone_at", Instant, nullable=True),
)
sa.Table(
    "remote_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, index=True),
    sa.Column("pem", sa.Text, nullable=False),
    sa.Column("fetched_at", Instant, nullable=False),
)
sa.Table(
    "followers",
    metadata,
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("follower", sa.Text, primary_key=True, index=True),
    sa.Column("follow_id", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("inbox", sa.Text, nullable=False),
    sa.Column("shared_inbox", sa.Text, nullable=True),
    sa.Column("since", Instant, nullable=False),
)
sa.Table(
    "followings",
    metadata,
    sa.Column("follower", sa.Text, primary_key=True),
    sa.Column("followed", sa.Text, primary_key=True, index=True),
    sa.Column("follow_id", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("answered_at", Instant, nullable=True),
)
sa.Table(
    "inbox",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("actor", sa.Text, nullable=True),
    sa.Column("activity", sa.Text, nullable=True),
    sa.Column("digest", sa.LargeBinary, nullable=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("shard", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("leased_until", Instant, nullable=True),
    sa.Column("kind", sa.Text, nullable=True),
    sa.Column("outcome", sa.Text, nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("about", sa.Text, nullable=True),
    sa.Column("judged_at", Instant, nullable=True),
    sa.Index("ix_inbox_about", "about"),
    sa.Index(
        "ix_inbox_leased",
        "leased_until",
        sqlite_where=sa.text("leased_until IS NOT NULL"),
        postgresql_where=sa.text("leased_until IS NOT NULL"),
    ),
    sa.Index("ix_inbox_received_at", "received_at"),
    sa.Index("ix_inbox_repeat", "actor", "activity", "digest", unique=True),
    sa.Index(
        "ix_inbox_unjudged",
        "id",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    ),
)
sa.Table(
    "rejections",
    metadata,
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("hour", Instant, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", RowId, nullable=False, unique=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=True),
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Column("is_ephemeral", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("ix_outbox_actor_number", "actor", "number"),
    sa.Index(
        "ix_outbox_private",
        "created_at",
        sqlite_where=sa.text("is_public = 0"),
        postgresql_where=sa.text("NOT is_public"),
    ),
)
sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("activity", sa.Text, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("inbox", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("finished_at", Instant, nullable=True),
    sa.Column("status", sa.Integer, nullable=True),
    sa.Index(
        "ix_deliveries_finished_at",
        "finished_at",
        sqlite_where=sa.text("finished_at IS NOT NULL"),
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_deliveries_waiting",
        "host",
        "id",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    ),
)
sa.Table(
    "destinations",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("is_waiting", sa.Boolean, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("leased_until", Instant, nullable=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failing_since", Instant, nullable=True),
    sa.Column("dead_at", Instant, nullable=True),
    sa.Column("signature", sa.Text, nullable=True),
    sa.Column("software", sa.Text, nullable=True),
    sa.Column("software_at", Instant, nullable=True),
    sa.Index("ix_destinations_next", "is_waiting", "next_at"),
)
sa.Table(
    "blocks",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
)
sa.Table(
    "organisers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
)
sa.Table(
    "consultations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False, unique=True),
    sa.Column("home", sa.Text, nullable=True),
    sa.Column("organiser", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("opens", Instant, nullable=False),
    sa.Column("closes", Instant, nullable=False),
    sa.Column("eligible", Json, nullable=False),
    sa.Column("instances", Json, nullable=False),
    sa.Column("needs_facilitator", sa.Boolean, nullable=False),
    sa.Column("erase_after_days", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)
sa.Table(
    "phases",
    metadata,
    sa.Column("consultation", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("opens", Instant, nullable=False),
    sa.Column("closes", Instant, nullable=False),
)
sa.Table(
    "proposals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("consultation", sa.Text, nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("ref", sa.Text, nullable=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=True),
    sa.Column("author_name", sa.Text, nullable=True),
    sa.Column("source", sa.Text, nullable=True, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("submitted_at", Instant, nullable=False),
    sa.Column("published_at", Instant, nullable=True),
    sa.Column("edited_at", Instant, nullable=True),
)
sa.Table(
    "polls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("proposal", sa.Text, nullable=False, index=True),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("options", Json, nullable=False),
    sa.Column("opens", Instant, nullable=False),
    sa.Column("closes", Instant, nullable=False, index=True),
    sa.Column("hides_counts", sa.Boolean, nullable=False),
    sa.Column("counts_from", sa.Integer, nullable=False),
    sa.Column("closed_at", Instant, nullable=True),
    sa.Column("erase_at", Instant, nullable=True),
    sa.Column("erased_at", Instant, nullable=True),
    sa.Column("imported_from", sa.Text, nullable=True),
)
sa.Table(
    "ballots",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("poll", sa.Text, nullable=False),
    sa.Column("voter", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("choices", sa.Text, nullable=False),
    sa.Column("was_added", sa.Boolean, nullable=False),
    sa.Column("cast_at", Instant, nullable=False),
    sa.Column("published_at", Instant, nullable=True),
    sa.Column("replaced_at", Instant, nullable=True),
    sa.Index(
        "ix_ballots_standing",
        "poll",
        "voter",
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    ),
    sa.Index("ix_ballots_voter", "voter"),
)
sa.Table(
    "erased_ballots",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("poll", sa.Text, nullable=False, index=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("choices", sa.Text, nullable=False),
)
sa.Table(
    "tallies",
    metadata,
    sa.Column("poll", sa.Text, primary_key=True),
    sa.Column("counts", Json, nullable=True),
    sa.Column("voters", sa.Integer, nullable=True),
    sa.Column("origins", Json, nullable=True),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("counted_to", RowId, nullable=False),
    sa.Column("moved_at", Instant, nullable=True),
    sa.Column("announced_at", Instant, nullable=True),
    sa.Column("is_stale", sa.Boolean, nullable=False),
)
sa.Table(
    "poll_servers",
    metadata,
    sa.Column("poll", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, primary_key=True),
)
sa.Table(
    "sent_ballots",
    metadata,
    sa.Column("poll", sa.Text, primary_key=True),
    sa.Column("voter", sa.Text, primary_key=True),
    sa.Column("activity", sa.Text, nullable=False, unique=True),
    sa.Column("choices", sa.Text, nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Column("answer", sa.Text, nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
)
sa.Table(
    "arguments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("proposal", sa.Text, nullable=False),
    sa.Column("in_reply_to", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False, index=True),
    sa.Column("author_name", sa.Text, nullable=False),
    sa.Column("stance", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=True),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("edited_at", Instant, nullable=True),
    sa.Column("deleted_at", Instant, nullable=True),
    sa.Index("ix_arguments_proposal", "proposal", "published_at"),
)
sa.Table(
    "weights",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("actor", sa.Text, primary_key=True, index=True),
    sa.Column("weight", sa.Integer, nullable=False),
)
sa.Table(
    "shares",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("actor", sa.Text, primary_key=True, index=True),
)
sa.Table(
    "reports",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("reporter", sa.Text, nullable=False),
    sa.Column("objects", Json, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("answered_at", Instant, nullable=True),
)
sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)
sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("user", sa.Text, nullable=False, index=True),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=True),
)
sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("user", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)


def upgrade() -> None:
    """Make the tables."""
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the tables."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
