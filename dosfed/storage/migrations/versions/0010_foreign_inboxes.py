"""Inboxes on another host than their actors', tried before they are believed.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(column_0_N_label)s", "pk": "pk_%(table_name)s"}
)
Instant = sa.BigInteger  # microseconds since 1970 UTC

sa.Table(
    "foreign_inboxes",
    metadata,
    sa.Column("actor_host", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, primary_key=True, index=True),
    sa.Column("taken_at", Instant),
    sa.Column("failed_at", Instant),
)


def upgrade() -> None:
    """Make the table; all inboxes known so far lie with their actors."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.add_column("remote_actors", sa.Column("inbox_host", sa.Text))
    where = sa.text("inbox_host IS NOT NULL")
    op.create_index(
        "ix_remote_actors_elsewhere",
        "remote_actors",
        ["inbox"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.add_column("deliveries", sa.Column("on_trial", sa.Text))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("deliveries", "on_trial")
    op.drop_index("ix_remote_actors_elsewhere", "remote_actors")
    op.drop_column("remote_actors", "inbox_host")
    metadata.drop_all(op.get_bind(), checkfirst=False)
