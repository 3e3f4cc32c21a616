"""What is published is found by what it holds, so that it changes and goes with it.

Revision ID: 0013
Revises: 0012
"""

import json
from typing import Any, TypeGuard

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AT_ONCE = 500
MAX_URI = 1_200
metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(column_0_N_label)s", "pk": "pk_%(table_name)s"}
)
carried = sa.Table(
    "carried",
    metadata,
    sa.Column("uri", sa.Text, primary_key=True),
    sa.Column("activity", sa.Text, primary_key=True, index=True),
    sa.Column("role", sa.Text, nullable=False),
)
sa.Table(
    "former_followers",
    metadata,
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("shared_inbox", sa.Text),
)
outbox = sa.table(
    "outbox",
    sa.column("id", sa.Text),
    sa.column("number", sa.BigInteger),
    sa.column("body", sa.LargeBinary),
    sa.column("is_public", sa.Boolean),
)
BASE_URL = "SELECT value FROM kept WHERE name = 'base_url'"
# Words that changed or went before this: until now they stayed where they had been published.
# What was put since an edit, or a hiding, says what stands there now, or why nothing does; but
# when others edited is what they say of it.
GONE_WORDS = """
UPDATE outbox SET body = NULL, is_public = :no WHERE id IN (
    SELECT activity FROM carried WHERE role IN ('created', 'changed') AND uri IN (
        SELECT id FROM arguments
        WHERE deleted_at IS NOT NULL
        OR (edited_at IS NOT NULL AND substr(id, 1, length(:ours)) <> :ours)
        UNION ALL
        SELECT id FROM proposals WHERE state = 'deleted'
    )
)
"""
FORMER_WORDS = """
UPDATE outbox SET body = NULL, is_public = :no WHERE id IN (
    SELECT carried.activity FROM carried
    JOIN outbox AS said ON said.id = carried.activity
    JOIN (
        SELECT id, edited_at AS since FROM arguments UNION ALL SELECT id, edited_at FROM proposals
        UNION ALL SELECT id, hidden_at FROM arguments UNION ALL SELECT id, hidden_at FROM proposals
    ) AS words ON words.id = carried.uri
    WHERE carried.role IN ('created', 'changed') AND said.created_at < words.since
)
"""
EARLIER_PEOPLE = """
UPDATE outbox SET body = NULL, is_public = :no WHERE id IN (
    SELECT activity FROM carried WHERE uri IN (
        SELECT id FROM actors WHERE deleted_at IS NOT NULL
        UNION ALL SELECT id FROM remote_actors WHERE gone_at IS NOT NULL
    )
)
"""
FORGOTTEN = "DELETE FROM carried WHERE activity IN (SELECT id FROM outbox WHERE body IS NULL)"


def upgrade() -> None:
    """Make the tables, fill the first, and empty what should have gone before."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.create_index("ix_remote_actors_inbox", "remote_actors", ["inbox"])
    _fill()
    connection = op.get_bind()
    base_url = connection.execute(sa.text(BASE_URL)).scalar()
    ours = sa.bindparam("ours", f"{base_url}/", sa.Text)
    connection.execute(sa.text(GONE_WORDS).bindparams(ours, no=False))
    for statement in (FORMER_WORDS, EARLIER_PEOPLE):
        connection.execute(sa.text(statement).bindparams(no=False))
    op.execute(FORGOTTEN)


def _fill() -> None:
    connection, last = op.get_bind(), 0
    while True:
        rows = connection.execute(
            sa.select(outbox.c.id, outbox.c.number, outbox.c.body)
            .where(outbox.c.number > last, outbox.c.is_public, outbox.c.body.is_not(None))
            .order_by(outbox.c.number)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return
        held = [
            {"uri": uri, "activity": row.id, "role": role}
            for row in rows
            for uri, role in _held(json.loads(row.body)).items()
        ]
        if held:
            connection.execute(carried.insert(), held)
        last = rows[-1].number


def _held(activity: dict[str, Any]) -> dict[str, str]:
    """Return the objects and people of an activity, each with what is done to it."""
    found: dict[str, str] = {}
    inner: dict[str, Any] = activity
    thing = activity.get("object")
    while isinstance(thing, dict):
        tags = thing.get("tag")
        some = tags if isinstance(tags, list) else [tags]  # as others wrote what we passed on
        mentions = [tag.get("href") for tag in some if isinstance(tag, dict)]
        people = (thing.get("actor"), thing.get("attributedTo"), *mentions)
        found |= {one: "named" for one in people if _is_uri(one)}
        if "object" not in thing:
            break
        inner, thing = thing, thing["object"]
    uri = thing.get("id") if isinstance(thing, dict) else thing
    if _is_uri(uri):
        roles = {"Create": "created", "Update": "changed"} if isinstance(thing, dict) else {}
        found[uri] = roles.get(str(inner.get("type")), "named")
    found.pop(str(activity.get("actor")), None)
    return found


def _is_uri(value: object) -> TypeGuard[str]:
    """Whether it is short enough for an index, and has nothing that PostgreSQL cannot keep."""
    return (
        isinstance(value, str)
        and value.startswith(("https://", "http://"))
        and value.isprintable()
        and len(value.encode()) <= MAX_URI
    )


def downgrade() -> None:
    """Drop them again; what was emptied stays empty."""
    op.drop_index("ix_remote_actors_inbox", "remote_actors")
    metadata.drop_all(op.get_bind(), checkfirst=False)
