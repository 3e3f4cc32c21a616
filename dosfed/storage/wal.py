"""Overwriting what the write-ahead log of PostgreSQL still holds of things that were erased.

Everything that is written goes through the files in `pg_wal` first, whole pages among it. When
the server needs such a file no longer it gives it another name, to be written again later, and
the old bytes stay in it until then: on a quiet server for weeks. So, once something was erased,

1. the log is left to reach another file, and a checkpoint to let go of the files up to there;
2. then the log is filled with nothing, up to the last file that waits to be written again.

The owner of a database can do the second, and must wait for the first: a checkpoint comes by
itself, every five minutes where nobody set something else. Which files wait only the members of
`pg_monitor` see; for anybody else it is `max_wal_size`, the most that the server ever keeps.
What a replication slot, `wal_keep_size` or an archive that lags behind keeps is waited for.
"""

from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MESSAGE_BYTES = 1_000_000  # of nothing in one record; a record is made in memory
BYTES_AT_ONCE = 32_000_000  # about two files, so that a call is over soon

_LOOK = """
SELECT
    CAST(pg_size_bytes(current_setting('wal_segment_size')) AS bigint) AS segment,
    CAST(pg_size_bytes(current_setting('max_wal_size')) AS bigint) AS most,
    CAST(pg_current_wal_insert_lsn() - CAST('0/0' AS pg_lsn) AS bigint) AS written,
    CAST(least(
        (SELECT redo_lsn FROM pg_control_checkpoint()),
        (SELECT min(restart_lsn) FROM pg_replication_slots)
    ) - CAST('0/0' AS pg_lsn) AS bigint)
        - pg_size_bytes(current_setting('wal_keep_size')) AS needed,
    (SELECT redo_lsn - CAST('0/0' AS pg_lsn) FROM pg_control_checkpoint()) AS redo,
    current_setting('archive_mode') <> 'off' AS is_archived,
    (SELECT substring(last_archived_wal FROM 9 FOR 16) FROM pg_stat_archiver) AS archived,
    has_function_privilege('pg_switch_wal()', 'execute') AS may_switch,
    has_function_privilege('pg_ls_waldir()', 'execute') AS may_list,
    EXISTS (
        SELECT FROM pg_roles WHERE rolname = 'pg_checkpoint'
            AND pg_has_role(pg_roles.oid, 'USAGE')
        UNION ALL SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper
    ) AS may_checkpoint
"""
_FILES = "SELECT substring(name FROM 9 FOR 16) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwriting:
    """How far it is: what is older than `after` must go, so the log is written up to `until`."""

    after: int
    until: int | None = None  # not known before the server let go of the old files


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    """The log as it is; positions count bytes since the database began."""

    segment: int  # bytes of a file
    most: int
    written: int
    needed: int  # what is before this nobody needs any more
    redo: int
    is_archived: bool
    archived: str | None  # the last file that was, as a number
    may_switch: bool
    may_list: bool
    may_checkpoint: bool

    def file_of(self, position: int) -> int:
        return position // self.segment

    def number_of(self, name: str) -> int:
        """Return which file a name means: two halves, of which the second starts over."""
        per_half = 0x1_0000_0000 // self.segment
        return int(name[:8], 16) * per_half + int(name[8:], 16)

    def has_let_go(self, position: int) -> bool:
        """Whether the server needs no file any more up to the one with this position."""
        file = self.file_of(position)
        if self.is_archived and (not self.archived or self.number_of(self.archived) < file):
            return False
        return self.file_of(max(self.needed, 0)) > file


async def position(connection: AsyncConnection) -> int:
    """Return how far the log is written."""
    return (await _look(connection)).written


async def overwrite(engine: AsyncEngine, state: Overwriting) -> Overwriting | None:
    """Do a part of what is to be done; None once no file of the log holds what was before."""
    async with engine.connect() as plain:
        # Neither a checkpoint nor a look at the log belongs into a transaction.
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        if state.until is None:
            until = await _free(connection, state.after)
            if until is None:
                return state
            state = replace(state, until=until)
        return state if await _fill(connection, state.until or 0) else None


async def _look(connection: AsyncConnection) -> _Log:
    row = (await connection.execute(text(_LOOK))).mappings().one()
    return _Log(**{**row, "redo": int(row["redo"])})


async def _free(connection: AsyncConnection, after: int) -> int | None:
    """Have the server let go of old files; return up to where such may wait, if it has."""
    log = await _look(connection)
    # The file that is being written is never given another name.
    if log.file_of(log.written) == log.file_of(after):
        await _leave_file(connection, log)
    if log.may_checkpoint and log.file_of(log.redo) <= log.file_of(after):
        await connection.execute(text("CHECKPOINT"))
    log = await _look(connection)  # after the checkpoint, which moves what is needed
    if not log.has_let_go(after):
        return None
    if not log.may_list:
        return (log.file_of(log.redo + log.most) + 1) * log.segment
    names = (await connection.execute(text(_FILES))).scalars()
    files = [log.number_of(name) for name in names]
    if min(files) <= log.file_of(after):
        return None
    # Files that wait to be written again bear the names of files to come, and hold the old bytes.
    return (max(files) + 1) * log.segment


async def _leave_file(connection: AsyncConnection, log: _Log) -> None:
    if log.may_switch:
        await connection.execute(text("SELECT pg_switch_wal()"))
    else:
        await _fill(connection, (log.file_of(log.written) + 1) * log.segment)


async def _fill(connection: AsyncConnection, until: int) -> bool:
    """Write nothing into the log; return whether more is to be written."""
    written = (await _look(connection)).written
    most = min(until, written + BYTES_AT_ONCE)
    while written < most:
        await connection.execute(
            text(
                "SELECT pg_logical_emit_message("
                "false, 'dosfed', decode(repeat('00', :size), 'hex'))"
            ),
            {"size": max(1, min(MESSAGE_BYTES, most - written))},
        )
        written = (await _look(connection)).written
    return written < until
