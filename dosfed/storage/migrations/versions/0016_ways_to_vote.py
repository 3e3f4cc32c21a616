"""A poll keeps the terms of its method, and who may know what a voter chose.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: the methods until now had no terms, and every poll was confidential."""
    op.add_column("polls", sa.Column("terms", sa.Text, nullable=False, server_default="{}"))
    op.add_column(
        "polls", sa.Column("secrecy", sa.Text, nullable=False, server_default="confidential")
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_column("polls", "secrecy")
    op.drop_column("polls", "terms")
