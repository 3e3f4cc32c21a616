"""A table as the parts of a file: some hundreds of rows each, so that memory holds no more."""

from collections.abc import AsyncIterator
from typing import Any

from dosfed.shown.data_rows import TABLES
from dosfed.shown.data_sets import Source
from dosfed.web.open_data.dictionary import Table
from dosfed.web.open_data.writing import JSON_END, csv_head, csv_writer, json_head, json_writer


async def csv_parts(source: Source, table: Table) -> AsyncIterator[bytes]:
    """Yield a table as CSV."""
    write = csv_writer(table)
    yield csv_head(table)
    async for rows in TABLES[table.name](source):
        yield write(rows)


async def json_parts(source: Source, table: Table) -> AsyncIterator[bytes]:
    """Yield a table as JSON: the rows, beside what they are and where they are from."""
    data, write = source.data, json_writer(table)
    around: dict[str, Any] = {
        "consultation": data.id,
        "title": data.title,
        "table": table.name,
        "page": f"{data.id}/data",
        "licence": data.licence.uri if data.licence else None,
    }
    yield json_head(around)
    async for rows in TABLES[table.name](source):
        yield write(rows)
    yield JSON_END
