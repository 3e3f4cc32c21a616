"""What servers spend of an hour's budget; what reports are about, so that they stand together.

Revision ID: 0011
Revises: 0010
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

metadata = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"})
sa.Table(
    "budgets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("hour", sa.BigInteger, primary_key=True),
    sa.Column("spent", sa.Integer, nullable=False),
)
FRESH = sa.text("outcome IS NULL AND leased_until IS NULL")
WAITING = sa.text("answered_at IS NULL")
WAITING_REPORTS = "SELECT id, objects FROM reports WHERE answered_at IS NULL"
GROUP = "UPDATE reports SET subject = :subject WHERE id = :id"


def upgrade() -> None:
    """Add them."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.add_column("inbox", sa.Column("size", sa.Integer))
    _index_fresh("id", "received_at", "kind", "about", "size")
    op.add_column("reports", sa.Column("subject", sa.Text))
    _group_waiting()
    op.create_index(
        "ix_reports_waiting",
        "reports",
        ["subject", "reporter"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _group_waiting() -> None:
    """Let reports that wait stand together with those that come about the same things."""
    connection = op.get_bind()
    rows = connection.execute(sa.text(WAITING_REPORTS)).all()
    for row in rows:
        about = sorted(set(json.loads(row.objects)))
        if about:
            subject = hashlib.sha256("\n".join(about).encode()).hexdigest()
            connection.execute(sa.text(GROUP), {"id": row.id, "subject": subject})


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_reports_waiting", "reports")
    op.drop_column("reports", "subject")
    _index_fresh("id", "received_at", "kind", "about")
    op.drop_column("inbox", "size")
    metadata.drop_all(op.get_bind(), checkfirst=False)


def _index_fresh(*columns: str) -> None:
    op.drop_index("ix_inbox_fresh", "inbox")
    op.create_index(
        "ix_inbox_fresh", "inbox", list(columns), sqlite_where=FRESH, postgresql_where=FRESH
    )
