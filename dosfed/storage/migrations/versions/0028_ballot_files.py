"""What the ballot file of a closed poll follows from.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column("ballots_seed", sa.LargeBinary),
    sa.Column("ballots_groups", sa.Text),
    sa.Column("ballots_sha256", sa.Text),
)


def upgrade() -> None:
    """Make room for it beside the tally; polls that closed before have none."""
    for column in COLUMNS:
        op.add_column("tallies", column)


def downgrade() -> None:
    """Drop it again."""
    for column in reversed(COLUMNS):
        op.drop_column("tallies", column.name)
