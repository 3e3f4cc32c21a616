"""When proposals were hidden is kept after they are shown again.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the spans; what is hidden now has been since then."""
    op.add_column("proposals", sa.Column("hidings", sa.Text))
    op.execute(
        "UPDATE proposals SET hidings = '[[' || CAST(hidden_at AS TEXT) || ',null]]' "
        "WHERE hidden_at IS NOT NULL"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("proposals", "hidings")
