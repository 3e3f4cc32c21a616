"""What is published lies in one table, whatever its kind.

Revision ID: 0017
Revises: 0016
"""

import json
import logging
from collections.abc import Sequence
from itertools import count

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)  # which nobody sets up for a verb: it goes to stderr then
NAMED = 100  # of what is told in the log, at most
Instant = sa.BigInteger  # microseconds since 1970 UTC
Json = sa.Text


def _posts() -> sa.Table:
    """Return the new table: what is asked of many rows comes first, their words last."""
    return sa.Table(
        "posts",
        sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"}),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("consultation", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("in_reply_to", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("position", sa.Integer),
        sa.Column("author", sa.Text),
        sa.Column("author_name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("published_at", Instant),
        sa.Column("edited_at", Instant),
        sa.Column("deleted_at", Instant),
        sa.Column("hidden_at", Instant),
        sa.Column("hidden_code", sa.Text),
        sa.Column("moderated_at", Instant),
        sa.Column("stance", sa.Text),
        sa.Column("clause", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("ref", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("group_name", sa.Text),
        sa.Column("group_size", sa.Integer),
        sa.Column("hidings", Json),
        sa.Column("title", sa.Text),
        sa.Column("hidden_reason", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("sources", Json),
        sa.Column("clauses", Json),
        sa.Column("text", sa.Text),
        sa.Column("html", sa.Text, nullable=False),
    )


SHARED = (
    "id, author, author_name, language, published_at, edited_at, hidden_at, hidden_code,"
    " hidden_reason, moderated_at, group_name, group_size, text, html"
)
OF_PROPOSALS = "state, position, title, ref, source, reason, version, clauses, hidings"
OF_ARGUMENTS = "in_reply_to, stance, url, clause, sources, deleted_at, received_at"
PROPOSALS = f"""
INSERT INTO posts (kind, consultation, received_at, {SHARED}, {OF_PROPOSALS})
SELECT 'proposal', consultation, submitted_at, {SHARED}, {OF_PROPOSALS} FROM proposals
"""  # noqa: S608 - the columns above
STATE = """
CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN hidden_at IS NOT NULL THEN 'hidden'
ELSE 'published' END
"""
# One whose proposal is not there is in no consultation; nothing ever showed it.
ARGUMENTS = f"""
INSERT INTO posts (kind, consultation, about, state, {SHARED}, {OF_ARGUMENTS})
SELECT 'argument',
    coalesce((SELECT consultation FROM proposals WHERE proposals.id = arguments.proposal), ''),
    proposal, {STATE}, {SHARED}, {OF_ARGUMENTS}
FROM arguments
"""  # noqa: S608 - the columns above
# An id that both tables had was, and is, first of all that of the proposal.
OTHER_IDS = (
    "UPDATE arguments SET id = :other WHERE id = :id",
    "UPDATE argument_versions SET argument = :other WHERE argument = :id",
)
TAKEN = """
SELECT id FROM arguments WHERE id = :id UNION ALL SELECT id FROM proposals WHERE id = :id
"""
# What a row should be and is not; all of it is kept as it was. Each of a few thousand proposals
# is looked up by its key: PostgreSQL would compare every row of what follows NOT IN.
IS_KEPT = "SELECT 1 FROM {table} WHERE {table}.id = {id}"
PROPOSAL, PARENT = (
    IS_KEPT.format(table=table, id=f"arguments.{column}")
    for table, column in (("proposals", "proposal"), ("proposals", "in_reply_to"))
)
CONSULTATION = IS_KEPT.format(table="consultations", id="proposals.consultation")
ITS_ID = IS_KEPT.format(table="proposals", id="arguments.id")
BOTH = f"SELECT id FROM arguments WHERE EXISTS ({ITS_ID})"  # noqa: S608 - the columns above
ODD = (
    ("arguments with the id of a proposal", BOTH),
    (
        "arguments whose proposal is gone",
        f"SELECT id FROM arguments WHERE NOT EXISTS ({PROPOSAL})",  # noqa: S608
    ),
    (
        "arguments that answer what is gone",
        f"SELECT id FROM arguments WHERE NOT EXISTS ({PARENT}) AND NOT EXISTS"  # noqa: S608
        " (SELECT 1 FROM arguments AS parents WHERE parents.id = arguments.in_reply_to)",
    ),
    (
        "arguments that are hidden and deleted",
        "SELECT id FROM arguments WHERE hidden_at IS NOT NULL AND deleted_at IS NOT NULL",
    ),
    (
        "proposals that are hidden and deleted",
        "SELECT id FROM proposals WHERE hidden_at IS NOT NULL AND state = 'deleted'",
    ),
    (
        "proposals whose consultation is gone",
        f"SELECT id FROM proposals WHERE NOT EXISTS ({CONSULTATION})",  # noqa: S608
    ),
    (
        "proposals in an unknown state",
        "SELECT id FROM proposals WHERE state NOT IN"
        " ('waiting', 'published', 'refused', 'deleted', 'hidden', 'sent')",
    ),
)
WATCHED = "title, html, state"
NOTE = "INSERT INTO search_pending (kind, object) VALUES ({row}.kind, {row}.id)"


def upgrade() -> None:
    """Take both tables into one, and say what is odd in them."""
    connection = op.get_bind()
    _drop_triggers("proposals", "arguments")  # from here on nobody writes to them
    for what, statement in ODD:
        _tell(connection.execute(sa.text(f"{statement} ORDER BY id")).scalars().all(), what)
    for table, column in (("proposals", "clauses"), ("arguments", "sources")):
        _empty_unread(table, column)
    _part_ids()
    _posts().create(connection)
    for statement in (PROPOSALS, ARGUMENTS):
        connection.execute(sa.text(statement))
    op.drop_table("arguments")
    op.drop_table("proposals")
    _clear_rewriting("proposals", "arguments")
    are_proposals = sa.text("kind = 'proposal'")
    op.create_index(
        "ix_posts_listed",
        "posts",
        ["consultation", "state", "position", "kind"],
        sqlite_where=are_proposals,
        postgresql_where=are_proposals,
    )
    op.create_index("ix_posts_about", "posts", ["about", "published_at"])
    op.create_index("ix_posts_counted", "posts", ["about", "state", "kind"])
    op.create_index("ix_posts_author", "posts", ["author"])
    op.create_index("ix_posts_url", "posts", ["url"])
    has_one = sa.text("source IS NOT NULL")
    op.create_index(
        "ix_posts_source", "posts", ["source"], sqlite_where=has_one, postgresql_where=has_one
    )
    _watch("posts", WATCHED, NOTE)
    _count_anew()


def _tell(ids: Sequence[str], what: str) -> None:
    if ids:
        log.warning("kept as they are: %d %s: %s", len(ids), what, ", ".join(ids[:NAMED]))


def _empty_unread(table: str, column: str) -> None:
    """Empty a column of lists of words where it holds none: its pages could not be shown."""
    connection = op.get_bind()
    kept = sa.table(table, sa.column("id"), sa.column(column))
    rows = connection.execute(sa.select(kept).where(kept.c[column].is_not(None)))
    unread = sorted(id_ for id_, value in rows if not _are_words(value))
    if not unread:
        return
    log.warning("emptied: %s of %d %s: %s", column, len(unread), table, ", ".join(unread[:NAMED]))
    empty = kept.update().where(kept.c.id == sa.bindparam("odd")).values({column: None})
    connection.execute(empty, [{"odd": id_} for id_ in unread])


def _are_words(value: str) -> bool:
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, list) and all(isinstance(one, str) for one in read)


def _part_ids() -> None:
    """Give arguments that have the id of a proposal another, which nothing has."""
    connection = op.get_bind()
    for id_ in connection.execute(sa.text(BOTH)).scalars().all():
        names = (f"{id_}#argument{number or ''}" for number in count())
        other = next(
            name for name in names if not connection.execute(sa.text(TAKEN), {"id": name}).all()
        )
        for statement in OTHER_IDS:
            connection.execute(sa.text(statement), {"id": id_, "other": other})


def _clear_rewriting(*tables: str) -> None:
    """Take away what an interrupted rewriting of these tables left: nobody else would again."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return
    if not sa.inspect(connection).has_schema("dosfed_anew"):
        return
    for table in tables:
        op.execute(f"DROP FUNCTION IF EXISTS dosfed_anew.{table}_changed()")
        for name in (table, f"{table}_changed", f"{table}_taken"):
            op.execute(f"DROP TABLE IF EXISTS dosfed_anew.{name}")


def _count_anew() -> None:
    """Tell the planner how large the table is; what it knows of the others alone misleads it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite" or sa.inspect(connection).has_table("sqlite_stat1"):
        op.execute("ANALYZE posts")


def _drop_triggers(*tables: str) -> None:
    for table in tables:
        if op.get_bind().dialect.name == "sqlite":
            for event in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER search_{table}_{event}")
        else:
            op.execute(f"DROP FUNCTION search_{table}() CASCADE")


def _watch(table: str, columns: str, note: str) -> None:
    """Have what changes indexed anew."""
    if op.get_bind().dialect.name == "sqlite":
        for event, row in (("INSERT", "new"), (f"UPDATE OF {columns}", "new"), ("DELETE", "old")):
            name = f"search_{table}_{event.split()[0].lower()}"
            op.execute(
                f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {note.format(row=row)}; END"
            )
        return
    op.execute(
        f"CREATE FUNCTION search_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'DELETE' THEN {note.format(row='OLD')};"
        f" ELSE {note.format(row='NEW')}; END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER search_{table} AFTER INSERT OR DELETE OR UPDATE OF {columns}"
        f" ON {table} FOR EACH ROW EXECUTE FUNCTION search_{table}()"
    )


BACK = (
    f"""
INSERT INTO proposals (consultation, submitted_at, {SHARED}, {OF_PROPOSALS})
SELECT consultation, received_at, {SHARED}, {OF_PROPOSALS} FROM posts WHERE kind = 'proposal'
""",  # noqa: S608 - the columns above
    f"""
INSERT INTO arguments (proposal, {SHARED}, {OF_ARGUMENTS})
SELECT about, {SHARED}, {OF_ARGUMENTS} FROM posts WHERE kind = 'argument'
""",  # noqa: S608 - the columns above
)


def downgrade() -> None:
    """Part them again."""
    _drop_triggers("posts")
    _former().create_all(op.get_bind(), checkfirst=False)
    for statement in BACK:
        op.execute(statement)
    op.drop_table("posts")
    _watch(
        "proposals",
        "title, html, state",
        "INSERT INTO search_pending (kind, object) VALUES ('proposal', {row}.id)",
    )
    _watch(
        "arguments",
        "html, deleted_at, hidden_at",
        "INSERT INTO search_pending (kind, object) VALUES ('argument', {row}.id)",
    )


def _former() -> sa.MetaData:
    """Return the two tables as they were, with their indexes."""
    metadata = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"})
    is_there = sa.text("deleted_at IS NULL")
    sa.Table(
        "proposals",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("consultation", "title", "text")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("html", "language", "state")),
        *(sa.Column(name, sa.Text) for name in ("ref", "author", "author_name", "source")),
        *(sa.Column(name, sa.Text) for name in ("reason", "group_name", "clauses", "hidings")),
        *(sa.Column(name, sa.Text) for name in ("hidden_reason", "hidden_code")),
        *(sa.Column(name, Instant) for name in ("published_at", "edited_at", "hidden_at")),
        sa.Column("moderated_at", Instant),
        sa.Column("submitted_at", Instant, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("group_size", sa.Integer),
        sa.Index("ix_proposals_listed", "consultation", "state", "position"),
        sa.Index("ix_proposals_source", "source"),
    )
    sa.Table(
        "arguments",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("proposal", "in_reply_to")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("author", "author_name")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("stance", "html", "url")),
        *(sa.Column(name, sa.Text) for name in ("text", "language", "clause", "sources")),
        *(sa.Column(name, sa.Text) for name in ("group_name", "hidden_reason", "hidden_code")),
        *(sa.Column(name, Instant, nullable=False) for name in ("published_at", "received_at")),
        *(sa.Column(name, Instant) for name in ("edited_at", "deleted_at", "hidden_at")),
        sa.Column("moderated_at", Instant),
        sa.Column("group_size", sa.Integer),
        sa.Index("ix_arguments_proposal", "proposal", "published_at"),
        sa.Index("ix_arguments_author", "author"),
        sa.Index("ix_arguments_url", "url"),
        sa.Index(
            "ix_arguments_counted", "proposal", sqlite_where=is_there, postgresql_where=is_there
        ),
    )
    return metadata
