"""Votes of consultations that were given up.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a poll be one that has no result."""
    op.add_column("polls", sa.Column("withdrawn_at", sa.BigInteger))


def downgrade() -> None:
    """Forget which have none."""
    op.drop_column("polls", "withdrawn_at")
