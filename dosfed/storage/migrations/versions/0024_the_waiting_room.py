"""What is said between a team and an author before a decision, and after it.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
COLUMNS = (
    ("consultations", sa.Column("reasons", sa.Text)),
    ("consultations", sa.Column("quota", sa.Integer)),
    (
        "consultations",
        sa.Column("first_post_review", sa.Boolean, nullable=False, server_default=sa.false()),
    ),
    ("posts", sa.Column("correction_asked_at", sa.BigInteger)),
    ("moderation_log", sa.Column("consultation", sa.Text)),
)
WHERE_IT_WAS = """
UPDATE moderation_log SET consultation = (
    SELECT posts.consultation FROM posts WHERE posts.id = moderation_log.post
)
"""


def upgrade() -> None:
    """Make room for corrections, letters and contests."""
    for table, column in COLUMNS:
        op.add_column(table, column)
    op.execute(WHERE_IT_WAS)
    op.create_table(
        "corrections",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("proposal", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("is_team", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_proposal", "corrections", ["proposal"])
    op.create_index("ix_corrections_by", "corrections", ["by"])
    op.create_table(
        "team_letters",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team_letters"),
    )
    op.create_index("ix_team_letters_post", "team_letters", ["post"])
    op.create_index("ix_team_letters_reader", "team_letters", ["reader"])
    op.create_table(
        "contests",
        sa.Column("decision", sa.BigInteger, nullable=False),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("decision", name="pk_contests"),
    )
    op.create_index("ix_contests_post", "contests", ["post"])
    op.create_index("ix_contests_by", "contests", ["by"])


def downgrade() -> None:
    """Drop it again."""
    for table in ("contests", "team_letters", "corrections"):
        op.drop_table(table)
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column.name)
