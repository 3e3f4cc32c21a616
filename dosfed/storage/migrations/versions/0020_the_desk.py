"""Consultations that change, and who may change which.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
COLUMNS = (
    sa.Column("licence", sa.Text),
    sa.Column("withdrawn_at", sa.BigInteger),
    sa.Column("withdrawn_reason", sa.Text),
    sa.Column("edition", sa.Integer, nullable=False, server_default="1"),
)


def upgrade() -> None:
    """Let consultations have an edition, a licence and an early end; make history and teams."""
    for column in COLUMNS:
        op.add_column("consultations", column)
    op.create_table(
        "consultation_history",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_history"),
    )
    op.create_index(
        "ix_consultation_history_consultation_at", "consultation_history", ["consultation", "at"]
    )
    op.create_table(
        "consultation_team",
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("consultation", "user", name="pk_consultation_team"),
    )
    op.create_index("ix_consultation_team_user", "consultation_team", ["user"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("consultation_team")
    op.drop_table("consultation_history")
    for column in reversed(COLUMNS):
        op.drop_column("consultations", column.name)
