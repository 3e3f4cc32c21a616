"""What a consultation links to, and what its phases say.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let consultations have links, phases a title and a text; make the drafts of consultations."""
    op.add_column(
        "consultations", sa.Column("documents", sa.Text, nullable=False, server_default="[]")
    )
    for name in ("title", "text"):
        op.add_column("phases", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_table(
        "consultation_drafts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("made_by", sa.Text),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("preview", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_drafts"),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("consultation_drafts")
    for name in ("text", "title"):
        op.drop_column("phases", name)
    op.drop_column("consultations", "documents")
