"""What is asked for again and again is found by an index, however full a table is.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REPLACED = sa.text("replaced_at IS NOT NULL")


def upgrade() -> None:
    """Add the indexes."""
    op.create_index(
        "ix_ballots_replaced",
        "ballots",
        ["poll"],
        sqlite_where=REPLACED,
        postgresql_where=REPLACED,
    )
    op.create_index("ix_arguments_url", "arguments", ["url"])
    op.create_index("ix_budgets_hour", "budgets", ["hour", "spent"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_budgets_hour", "budgets")
    op.drop_index("ix_arguments_url", "arguments")
    op.drop_index("ix_ballots_replaced", "ballots")
