"""Since when somebody has their role.

Revision ID: 0022
Revises: 0021
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of roles that were given before, nobody knows since when."""
    op.add_column("users", sa.Column("role_since", sa.BigInteger))
    op.get_bind().execute(
        sa.text("UPDATE users SET role_since = :now WHERE role <> 'citizen'"),
        {"now": time.time_ns() // 1_000},
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("users", "role_since")
