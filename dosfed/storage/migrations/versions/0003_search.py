"""Texts are found by their words; lists of proposals and arguments are counted faster.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

sa.Table(
    "search_entries",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("object", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("consultation", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
)
sa.Table(
    "search_pending",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
)

# A table; what it tells of, and under which name; the columns that make it be indexed anew.
WATCHED = (
    ("consultations", "consultation", "id", "title, summary"),
    ("proposals", "proposal", "id", "title, html, state"),
    ("proposal_tags", "proposal", "proposal", "tag"),
    ("arguments", "argument", "id", "html, deleted_at, hidden_at"),
)
# Python folds the words; the tokenizer only parts them at spaces.
SQLITE_INDEX = """
CREATE VIRTUAL TABLE search_index USING fts5(
    words, content='search_entries', content_rowid='id',
    tokenize='ascii', detail=none, prefix='2 3'
)
"""
# FTS5 is told the old words itself (sqlite.org/fts5.html, 4.4.3).
ADD = "INSERT INTO search_index (rowid, words) VALUES (new.id, new.words)"
DROP = "INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words)"
KEPT_ALIKE = (
    f"CREATE TRIGGER search_entries_insert AFTER INSERT ON search_entries BEGIN {ADD}; END",
    f"CREATE TRIGGER search_entries_delete AFTER DELETE ON search_entries BEGIN {DROP}; END",
    "CREATE TRIGGER search_entries_update AFTER UPDATE OF words ON search_entries "
    f"BEGIN {DROP}; {ADD}; END",
)
# What is there already, the oldest first, as the newest is shown first.
THERE_ALREADY = (
    "INSERT INTO search_pending (kind, object) "
    "SELECT 'consultation', id FROM consultations ORDER BY created_at",
    "INSERT INTO search_pending (kind, object) "
    "SELECT 'proposal', id FROM proposals ORDER BY submitted_at, position",
    "INSERT INTO search_pending (kind, object) "
    "SELECT 'argument', id FROM arguments ORDER BY received_at",
)


def upgrade() -> None:
    """Make the tables with what keeps them up to date."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.create_index("ix_proposals_listed", "proposals", ["consultation", "state", "position"])
    op.drop_index("ix_proposals_consultation", "proposals")
    is_there = sa.text("deleted_at IS NULL")
    op.create_index(
        "ix_arguments_counted",
        "arguments",
        ["proposal"],
        sqlite_where=is_there,
        postgresql_where=is_there,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _for_sqlite() if is_sqlite else _for_postgresql():
        op.execute(statement)
    for statement in THERE_ALREADY:
        op.execute(statement)


def _for_sqlite() -> list[str]:
    statements = [SQLITE_INDEX, *KEPT_ALIKE]
    for table, kind, key, columns in WATCHED:
        for event, row in (("INSERT", "new"), (f"UPDATE OF {columns}", "new"), ("DELETE", "old")):
            name = f"search_{table}_{event.split()[0].lower()}"
            note = f"INSERT INTO search_pending (kind, object) VALUES ('{kind}', {row}.{key})"  # noqa: S608 - names of WATCHED
            statements.append(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {note}; END")
    return statements


def _for_postgresql() -> list[str]:
    statements = ["CREATE INDEX ix_search_entries_words ON search_entries USING gin (words)"]
    for table, kind, key, columns in WATCHED:
        statements += [
            f"CREATE FUNCTION search_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - names of WATCHED
            f"INSERT INTO search_pending (kind, object) VALUES ('{kind}', "
            f"CASE WHEN TG_OP = 'DELETE' THEN OLD.{key} ELSE NEW.{key} END); RETURN NULL; END $$",
            f"CREATE TRIGGER search_{table} AFTER INSERT OR DELETE OR UPDATE OF {columns} "
            f"ON {table} FOR EACH ROW EXECUTE FUNCTION search_{table}()",
        ]
    return statements


def downgrade() -> None:
    """Drop them again."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, _, _, _ in WATCHED:
        if is_sqlite:
            for event in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER search_{table}_{event}")
        else:
            op.execute(f"DROP FUNCTION search_{table}() CASCADE")
    if is_sqlite:
        op.execute("DROP TABLE search_index")
    op.drop_index("ix_arguments_counted", "arguments")
    op.create_index("ix_proposals_consultation", "proposals", ["consultation"])
    op.drop_index("ix_proposals_listed", "proposals")
    metadata.drop_all(op.get_bind(), checkfirst=False)
