"""Official notes, and what organisers post by the clock.

Revision ID: 0021
Revises: 0020
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; of what has begun already nothing is told."""
    op.create_table(
        "notes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("edited_at", sa.BigInteger),
        sa.Column("withdrawn_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_consultation", "notes", ["consultation"])
    op.create_table(
        "note_versions",
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("replaced_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("note", "number", name="pk_note_versions"),
    )
    op.create_table(
        "spoken",
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("consultation", "occasion", name="pk_spoken"),
    )
    op.create_table(
        "silences",
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("consultation", "kind", name="pk_silences"),
    )
    _pass_over_the_past()


def _pass_over_the_past() -> None:
    """Let nobody be told by the first look of a new version what began long before it."""
    connection, now = op.get_bind(), time.time_ns() // 1_000
    for statement in (
        "INSERT INTO spoken (consultation, occasion, at) SELECT id, 'since', :now "
        "FROM consultations WHERE home IS NULL",
        "INSERT INTO spoken (consultation, occasion, at) SELECT consultations.id, "
        "'result ' || polls.proposal, :now FROM polls "
        "JOIN posts ON posts.id = polls.proposal "
        "JOIN consultations ON consultations.id = posts.consultation "
        "WHERE consultations.home IS NULL AND polls.closed_at IS NOT NULL",
    ):
        connection.execute(sa.text(statement), {"now": now})


def downgrade() -> None:
    """Drop them again."""
    for table in ("silences", "spoken", "note_versions", "notes"):
        op.drop_table(table)
