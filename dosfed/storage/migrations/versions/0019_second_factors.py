"""A second factor at sign-in.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of factors and recovery codes; note how each session was opened."""
    op.create_table(
        "second_factors",
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("user", "digest", name="pk_recovery_codes"),
    )
    op.add_column("sessions", sa.Column("proof", sa.Text))


def downgrade() -> None:
    """Drop them again."""
    op.drop_column("sessions", "proof")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
