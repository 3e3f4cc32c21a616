"""A published proposal's new text waits to be read; the team is written what waits.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of new texts; note when each of the team was written last."""
    op.create_table(
        "new_texts",
        sa.Column("proposal", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("proposal", name="pk_new_texts"),
    )
    op.add_column("accounts", sa.Column("team_told_at", sa.BigInteger))
    op.add_column(
        "accounts",
        sa.Column("team_mails", sa.Boolean, nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_column("accounts", "team_mails")
    op.drop_column("accounts", "team_told_at")
    op.drop_table("new_texts")
