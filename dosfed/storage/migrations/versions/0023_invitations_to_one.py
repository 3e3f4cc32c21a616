"""Invitations to one consultation.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let an invitation name the consultation in which alone its role counts."""
    op.add_column("invitations", sa.Column("consultation", sa.Text))
    op.create_index("ix_invitations_consultation", "invitations", ["consultation"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_index("ix_invitations_consultation", "invitations")
    op.drop_column("invitations", "consultation")
