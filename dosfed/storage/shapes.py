"""What a table of PostgreSQL is made of, as its catalogue says, for making another like it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# The trigger that writes down what changes while a table is written anew; none of the table's own.
WATCH = "dosfed_watch"

_COLUMNS = """
    SELECT quote_ident(attname), format_type(atttypid, atttypmod), attnotnull,
        coalesce(attstattarget, -1)
    FROM pg_attribute WHERE attrelid = CAST(:relation AS regclass)
        AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
_KEY = """
    SELECT quote_ident(attname) FROM pg_index
    CROSS JOIN unnest(indkey) WITH ORDINALITY AS key (number, place)
    JOIN pg_attribute ON attrelid = indrelid AND attnum = key.number
    WHERE indrelid = CAST(:relation AS regclass) AND indisprimary ORDER BY place
"""
_CONSTRAINTS = """
    SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = CAST(:relation AS regclass) AND contype IN ('p', 'u', 'c', 'x')
    ORDER BY contype <> 'p', conname
"""
_INDEXES = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = CAST(:relation AS regclass) AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    ORDER BY indexrelid
"""
_TRIGGERS = """
    SELECT pg_get_triggerdef(oid) FROM pg_trigger
    WHERE tgrelid = CAST(:relation AS regclass) AND NOT tgisinternal AND tgname <> 'dosfed_watch'
    ORDER BY tgname
"""
_SEQUENCES = """
    SELECT CAST(CAST(objid AS regclass) AS text), quote_ident(attname) FROM pg_depend
    JOIN pg_class ON pg_class.oid = objid AND relkind = 'S'
    JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE refobjid = CAST(:relation AS regclass) AND deptype = 'a'
"""
_GRANTS = """
    SELECT privilege_type,
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE CAST(CAST(grantee AS regrole) AS text) END,
        is_grantable
    FROM pg_class CROSS JOIN aclexplode(relacl)
    WHERE pg_class.oid = CAST(:relation AS regclass) AND grantee <> relowner
"""
_REST = """
    SELECT CAST(CAST(relowner AS regrole) AS text), coalesce(array_to_string(reloptions, ', '), '')
    FROM pg_class WHERE oid = CAST(:relation AS regclass)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """All that a table is, but its rows; names are quoted where they need it."""

    columns: tuple[tuple[str, str, bool, int], ...]  # name, type, NOT NULL, statistics
    key: tuple[str, ...]
    constraints: tuple[tuple[str, str], ...]
    indexes: tuple[str, ...]
    triggers: tuple[str, ...]
    sequences: tuple[tuple[str, str], ...]  # with the column that each counts
    grants: tuple[tuple[str, str, bool], ...]
    owner: str
    options: str


async def read_shape(connection: AsyncConnection, relation: str) -> Shape:
    """Return what a table is made of; `relation` is its qualified name."""
    owner, options = (await _rows(connection, _REST, relation))[0]
    return Shape(
        columns=await _rows(connection, _COLUMNS, relation),
        key=await _first(connection, _KEY, relation),
        constraints=await _rows(connection, _CONSTRAINTS, relation),
        indexes=await _first(connection, _INDEXES, relation),
        triggers=await _first(connection, _TRIGGERS, relation),
        sequences=await _rows(connection, _SEQUENCES, relation),
        grants=await _rows(connection, _GRANTS, relation),
        owner=owner,
        options=options,
    )


async def _rows(
    connection: AsyncConnection, query: str, relation: str
) -> tuple[tuple[Any, ...], ...]:
    rows = await connection.execute(text(query), {"relation": relation})
    return tuple(tuple(row) for row in rows)


async def _first(connection: AsyncConnection, query: str, relation: str) -> tuple[str, ...]:
    return tuple(row[0] for row in await _rows(connection, query, relation))
