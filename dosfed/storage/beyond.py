"""Where a PostgreSQL server keeps what was erased, out of our reach."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOOK = """
SELECT
    current_setting('archive_mode') <> 'off' AS archives,
    current_setting('wal_keep_size') AS keeps,
    (SELECT count(*) FROM pg_stat_replication) AS replicas,
    (SELECT string_agg(slot_name, ', ' ORDER BY slot_name) FROM pg_replication_slots) AS slots,
    current_setting('log_statement') IN ('mod', 'all') AS logs_statements,
    current_setting('log_min_duration_statement') <> '-1'
        OR current_setting('log_min_duration_sample') <> '-1' AS logs_slow_ones,
    current_setting('log_parameter_max_length') <> '0' AS logs_values
"""


async def beyond_reach(connection: AsyncConnection) -> list[str]:
    """Return a sentence for each place, which an operator must see to (docs/operating.md)."""
    if connection.dialect.name != "postgresql":
        return []
    found = (await connection.execute(text(_LOOK))).mappings().one()
    sentences = {
        "the log is archived (archive_mode): what is erased stays in the archive": found[
            "archives"
        ],
        f"the server keeps {found['keeps']} of its log (wal_keep_size)": found["keeps"] != "0",
        f"{found['replicas']} replicas have copies of the log": found["replicas"],
        f"the log is kept for slots: {found['slots']}": found["slots"],
        "the server writes statements with their values into its own log"
        " (log_statement, log_min_duration_statement, log_parameter_max_length)": (
            found["logs_values"] and (found["logs_statements"] or found["logs_slow_ones"])
        ),
    }
    return [sentence for sentence, is_so in sentences.items() if is_so]
