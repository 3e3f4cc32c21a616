"""Statements that the two engines write in their own dialect."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage.schema import Table

Rows = Sequence[dict[str, Any]]


async def insert_ignore(connection: AsyncConnection, table: type[Table], rows: Rows) -> None:
    """Insert rows; those that meet a row with the same key are left out."""
    if rows:
        await connection.execute(insertion(connection, table).on_conflict_do_nothing(), rows)


async def upsert(
    connection: AsyncConnection,
    table: type[Table],
    rows: Rows,
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert rows; where the key is known, write the columns of `update` anew."""
    if not rows:
        return
    statement = insertion(connection, table)
    new = {name: statement.excluded[name] for name in update}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=new), rows
    )


def insertion(connection: AsyncConnection, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can say what is done where the key is known."""
    return (
        postgresql.insert(table)
        if connection.dialect.name == "postgresql"
        else sqlite.insert(table)
    )
