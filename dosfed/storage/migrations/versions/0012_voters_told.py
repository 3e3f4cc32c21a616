"""Whom of other servers we told that their ballot could not count, by a digest.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

metadata = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"})
sa.Table(
    "voters_told",
    metadata,
    sa.Column("poll", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True),
)


def upgrade() -> None:
    """Add the table."""
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop it."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
