"""What is erased is in no file, nor in what PostgreSQL remembers of the values of a column.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

metadata = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"})
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger  # microseconds since 1970 UTC

sa.Table(
    "erasures",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
)

# Who voted what: the planner's samples would repeat it, whole ballots among them.
PERSONAL = {
    "ballots": ("voter",),
    "deliveries": ("actor", "inbox"),
    "inbox": ("actor", "activity", "digest", "body"),
    "outbox": ("id", "actor", "body"),
    "remote_actors": ("id", "handle", "name", "url", "inbox"),
    "remote_keys": ("id", "owner", "pem"),
    "sent_ballots": ("voter", "activity"),
}


def upgrade() -> None:
    """Make the table, take no more samples, and have the files cleaned of what was erased."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    _set_statistics(0)
    op.execute("INSERT INTO erasures (at) SELECT 0 FROM kept LIMIT 1")


def downgrade() -> None:
    """Drop it again."""
    _set_statistics(-1)
    metadata.drop_all(op.get_bind(), checkfirst=False)


def _set_statistics(target: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, columns in PERSONAL.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {target}")
