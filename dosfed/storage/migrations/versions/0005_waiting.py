"""What waits for another server steps aside, and holds no poll open.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = {
    "fresh": (["id", "received_at", "kind", "about"], "outcome IS NULL AND leased_until IS NULL"),
    "waiting": (["actor"], "leased_until IS NOT NULL"),
    "behind": (["behind"], "behind IS NOT NULL"),
}


def upgrade() -> None:
    """Add what says of an unjudged act which others must wait for it."""
    op.add_column("inbox", sa.Column("behind", RowId))
    op.add_column("inbox", sa.Column("object", sa.Text))
    op.drop_index("ix_inbox_unjudged", "inbox")
    for name, (columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(
            f"ix_inbox_{name}", "inbox", columns, sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    """Drop it again."""
    for name in INDEXES:
        op.drop_index(f"ix_inbox_{name}", "inbox")
    where = sa.text("outcome IS NULL")
    op.create_index(
        "ix_inbox_unjudged", "inbox", ["id"], sqlite_where=where, postgresql_where=where
    )
    op.drop_column("inbox", "object")
    op.drop_column("inbox", "behind")
