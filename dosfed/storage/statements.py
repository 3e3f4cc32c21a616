"""Statements that the two engines write in their own dialect."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Text,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.storage.schema import Table
from dosfed.storage.sqlite import SLOW

Rows = Sequence[dict[str, Any]]
Rowed = TypeVar("Rowed", bound=tuple[Any, ...])


def slow(statement: Select[Rowed]) -> Select[Rowed]:
    """Say that a statement takes long, so that SQLite answers it beside the loop at once."""
    return statement.prefix_with(SLOW)


async def insert_ignore(connection: AsyncConnection, table: type[Table], rows: Rows) -> None:
    """Insert rows; those that meet a row with the same key are left out."""
    if rows:
        await connection.execute(_ignoring(connection.dialect.name, table), rows)


@cache  # building it anew costs as much as inserting fifty rows
def _ignoring(dialect: str, table: type[Table]) -> Insert:
    return insertion_for(dialect, table).on_conflict_do_nothing()


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


async def take_turns(connection: AsyncConnection, *names: str) -> None:
    """Let nobody who names the same come in between before this transaction ends.

    Whatever is decided by a look at what is there (a proposal waits, nobody said the same before,
    another operator is left) is decided by one at a time. On PostgreSQL two transactions would
    otherwise both look before either has written; SQLite has one writer anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    for name in sorted(names):  # in one order everywhere: nobody waits for each other
        # A lock has a number, of 64 bits. Two names that share one would wait without need: once in
        # a great while, and for one transaction.
        digest = hashlib.sha256(name.encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        await connection.execute(select(func.pg_advisory_xact_lock(key)))


def insertion(connection: AsyncConnection, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can say what is done where the key is known."""
    return insertion_for(connection.dialect.name, table)


def insertion_for(dialect: str, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """Return such an INSERT for a dialect by its name."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPairs:
    """Pairs of texts as a table to join with, each found by an index on both."""

    table: FromClause
    first: ColumnElement[str]
    second: ColumnElement[str]


def given_pairs(connection: AsyncConnection, pairs: Collection[tuple[str, str]]) -> GivenPairs:
    """Return pairs as a table; a row value in a list would make SQLite read the whole index."""
    given = literal(orjson.dumps(list(pairs)).decode(), Text)
    if connection.dialect.name == "postgresql":
        table = func.jsonb_array_elements(cast(given, JSONB)).table_valued(column("value", JSONB))
        return GivenPairs(
            table=table, first=table.c.value[0].astext, second=table.c.value[1].astext
        )
    table = func.json_each(given).table_valued("value")
    return GivenPairs(
        table=table,
        first=func.json_extract(table.c.value, "$[0]"),
        second=func.json_extract(table.c.value, "$[1]"),
    )
