"""Whether somebody is named in open data.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name nobody who has not asked for it."""
    op.add_column(
        "accounts",
        sa.Column("named_in_data", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Forget who asked."""
    op.drop_column("accounts", "named_in_data")
