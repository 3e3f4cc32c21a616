"""Accounts by e-mail and from the fediverse, versions, tags, drafts, meetings, notices.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
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

ADDED = {
    "sessions": (
        sa.Column("seen_at", Instant, nullable=True),
        sa.Column("browser", sa.Text, nullable=True),
    ),
    "proposals": (
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("clauses", Json, nullable=True),
        sa.Column("group_name", sa.Text, nullable=True),
        sa.Column("group_size", sa.Integer, nullable=True),
        sa.Column("hidden_at", Instant, nullable=True),
        sa.Column("hidden_reason", sa.Text, nullable=True),
        sa.Column("hidden_code", sa.Text, nullable=True),
        sa.Column("moderated_at", Instant, nullable=True),
    ),
    "arguments": (
        sa.Column("clause", sa.Text, nullable=True),
        sa.Column("sources", Json, nullable=True),
        sa.Column("group_name", sa.Text, nullable=True),
        sa.Column("group_size", sa.Integer, nullable=True),
        sa.Column("hidden_at", Instant, nullable=True),
        sa.Column("hidden_reason", sa.Text, nullable=True),
        sa.Column("hidden_code", sa.Text, nullable=True),
        sa.Column("moderated_at", Instant, nullable=True),
    ),
    "reports": (
        sa.Column("answered_by", sa.Text, nullable=True),
        sa.Column("answer", sa.Text, nullable=True),
        sa.Column("note", sa.Text, nullable=True),
    ),
}

sa.Table(
    "proposal_versions",
    metadata,
    sa.Column("proposal", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("clauses", Json, nullable=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("replaced_by", sa.Text, nullable=False),
    sa.Column("replaced_at", Instant, nullable=False),
)
sa.Table(
    "proposal_tags",
    metadata,
    sa.Column("proposal", sa.Text, primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True, index=True),
)
sa.Table(
    "co_signers",
    metadata,
    sa.Column("proposal", sa.Text, primary_key=True),
    sa.Column("actor", sa.Text, primary_key=True, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("signed_at", Instant, nullable=False),
)
sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("author", sa.Text, nullable=False, index=True),
    sa.Column("consultation", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    sa.Column("group_size", sa.Text, nullable=False),
    sa.Column("saved_at", Instant, nullable=False),
)
sa.Table(
    "meetings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("consultation", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=True),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("starts", Instant, nullable=False),
    sa.Column("ends", Instant, nullable=False),
    sa.Column("announced_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("cancelled_at", Instant, nullable=True),
)
sa.Table(
    "argument_versions",
    metadata,
    sa.Column("argument", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("stance", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("replaced_at", Instant, nullable=False),
)
sa.Table(
    "accounts",
    metadata,
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=True, unique=True),
    sa.Column("password", sa.Text, nullable=True),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("digested_at", Instant, nullable=True),
    sa.Column("unsubscribe", sa.Text, nullable=False, unique=True),
    sa.Column("suspended_at", Instant, nullable=True),
)
sa.Table(
    "sign_ups",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("invitation", sa.LargeBinary, nullable=True),
    sa.Column("expires_at", Instant, nullable=False),
)
sa.Table(
    "mail_tokens",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False, index=True),
    sa.Column("email", sa.Text, nullable=True),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=True),
)
sa.Table(
    "invitations",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("invited_by", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=True),
)
sa.Table(
    "mails",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("headers", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=True),
    sa.Column("finished_at", Instant, nullable=True),
    sa.Index(
        "ix_mails_waiting",
        "next_at",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    ),
)
sa.Table(
    "fediverse_apps",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("client_secret", sa.LargeBinary, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("registered_at", Instant, nullable=False),
)
sa.Table(
    "fediverse_sign_ins",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("browser", sa.LargeBinary, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("return_to", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=True),
)
sa.Table(
    "fediverse_accounts",
    metadata,
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False, index=True),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("signed_in_at", Instant, nullable=False),
    sa.Column("suspended_at", Instant, nullable=True),
)
sa.Table(
    "notices",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=True, index=True),
    sa.Column("by_name", sa.Text, nullable=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=True),
    sa.Index("ix_notices_user", "user", "id"),
    sa.Index(
        "ix_notices_unseen",
        "user",
        "kind",
        "object",
        unique=True,
        sqlite_where=sa.text("seen_at IS NULL"),
        postgresql_where=sa.text("seen_at IS NULL"),
    ),
)
sa.Table(
    "subscriptions",
    metadata,
    sa.Column("user", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True, index=True),
    sa.Column("since", Instant, nullable=False),
)


def upgrade() -> None:
    """Make the new tables and columns."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)


def downgrade() -> None:
    """Drop them again."""
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
    metadata.drop_all(op.get_bind(), checkfirst=False)
