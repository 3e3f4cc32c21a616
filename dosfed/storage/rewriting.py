"""Writing a table of PostgreSQL anew, so that no page keeps what was erased from it.

PostgreSQL never overwrites a row: what is deleted or changed stays in its page, in indexes and
TOAST, until something else happens to need the very place, also after VACUUM, which only frees
it. VACUUM FULL leaves nothing, but nobody can vote while it copies a million rows.

So the rows that there are go into a new table, a few thousand at a time, each lot in a
transaction of its own. Meanwhile a trigger writes down the keys of whatever changes in the old
one. Then these rows are taken over as they are now, again and again until few are left; and only
for the last of them is the table locked, its file dropped, and the new one put in its place.
Writers wait for that moment alone; if somebody else holds the table, it is we who step back and
try again.

The new table grows in a schema of its own, where its indexes can have the names they will keep.
Whatever interrupts this leaves the old table as it was, and the next attempt clears away.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dosfed.storage.shapes import WATCH, Shape, read_shape

SCHEMA = "dosfed_anew"
# Any number will do: one process writes anew at a time.
LOCK = 7_306_365
ROWS_AT_ONCE = 2_000  # a long transaction would keep VACUUM from freeing anything anywhere
FEW = 200  # so many are taken over at the end, while everybody waits
ROUNDS = 20
# Everybody else who wants the table waits behind us for as long as we wait ourselves.
LOCK_MILLISECONDS = 300
ATTEMPTS = 20
PAUSE_SECONDS = 0.5  # after the first attempt; each time twice as long
LONGEST_PAUSE = 10.0
PRIMARY_KEY = "PRIMARY KEY"
LOCK_NOT_AVAILABLE = "55P03"


class Busy(Exception):
    """The table was changed otherwise, or never free for a moment: another time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that is being written anew; its names are quoted where they need it."""

    schema: str
    name: str
    shape: Shape

    def say(self, statement: str, **more: str) -> str:
        """Put the names into a statement: `old` and `new`, the `key`, all `columns`.

        `log` is where the trigger writes the keys of rows that changed, `taken` holds those that
        are being taken over.
        """
        return statement.format(
            old=f"{self.schema}.{self.name}",
            new=f"{SCHEMA}.{self.name}",
            log=f"{SCHEMA}.{self.name}_changed",
            taken=f"{SCHEMA}.{self.name}_taken",
            schema=self.schema,
            watch=WATCH,
            key=", ".join(self.shape.key),
            columns=", ".join(name for name, *_ in self.shape.columns),
            **more,
        )


async def rewrite(engine: AsyncEngine, name: str) -> None:
    """Write a table anew while everybody goes on using it; raise `Busy` if that was not possible.

    Whoever calls holds `LOCK`, so that nobody else does the same.
    """
    table = await _begin(engine, name)
    try:
        # `_begin` has set the trigger and committed before the first row is read: what changes
        # after that is written down, what changed before is read. Nothing falls in between.
        await _copy(engine, table)
        await _build_key(engine, table)
        await _catch_up(engine, table)  # so that the indexes are built over almost all of it
        await _build_indexes(engine, table)
        await _catch_up(engine, table)  # what came in while they were built, which takes longest
        await _patiently(engine, table, _take_place)
    except Exception:  # whoever is told to stop leaves this to the next attempt
        await _patiently(engine, table, _clear)
        raise
    await _patiently(engine, table, _clear)


async def forget_samples(engine: AsyncEngine) -> None:
    """Leave nothing of the samples of values that the planner had of tables as they were.

    An owner of the tables who does not own the database is told no, and goes on.
    """
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        await _run(connection, f"SET lock_timeout = {LOCK_MILLISECONDS}")
        try:
            await _run(connection, "VACUUM (FULL) pg_catalog.pg_statistic")
        except DBAPIError as error:
            raise Busy("the planner's samples") from error
        finally:
            await _run(connection, "RESET lock_timeout")


async def _begin(engine: AsyncEngine, name: str) -> _Table:
    async with engine.begin() as connection:
        schema, quoted = (
            await connection.execute(
                text("SELECT quote_ident(current_schema()), quote_ident(:name)"), {"name": name}
            )
        ).one()
        shape = await read_shape(connection, f"{schema}.{quoted}")
        await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    table = _Table(schema=schema, name=quoted, shape=shape)
    if not shape.key:
        raise Busy(f"{name} has no key")
    await _patiently(engine, table, _clear)
    async with engine.begin() as connection:
        await _make(connection, table)
    await _patiently(engine, table, _watch)
    return table


async def _make(connection: AsyncConnection, table: _Table) -> None:
    """Make the new table without indexes, and what changes are written down in."""
    shape = table.shape
    await _run(
        connection,
        table.say(
            "CREATE TABLE {new}"
            " (LIKE {old} INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)"
        ),
        *(
            table.say(f"ALTER TABLE {{new}} ALTER COLUMN {column} SET STATISTICS {target}")
            for column, _, _, target in shape.columns
            if target >= 0
        ),
        *([table.say(f"ALTER TABLE {{new}} SET ({shape.options})")] if shape.options else []),
        table.say(f"ALTER TABLE {{new}} OWNER TO {shape.owner}"),
        *(
            table.say(f"GRANT {right} ON {{new}} TO {whom}{' WITH GRANT OPTION' * may_pass_on}")
            for right, whom, may_pass_on in shape.grants
        ),
        table.say("CREATE TABLE {log} AS SELECT {key} FROM {old} LIMIT 0"),
        table.say("CREATE TABLE {taken} AS SELECT {key} FROM {old} LIMIT 0"),
    )


async def _watch(connection: AsyncConnection, table: _Table) -> None:
    """Have every change written down from now on; whoever writes just now is waited for."""
    # SECURITY DEFINER: whoever writes the table needs no right to our schema for it.
    was, became = (", ".join(f"{row}.{key}" for key in table.shape.key) for row in ("OLD", "NEW"))
    function = (
        "CREATE FUNCTION {log}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        " IF TG_OP <> 'INSERT' THEN INSERT INTO {log} VALUES ({was}); END IF;"
        " IF TG_OP <> 'DELETE' THEN INSERT INTO {log} VALUES ({became}); END IF;"
        " RETURN NULL; END $$"
    )
    trigger = (
        "CREATE TRIGGER {watch} AFTER INSERT OR UPDATE OR DELETE ON {old}"
        " FOR EACH ROW EXECUTE FUNCTION {log}()"
    )
    await _run(connection, table.say(function, was=was, became=became), table.say(trigger))


async def _copy(engine: AsyncEngine, table: _Table) -> None:
    """Copy all rows in the order of their key, so that the order of arrival is not kept."""
    statement = (
        "WITH copied AS (INSERT INTO {new} ({columns})"
        " SELECT {columns} FROM {old} {beyond} ORDER BY {key} LIMIT {rows} RETURNING {key})"
        " SELECT {key} FROM copied ORDER BY {backwards} LIMIT 1"
    )
    backwards = ", ".join(f"{column} DESC" for column in table.shape.key)
    last: tuple[Any, ...] = ()
    while True:
        values = {f"key{place}": value for place, value in enumerate(last)}
        places = ", ".join(f":{name}" for name in values)
        beyond = table.say("WHERE ({key}) > ({places})", places=places) if last else ""
        lot = table.say(statement, beyond=beyond, rows=str(ROWS_AT_ONCE), backwards=backwards)
        async with engine.begin() as connection:
            found = (await connection.execute(text(lot), values)).one_or_none()
        if found is None:
            return
        last = tuple(found)


async def _build_key(engine: AsyncEngine, table: _Table) -> None:
    """Make the primary key first: by it rows are taken over."""
    async with engine.begin() as connection:
        await _run(
            connection,
            *(
                table.say(f"ALTER TABLE {{new}} ADD CONSTRAINT {name} {definition}")
                for name, definition in table.shape.constraints
                if definition.startswith(PRIMARY_KEY)
            ),
        )


async def _build_indexes(engine: AsyncEngine, table: _Table) -> None:
    """Make the other indexes, each in one go, with the names that they have on the old table."""
    statements = [
        *(
            index.replace(table.say(" ON {old} USING "), table.say(" ON {new} USING "), 1)
            for index in table.shape.indexes
        ),
        *(
            table.say(f"ALTER TABLE {{new}} ADD CONSTRAINT {name} {definition}")
            for name, definition in table.shape.constraints
            if not definition.startswith(PRIMARY_KEY)
        ),
        table.say("ANALYZE {new}"),
    ]
    for statement in statements:
        async with engine.begin() as connection:
            await _run(connection, statement)


async def _catch_up(engine: AsyncEngine, table: _Table) -> None:
    """Take over what has changed, until little is left."""
    for _ in range(ROUNDS):
        async with engine.begin() as connection:
            # One state of the database: no row is seen before another that gave it its place.
            await _run(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if await _take_over(connection, table) < FEW:
                return


async def _take_over(connection: AsyncConnection, table: _Table) -> int:
    """Bring the rows that changed to their present state; return how many they were."""
    seen = await connection.exec_driver_sql(
        table.say(
            "WITH seen AS (DELETE FROM {log} RETURNING {key})"
            " INSERT INTO {taken} SELECT DISTINCT {key} FROM seen"
        )
    )
    if not seen.rowcount:
        return 0
    same = " AND ".join(f"fresh.{column} = taken.{column}" for column in table.shape.key)
    present = ", ".join(f"old.{name}" for name, *_ in table.shape.columns)
    await _run(
        connection,
        table.say("DELETE FROM {new} AS fresh USING {taken} AS taken WHERE {same}", same=same),
        table.say(
            "INSERT INTO {new} ({columns})"
            " SELECT {present} FROM {old} AS old JOIN {taken} AS taken USING ({key})",
            present=present,
        ),
        table.say("DELETE FROM {taken}"),
    )
    return seen.rowcount


async def _take_place(connection: AsyncConnection, table: _Table) -> None:
    """Drop the old table and put the new one in its place, with nobody in between."""
    await _run(connection, table.say("LOCK TABLE {old} IN ACCESS EXCLUSIVE MODE"))
    # A migration, or an operator, may have altered the table since; our copy would undo that.
    if await read_shape(connection, table.say("{old}")) != table.shape:
        raise Busy("the table was changed meanwhile")
    await _take_over(connection, table)
    sequences = table.shape.sequences
    await _run(
        connection,
        # First, or the sequences would be dropped together with the table that owns them.
        *(f"ALTER SEQUENCE {sequence} OWNED BY NONE" for sequence, _ in sequences),
        table.say("DROP TABLE {old}"),
        table.say("ALTER TABLE {new} SET SCHEMA {schema}"),
        *(
            table.say(f"ALTER SEQUENCE {sequence} OWNED BY {{old}}.{column}")
            for sequence, column in sequences
        ),
        *table.shape.triggers,  # last: on the new table, and for no row that was only copied
    )


async def _clear(connection: AsyncConnection, table: _Table) -> None:
    """Take away what this, or an attempt that was interrupted, left behind."""
    await _run(
        connection,
        table.say("DROP TRIGGER IF EXISTS {watch} ON {old}"),
        table.say("DROP FUNCTION IF EXISTS {log}()"),
        table.say("DROP TABLE IF EXISTS {new}, {log}, {taken}"),
    )


async def _patiently(engine: AsyncEngine, table: _Table, work: Any) -> None:
    """Do what needs the table for itself, in a moment when nobody holds it for long."""
    for attempt in range(ATTEMPTS):
        try:
            async with engine.begin() as connection:
                await _run(connection, f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
                await work(connection, table)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            await asyncio.sleep(min(PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE))
        else:
            return
    raise Busy(table.say("{old} was never free"))


async def _run(connection: AsyncConnection, *statements: str) -> None:
    for statement in statements:
        await connection.exec_driver_sql(statement)
